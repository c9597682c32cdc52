"""Pictures are believed by their content alone, and keep nothing but their pixels."""

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


def test_a_picture_is_made_in_every_width_once(product, tmp_path):
    taken = images.create_media(product=product, file=file(size=(3000, 1500)), alt_text="A lamp")
    made = [(item["width"], item["height"], item["format"]) for item in taken.renditions]
    assert made == [
        (320, 160, "image/webp"),
        (320, 160, "image/jpeg"),
        (640, 320, "image/webp"),
        (640, 320, "image/jpeg"),
        (1200, 600, "image/webp"),
        (1200, 600, "image/jpeg"),
    ]
    assert (taken.width, taken.height, taken.content_type) == (1200, 600, "image/jpeg")
    assert taken.url == f"/media/pictures/{taken.pk}/1200.jpg"
    assert all((tmp_path / item["name"]).is_file() for item in taken.renditions)


def test_a_small_picture_is_not_blown_up(product):
    taken = images.create_media(product=product, file=file(size=(400, 400)))
    assert {item["width"] for item in taken.renditions} == {320, 400}


def test_a_picture_too_tall_for_webp_is_made_smaller(product):
    taken = images.create_media(product=product, file=file("PNG", size=(10, 17_000)))
    assert taken.height == 16_383


def test_sixteen_bits_of_grey_stay_grey():
    out = io.BytesIO()
    Image.new("I;16", (4, 4), 0x8000).save(out, "PNG")
    out.seek(0)
    assert images.open_image(out).getpixel((1, 1)) == (128, 128, 128)


def test_transparency_is_kept(product):
    taken = images.create_media(product=product, file=file("PNG", mode="RGBA"))
    assert {item["format"] for item in taken.renditions} == {"image/webp", "image/png"}


def test_where_it_was_taken_is_forgotten_and_it_stands_upright(product, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010E] = "my address"
    taken = images.create_media(product=product, file=file(size=(600, 400), exif=exif))
    assert (taken.width, taken.height) == (400, 600)
    for item in taken.renditions:
        assert b"my address" not in (tmp_path / item["name"]).read_bytes()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    "content",
    [b"", b"not a picture", SVG, b"\xff\xd8\xff\xe0" + b"0" * 50, b"GIF89a" + b"0" * 50],
    ids=["empty", "text", "SVG", "broken", "GIF"],
)
def test_what_is_no_picture_is_refused(product, content):
    with pytest.raises(Problem, match="not a picture we can read"):
        images.create_media(product=product, file=io.BytesIO(content))
    assert product.media.count() == 0


def test_a_picture_cut_off_half_way_is_refused(product):
    whole = file().getvalue()
    with pytest.raises(Problem, match="not a picture we can read"):
        images.create_media(product=product, file=io.BytesIO(whole[: len(whole) // 2]))


def test_too_many_bytes_are_refused(product):
    with pytest.raises(Problem, match="over 10 MB"):
        images.create_media(product=product, file=io.BytesIO(file().getvalue() + b"0" * 10_000_000))


def test_too_many_pixels_are_refused_before_they_are_unpacked(product):
    with pytest.raises(Problem, match="40 million pixels"):
        images.create_media(product=product, file=file("PNG", size=(20_000, 2_001), mode="1"))


def test_other_modes_are_taken(product):
    for mode in ("L", "P", "CMYK", "1", "LA"):
        kind = "PNG" if mode in ("P", "1", "LA") else "JPEG"
        out = io.BytesIO()
        Image.new(mode, (50, 40)).save(out, kind)
        out.seek(0)
        assert images.create_media(product=product, file=out).width == 50
