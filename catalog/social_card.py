"""The 1200 × 630 preview picture of a shared page, with name, price, and photo."""

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
PHOTO_WIDTH = 504  # 4:5 of the height
MARGIN = 72
INK, MUTED = "#17191c", "#5a6068"
MAX_TITLE_LINES, TITLE_LINE_HEIGHT = 4, 80
TextRun = tuple[str, ImageFont.FreeTypeFont]


def draw_social_card(*, name: str, price: str, shop: str, accent: str, photo: Media | None) -> bytes:
    """Return the picture as JPEG. Without a photo the text uses the full width."""
    image = Image.new("RGB", CARD_SIZE, "#ffffff")
    canvas = ImageDraw.Draw(image)
    room = CARD_SIZE[0] - 2 * MARGIN
    photo_image = _open_photo(photo)
    if photo_image is not None:
        image.paste(_crop_to_cover(photo_image, (PHOTO_WIDTH, CARD_SIZE[1])), (CARD_SIZE[0] - PHOTO_WIDTH, 0))
        room -= PHOTO_WIDTH
    canvas.rectangle((0, 0, 16, CARD_SIZE[1]), fill=theme.parse_color(accent))
    for line in FallbackFont(REGULAR_FONT, 34).wrap_text(shop, room, max_lines=1):
        line.write(canvas, y=108, room=room, ink=MUTED)
    lines = FallbackFont(BOLD_FONT, 68).wrap_text(name, room, max_lines=MAX_TITLE_LINES)
    top = (CARD_SIZE[1] - (len(lines) - 1) * TITLE_LINE_HEIGHT) // 2 + 24
    for number, line in enumerate(lines):
        line.write(canvas, y=top + number * TITLE_LINE_HEIGHT, room=room, ink=INK)
    for line in FallbackFont(REGULAR_FONT, 48).wrap_text(price, room, max_lines=1):
        line.write(canvas, y=CARD_SIZE[1] - 78, room=room, ink=INK)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()


class FallbackFont:
    """A font with a fallback for missing characters. Characters in neither, such as emoji, are left out."""

    def __init__(self, font: Path, size: int) -> None:
        self.fonts = {path: ImageFont.truetype(path, size) for path in (font, FALLBACK_FONT)}

    def wrap_text(self, text: str, room: int, *, max_lines: int) -> list["TextLine"]:
        """Break text into at most `max_lines` lines of `room` pixels. Text that does not fit ends in "…"."""
        shown = "".join(character for character in text if character.isspace() or self._find_font(character))
        lines = [""]
        for word in shown.split():
            longer = f"{lines[-1]} {word}".strip()
            if self._width(longer) <= room:
                lines[-1] = longer
            else:
                lines += self._break_word(word, room)
        lines = lines if lines[0] else lines[1:] or lines
        if len(lines) > max_lines:
            lines = [*lines[: max_lines - 1], self._cut_line(lines[max_lines - 1], room)]
        is_rtl = _is_rtl(text)
        return [TextLine(runs=self._split_runs(line), is_rtl=is_rtl) for line in lines]

    def _break_word(self, word: str, room: int) -> list[str]:
        """Return the word as lines of at most `room` pixels. A mark stays with the letter before it."""
        lines = [""]
        for character in word:
            is_mark = unicodedata.category(character).startswith("M")
            if lines[-1] and not is_mark and self._width(lines[-1] + character) > room:
                lines.append("")
            lines[-1] += character
        return lines

    def _cut_line(self, line: str, room: int) -> str:
        """Return as much of the line as fits with "…" after it."""
        while line and self._width(f"{line}…") > room:
            line = line[:-1]
        return f"{line.rstrip()}…"

    def _width(self, text: str) -> float:
        return TextLine(runs=self._split_runs(text), is_rtl=False).width

    def _split_runs(self, text: str) -> list[TextRun]:
        runs = itertools.groupby(text, self._find_font)
        return [("".join(characters), self.fonts[font]) for font, characters in runs if font]

    def _find_font(self, character: str) -> Path | None:
        return next((font for font in self.fonts if can_render_text(font, character)), None)


@dataclass(frozen=True)
class TextLine:
    """One line of text, split into runs of the same font."""

    runs: list[TextRun]
    is_rtl: bool

    @property
    def width(self) -> float:
        return sum(font.getlength(text) for text, font in self.runs)

    def write(
        self, canvas: ImageDraw.ImageDraw, *, y: int, room: int, ink: str, is_centered: bool = False
    ) -> None:
        """Draw the line with its baseline at `y`, centered or aligned to the side where its script starts."""
        free = room - self.width
        x = MARGIN + (free / 2 if is_centered else free if self.is_rtl else 0.0)
        direction = "rtl" if self.is_rtl and features.check("raqm") else None
        for text, font in reversed(self.runs) if self.is_rtl else self.runs:
            canvas.text((x, y), text, font=font, fill=ink, anchor="ls", direction=direction)
            x += font.getlength(text)


def _is_rtl(text: str) -> bool:
    """Return True for right-to-left text, judged by its first character with a direction."""
    directions = (unicodedata.bidirectional(character) for character in text)
    return next((found for found in directions if found in {"L", "R", "AL"}), "L") != "L"


def _open_photo(photo: Media | None) -> Image.Image | None:
    """Return the largest rendition without transparency, or None if the file is missing."""
    if photo is None or not photo.renditions:
        return None
    try:
        with default_storage.open(photo.renditions[-1].name) as file:
            picture = Image.open(file)
            picture.load()
    except OSError:
        return None
    if picture.mode == "RGBA":
        background = Image.new("RGB", picture.size, "#f6f6f4")
        background.paste(picture, mask=picture.getchannel("A"))
        return background
    return picture.convert("RGB")


def _crop_to_cover(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    scale = max(size[0] / picture.width, size[1] / picture.height)
    resized = picture.resize(
        (round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS
    )
    left, top = (resized.width - size[0]) // 2, (resized.height - size[1]) // 2
    return resized.crop((left, top, left + size[0], top + size[1]))
