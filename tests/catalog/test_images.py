"""Picture uploads: accepted by content, re-encoded, and stripped of metadata."""

import io
import struct
from pathlib import Path

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
    sizes = []
    for item in media.renditions:
        with Image.open(tmp_path / item.name) as image:
            sizes.append((image.size, item.width, item.content_type))
    assert sizes == [
        ((320, 160), 320, "image/avif"),
        ((320, 160), 320, "image/webp"),
        ((320, 160), 320, "image/jpeg"),
        ((640, 320), 640, "image/avif"),
        ((640, 320), 640, "image/webp"),
        ((640, 320), 640, "image/jpeg"),
        ((1200, 600), 1200, "image/avif"),
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
    assert {item.content_type for item in media.renditions} == {"image/avif", "image/webp", "image/png"}


def test_metadata_is_removed_and_orientation_applied(product, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # rotated by 90 degrees
    exif[0x010E] = "my address"
    media = images.create_media(product=product, file=file(size=(600, 400), exif=exif))
    assert (media.width, media.height) == (400, 600)
    for item in media.renditions:
        assert b"my address" not in (tmp_path / item.name).read_bytes()


def make_matrix_profile(red, green, blue, gamma=2.2):
    """Return the ICC profile of a display with these primaries, as XYZ under D50."""

    def number(value):
        return struct.pack(">i", round(value * 65536))

    def xyz(*values):
        return b"XYZ \0\0\0\0" + b"".join(map(number, values))

    tags = {
        b"rXYZ": xyz(*red),
        b"gXYZ": xyz(*green),
        b"bXYZ": xyz(*blue),
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"desc": b"desc\0\0\0\0\0\0\0\x05Test\0" + b"\0" * 79,
        b"cprt": b"text\0\0\0\0-\0\0\0",
        **{
            name: b"curv\0\0\0\0\0\0\0\x01" + struct.pack(">H", round(gamma * 256)) + b"\0\0"
            for name in (b"rTRC", b"gTRC", b"bTRC")
        },
    }
    table, body, start = b"", b"", 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(body), len(content))
        body += content
    size = start + len(body)
    header = struct.pack(">I4sI4s4s4s", size, b"none", 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    header += b"\0" * 12 + b"acsp" + b"\0" * 28 + number(0.9642) + number(1.0) + number(0.8249) + b"\0" * 48
    return header + struct.pack(">I", len(tags)) + table + body


DISPLAY_P3 = make_matrix_profile(
    (0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841)
)


ADOBE_RGB = make_matrix_profile((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446))


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize(
    ("profile", "stored"), [(DISPLAY_P3, (218, 171, 144)), (ADOBE_RGB, (214, 169, 141))], ids=["P3", "Adobe"]
)
def test_colors_are_converted_to_srgb(mode, profile, stored):
    """A photo of another color space keeps its colors, not its numbers."""
    out = io.BytesIO()
    Image.new(mode, (8, 8), stored).save(out, "PNG", icc_profile=profile)
    out.seek(0)

    pixel = images.open_image(out).getpixel((1, 1))

    assert all(abs(ours - theirs) <= 2 for ours, theirs in zip(pixel, (230, 170, 140), strict=False)), pixel


@pytest.mark.parametrize("profile", [b"broken", DISPLAY_P3[:200]])
def test_broken_color_profile_is_ignored(profile):
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (230, 170, 140)).save(out, "PNG", icc_profile=profile)
    out.seek(0)
    assert images.open_image(out).getpixel((1, 1)) == (230, 170, 140)


def test_picture_of_an_iphone_is_accepted(product):
    heic = Path(__file__).with_name("phone.heic")
    with heic.open("rb") as file:
        media = images.create_media(product=product, file=file)
    assert (media.width, media.height, media.content_type) == (64, 32, "image/jpeg")


def test_avif_is_accepted(product):
    assert images.create_media(product=product, file=file("AVIF", size=(400, 200))).width == 400


@pytest.mark.parametrize(
    ("kind", "mode", "expected"),
    [
        ("JPEG", "RGB", "RGB"),
        ("JPEG", "L", "RGB"),
        ("JPEG", "CMYK", "RGB"),
        ("PNG", "RGB", "RGB"),
        ("PNG", "P", "RGB"),
        ("PNG", "LA", "RGBA"),
    ],
)
def test_large_picture_is_decoded_at_a_fraction_of_its_size(kind, mode, expected, monkeypatch):
    monkeypatch.setattr(images, "_LARGE_PIXELS", 1_000_000)
    image = images.open_image(file(kind, size=(4803, 603), mode=mode))
    assert (image.mode, image.size) == (expected, (2402, 302))


def test_large_sideways_picture_keeps_the_width_that_is_shown(monkeypatch):
    monkeypatch.setattr(images, "_LARGE_PIXELS", 1_000_000)
    exif = Image.Exif()
    exif[0x0112] = 6
    assert images.open_image(file(size=(600, 4800), exif=exif)).size == (2400, 300)


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
    with pytest.raises(Problem, match="larger than 40 MB"):
        images.create_media(product=product, file=io.BytesIO(file().getvalue() + b"0" * 40_000_000))


def test_too_many_pixels_are_refused_before_decoding(product):
    with pytest.raises(Problem, match="100 million pixels"):
        images.create_media(product=product, file=file("PNG", size=(20_000, 5_001), mode="1"))


def test_other_color_modes_are_accepted(product):
    for mode in ("L", "P", "CMYK", "1", "LA"):
        kind = "PNG" if mode in ("P", "1", "LA") else "JPEG"
        out = io.BytesIO()
        Image.new(mode, (50, 40)).save(out, kind)
        out.seek(0)
        assert images.create_media(product=product, file=out).width == 50
