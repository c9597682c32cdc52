"""Picture uploads: accepted by content, re-encoded, and stripped of metadata."""

import io

import pytest
from PIL import Image

from catalog import images
from stores.errors import Problem
from tests.factories import make_product, make_store

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def product():
    return make_product(make_store())


def file(kind="JPEG", size=(1000, 500), mode="RGB", **options):
    out = io.BytesIO()
    Image.new(mode, size, "red").save(out, kind, **options)
    out.seek(0)
    return out


def test_picture_is_resized_to_every_width_on_upload(product, tmp_path):
    media = images.create_media(product=product, file=file(size=(3000, 1500)), alt_text="A lamp")
    sizes = [
        (Image.open(tmp_path / item.name).size, item.width, item.content_type) for item in media.renditions
    ]
    assert sizes == [
        ((320, 160), 320, "image/webp"),
        ((320, 160), 320, "image/jpeg"),
        ((640, 320), 640, "image/webp"),
        ((640, 320), 640, "image/jpeg"),
        ((1200, 600), 1200, "image/webp"),
        ((1200, 600), 1200, "image/jpeg"),
    ]
    assert (media.width, media.height, media.content_type) == (1200, 600, "image/jpeg")
    assert media.url == f"/media/pictures/{media.pk}/1200.jpg"


def test_small_picture_is_not_enlarged(product):
    media = images.create_media(product=product, file=file(size=(400, 400)))
    assert {item.width for item in media.renditions} == {320, 400}


def test_picture_too_tall_for_webp_is_scaled_down(product):
    media = images.create_media(product=product, file=file("PNG", size=(10, 17_000)))
    assert media.height == 16_383


def test_16_bit_gray_stays_gray():
    out = io.BytesIO()
    Image.new("I;16", (4, 4), 0x8000).save(out, "PNG")
    out.seek(0)
    assert images.open_image(out).getpixel((1, 1)) == (128, 128, 128)


def test_transparency_is_preserved(product):
    media = images.create_media(product=product, file=file("PNG", mode="RGBA"))
    assert {item.content_type for item in media.renditions} == {"image/webp", "image/png"}


def test_metadata_is_removed_and_orientation_applied(product, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # rotated by 90 degrees
    exif[0x010E] = "my address"
    media = images.create_media(product=product, file=file(size=(600, 400), exif=exif))
    assert (media.width, media.height) == (400, 600)
    for item in media.renditions:
        assert b"my address" not in (tmp_path / item.name).read_bytes()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    "content",
    [b"", b"not a picture", SVG, b"\xff\xd8\xff\xe0" + b"0" * 50, b"GIF89a" + b"0" * 50],
    ids=["empty", "text", "SVG", "broken", "GIF"],
)
def test_files_that_are_not_pictures_are_refused(product, content):
    with pytest.raises(Problem, match="can't read this picture"):
        images.create_media(product=product, file=io.BytesIO(content))
    assert product.media.count() == 0


def test_truncated_picture_is_refused(product):
    whole = file().getvalue()
    with pytest.raises(Problem, match="can't read this picture"):
        images.create_media(product=product, file=io.BytesIO(whole[: len(whole) // 2]))


def test_too_many_bytes_are_refused(product):
    with pytest.raises(Problem, match="larger than 10 MB"):
        images.create_media(product=product, file=io.BytesIO(file().getvalue() + b"0" * 10_000_000))


def test_too_many_pixels_are_refused_before_decoding(product):
    with pytest.raises(Problem, match="40 million pixels"):
        images.create_media(product=product, file=file("PNG", size=(20_000, 2_001), mode="1"))


def test_other_color_modes_are_accepted(product):
    for mode in ("L", "P", "CMYK", "1", "LA"):
        kind = "PNG" if mode in ("P", "1", "LA") else "JPEG"
        out = io.BytesIO()
        Image.new(mode, (50, 40)).save(out, kind)
        out.seek(0)
        assert images.create_media(product=product, file=out).width == 50
