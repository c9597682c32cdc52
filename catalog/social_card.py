"""The picture that messengers show beside a shared address: 1200 × 630, with name, price and photograph."""

import io
import itertools
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from django.core.files.storage import default_storage
from PIL import Image, ImageDraw, ImageFont, features

from catalog import theme
from catalog.models import Media
from stores.fonts import BOLD_FONT, FALLBACK_FONT, REGULAR_FONT, can_render_text

CARD_SIZE = (1200, 630)
PHOTO_WIDTH = 504  # its width, at 4:5 of the height
MARGIN = 72
INK, MUTED = "#17191c", "#5a6068"
MAX_TITLE_LINES, TITLE_LINE_HEIGHT = 4, 80
TextRun = tuple[str, ImageFont.FreeTypeFont]


def draw_social_card(*, name: str, price: str, shop: str, accent: str, photo: Media | None) -> bytes:
    """Return the picture as JPEG; without a photograph the words have all the room."""
    image = Image.new("RGB", CARD_SIZE, "#ffffff")
    canvas = ImageDraw.Draw(image)
    room = CARD_SIZE[0] - 2 * MARGIN
    opened = _open_photo(photo)
    if opened is not None:
        image.paste(_crop_to_cover(opened, (PHOTO_WIDTH, CARD_SIZE[1])), (CARD_SIZE[0] - PHOTO_WIDTH, 0))
        room -= PHOTO_WIDTH
    canvas.rectangle((0, 0, 16, CARD_SIZE[1]), fill=theme.parse_color(accent))
    for line in FallbackFont(REGULAR_FONT, 34).wrap_text(shop, room, most=1):
        line.write(canvas, y=108, room=room, ink=MUTED)
    lines = FallbackFont(BOLD_FONT, 68).wrap_text(name, room, most=MAX_TITLE_LINES)
    top = (CARD_SIZE[1] - (len(lines) - 1) * TITLE_LINE_HEIGHT) // 2 + 24
    for number, line in enumerate(lines):
        line.write(canvas, y=top + number * TITLE_LINE_HEIGHT, room=room, ink=INK)
    for line in FallbackFont(REGULAR_FONT, 48).wrap_text(price, room, most=1):
        line.write(canvas, y=CARD_SIZE[1] - 78, room=room, ink=INK)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()


class FallbackFont:
    """A font at a size, with another one for what it lacks. What neither has, such as emoji, is left out."""

    def __init__(self, font: Path, size: int) -> None:
        self.fonts = {path: ImageFont.truetype(path, size) for path in (font, FALLBACK_FONT)}

    def wrap_text(self, text: str, room: int, *, most: int) -> list["TextLine"]:
        """Break a text into lines that fit, between words where it can be; too long, it ends in "…"."""
        lines = [""]
        for word in "".join(letter for letter in text if letter.isspace() or self._font_of(letter)).split():
            longer = f"{lines[-1]} {word}".strip()
            if self._width(longer) <= room:
                lines[-1] = longer
                continue
            if lines[-1]:
                lines.append("")
            for letter in word:
                is_mark = unicodedata.category(letter).startswith("M")
                if lines[-1] and not is_mark and self._width(lines[-1] + letter) > room:
                    lines.append("")
                lines[-1] += letter
        if len(lines) > most:
            last = lines[most - 1]
            while last and self._width(f"{last}…") > room:
                last = last[:-1]
            lines = [*lines[: most - 1], f"{last.rstrip()}…"]
        is_rtl = _is_rtl(text)
        return [TextLine(parts=self._parts(line), is_rtl=is_rtl) for line in lines]

    def _width(self, text: str) -> float:
        return TextLine(parts=self._parts(text), is_rtl=False).width

    def _parts(self, text: str) -> list[TextRun]:
        parts = itertools.groupby(text, self._font_of)
        return [("".join(letters), self.fonts[font]) for font, letters in parts if font]

    def _font_of(self, letter: str) -> Path | None:
        return next((font for font in self.fonts if can_render_text(font, letter)), None)


@dataclass(frozen=True)
class TextLine:
    """Parts of a text, each in its font."""

    parts: list[TextRun]
    is_rtl: bool

    @property
    def width(self) -> float:
        return sum(font.getlength(text) for text, font in self.parts)

    def write(self, canvas: ImageDraw.ImageDraw, *, y: int, room: int, ink: str) -> None:
        """Write it on the base line `y`, from the side its letters begin at."""
        x = MARGIN + (room - self.width if self.is_rtl else 0.0)
        direction = "rtl" if self.is_rtl and features.check("raqm") else None
        for text, font in reversed(self.parts) if self.is_rtl else self.parts:
            canvas.text((x, y), text, font=font, fill=ink, anchor="ls", direction=direction)
            x += font.getlength(text)


def _is_rtl(text: str) -> bool:
    """Tell whether a text begins at the right: by its first letter that has a direction."""
    directions = (unicodedata.bidirectional(letter) for letter in text)
    return next((found for found in directions if found in {"L", "R", "AL"}), "L") != "L"


def _open_photo(photo: Media | None) -> Image.Image | None:
    """Open the largest rendition that needs no transparency; none where the file is gone."""
    if photo is None or not photo.renditions:
        return None
    try:
        with default_storage.open(photo.renditions[-1]["name"]) as file:
            picture = Image.open(file)
            picture.load()
    except OSError:
        return None
    if picture.mode == "RGBA":
        ground = Image.new("RGB", picture.size, "#f6f6f4")
        ground.paste(picture, mask=picture.getchannel("A"))
        return ground
    return picture.convert("RGB")


def _crop_to_cover(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    scale = max(size[0] / picture.width, size[1] / picture.height)
    grown = picture.resize(
        (round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS
    )
    left, top = (grown.width - size[0]) // 2, (grown.height - size[1]) // 2
    return grown.crop((left, top, left + size[0], top + size[1]))
