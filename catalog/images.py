"""Product pictures: validated, converted to sRGB, and resized to every width once, on upload."""

import io
import threading
from collections.abc import Iterator
from typing import IO, Any

import pi_heif
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, ImageCms, ImageOps

from catalog import import_sentences as sentences
from catalog.models import Media, Product
from catalog.models.media import AVIF, WEBP, WIDTHS
from stores.errors import Problem

MAX_BYTES = 40_000_000
MAX_PIXELS = 100_000_000
# Decoding these takes twice the memory. Phones take at most 48 million pixels.
MAX_PIXELS_BY_FORMAT = {"AVIF": 50_000_000, "HEIF": 50_000_000}
MAX_HEIGHT = 16383  # WebP limit
# Detected from the content, never from the name or the browser's claim. SVG can carry scripts.
ACCEPTED_FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF")
_SAVE_OPTIONS: dict[str, dict[str, Any]] = {
    "image/jpeg": {"format": "JPEG", "quality": 82, "optimize": True, "progressive": True},
    "image/png": {"format": "PNG", "optimize": True},
    WEBP: {"format": "WEBP", "quality": 80, "method": 4},
    AVIF: {"format": "AVIF", "quality": 60, "speed": 8},
}
# A picture of more pixels is decoded alone, and at once made smaller: to at least this width, for sharpness.
_LARGE_PIXELS = 12_000_000
_WORKING_WIDTH = 2 * max(WIDTHS)
_STRIP_HEIGHT = 64
_LARGE_PICTURE_TURN = threading.Lock()
_SIDEWAYS = frozenset({5, 6, 7, 8})  # values of the EXIF tag
_ORIENTATION = 0x0112

pi_heif.register_heif_opener()
# `_require_few_pixels` checks it. Pillow would only warn.
Image.MAX_IMAGE_PIXELS = None


def create_media(*, product: Product, file: IO[bytes], alt_text: str = "") -> Media:
    """Save a product picture in every width, re-encoded without metadata.

    Raises Problem if the file is too big or is not a picture of an accepted format.
    """
    image = open_image(file)
    media = Media(product=product, alt_text=alt_text)
    write_renditions(media, image)
    media.save(force_insert=True)
    return media


def write_renditions(media: Media, image: Image.Image) -> None:
    """Write the files that `media.renditions` lists. `media` is not saved."""
    master = _shrink_image(image, max(WIDTHS))
    media.content_type = "image/png" if image.mode == "RGBA" else "image/jpeg"
    media.width, media.height = master.size
    for smaller in _resize_to_widths(master):
        for content_type in (AVIF, WEBP, media.content_type):
            _write_file(smaller, media.file_name(smaller.width, content_type), content_type)
    media.file.name = media.file_name(master.width, media.content_type)


def delete_renditions(media: Media) -> None:
    """Delete the files of a picture that isn't saved."""
    for rendition in media.renditions:
        default_storage.delete(rendition.name)


def open_image(file: IO[bytes]) -> Image.Image:
    """Return the picture in a file, upright, in sRGB, and no larger than its renditions need.

    Raises Problem if it is too big or in another format.
    """
    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise Problem(sentences.TOO_LARGE.fill(), field="file")
    try:
        image = Image.open(io.BytesIO(content), formats=ACCEPTED_FORMATS)
        _require_few_pixels(image)
        decoded = _decode(image)
        upright = ImageOps.exif_transpose(decoded)
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise Problem(sentences.UNREADABLE.fill(), field="file") from error
    if upright.mode.startswith("I;16"):
        # A direct conversion would clip almost all of the 65,536 shades of gray to white.
        upright = upright.convert("I").point(lambda gray: gray / 256).convert("L")
    return _convert_to_srgb(upright)


def _require_few_pixels(image: Image.Image) -> None:
    limit = MAX_PIXELS_BY_FORMAT.get(image.format or "", MAX_PIXELS)
    if image.width * image.height > limit:
        raise Problem(
            sentences.TOO_MANY_PIXELS.fill(limit=limit // 1_000_000),
            field="file",
        )


def _decode(image: Image.Image) -> Image.Image:
    """Return the pixels. Of a large picture, only those that the renditions need."""
    if image.width * image.height <= _LARGE_PIXELS:
        image.load()
        return image
    shown_width = image.height if image.getexif().get(_ORIENTATION) in _SIDEWAYS else image.width
    factor = max(shown_width // _WORKING_WIDTH, 1)
    with _LARGE_PICTURE_TURN:
        if image.format == "JPEG":  # decoded at a half, a quarter, or an eighth
            step = max(each for each in (1, 2, 4, 8) if each <= factor)
            image.draft(image.mode, (image.width // step, image.height // step))
            image.load()
            return image
        image.load()
        return _reduce_in_strips(image, factor) if factor > 1 else image


def _reduce_in_strips(image: Image.Image, factor: int) -> Image.Image:
    """Return the picture at a fraction of its size. In strips, so that no second copy of it is made."""
    is_plain = image.mode in {"L", "RGB", "LA", "RGBA", "CMYK"}
    mode = image.mode if is_plain else _choose_plain_mode(image)
    smaller = Image.new(mode, (-(-image.width // factor), -(-image.height // factor)))
    for top in range(0, smaller.height, _STRIP_HEIGHT):
        bottom = min((top + _STRIP_HEIGHT) * factor, image.height)
        strip = image.crop((0, top * factor, image.width, bottom))
        smaller.paste((strip if is_plain else _to_mode(strip, mode)).reduce(factor), (0, top))
    smaller.info = {name: image.info[name] for name in ("icc_profile", "exif") if name in image.info}
    return smaller


def _choose_plain_mode(image: Image.Image) -> str:
    if image.mode.startswith("I;16"):
        return "L"
    return "RGBA" if image.has_transparency_data else "RGB"


def _to_mode(strip: Image.Image, mode: str) -> Image.Image:
    if strip.mode.startswith("I;16"):
        return strip.convert("I").point(lambda gray: gray / 256).convert(mode)
    return strip.convert(mode)


def _convert_to_srgb(image: Image.Image) -> Image.Image:
    """Return the picture in RGB or RGBA with the colors that its profile gives it."""
    alpha = image.convert("RGBA").getchannel("A") if image.has_transparency_data else None
    profile = image.info.get("icc_profile")
    if image.mode not in {"L", "RGB", "CMYK"}:
        image = image.convert("L" if image.mode in {"LA", "1"} else "RGB")
    converted = (_apply_profile(image, profile) if profile else None) or image.convert("RGB")
    if alpha is not None:
        converted.putalpha(alpha)
    return converted


def _apply_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Return the picture converted from its color profile to sRGB, or None if the profile is broken."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(
            image,
            source,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _resize_to_widths(master: Image.Image) -> Iterator[Image.Image]:
    for width in WIDTHS:
        if width < master.width:
            yield _shrink_image(master, width)
    yield master


def _shrink_image(image: Image.Image, width: int) -> Image.Image:
    smaller = image.copy()
    smaller.thumbnail((width, MAX_HEIGHT), Image.Resampling.LANCZOS, reducing_gap=None)
    return smaller


def _write_file(image: Image.Image, name: str, content_type: str) -> None:
    # Pasting into a new image drops the metadata of the original.
    content = io.BytesIO()
    clean = Image.new(image.mode, image.size)
    clean.paste(image)
    clean.save(content, **_SAVE_OPTIONS[content_type])
    default_storage.save(name, ContentFile(content.getvalue()))
