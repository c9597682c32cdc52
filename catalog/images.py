"""Product pictures: validated, re-encoded, and resized to every width once, on upload."""

import io
from collections.abc import Iterator
from typing import IO, Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from catalog.models import Media, Product
from catalog.models.media import WEBP, WIDTHS
from stores.errors import Problem

MAX_BYTES = 10_000_000
MAX_PIXELS = 40_000_000
MAX_HEIGHT = 16383  # WebP limit
# Detected from the content, never from the name or the browser's claim. SVG can carry scripts.
ACCEPTED_FORMATS = ("JPEG", "PNG", "WEBP")
_SAVE_OPTIONS: dict[str, dict[str, Any]] = {
    "image/jpeg": {"format": "JPEG", "quality": 82, "optimize": True, "progressive": True},
    "image/png": {"format": "PNG", "optimize": True},
    WEBP: {"format": "WEBP", "quality": 80, "method": 4},
}


def create_media(*, product: Product, file: IO[bytes], alt_text: str = "") -> Media:
    """Save a product picture in every width, re-encoded without metadata.

    Raises Problem if the file is too big or is not a JPEG, PNG, or WebP picture.
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
        for content_type in (WEBP, media.content_type):
            _write_file(smaller, media.file_name(smaller.width, content_type), content_type)
    media.file.name = media.file_name(master.width, media.content_type)


def open_image(file: IO[bytes]) -> Image.Image:
    """Return the picture in a file, upright. Raises Problem if it is too big or in another format."""
    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise Problem(_("The picture is larger than 10 MB. Upload a smaller one."), field="file")
    try:
        image = Image.open(io.BytesIO(content), formats=ACCEPTED_FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise Problem(
                _("The picture has more than 40 million pixels. Upload a smaller one."), field="file"
            )
        image.load()
        upright = ImageOps.exif_transpose(image)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Problem(
            _("We can't read this picture. Upload a JPEG, PNG, or WebP file."), field="file"
        ) from error
    if upright.mode.startswith("I;16"):
        # A direct conversion would clip almost all of the 65,536 shades of gray to white.
        upright = upright.convert("I").point(lambda gray: gray / 256).convert("L")
    return upright.convert("RGBA" if upright.has_transparency_data else "RGB")


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
