"""The fonts of what is drawn here: invoices, and the pictures that messengers show of an address."""

from functools import cache
from pathlib import Path

import uharfbuzz

_FONT_FILES = Path(__file__).parent / "font_files"
# Latin, Greek, Cyrillic, Arabic, Hebrew, Thai, Devanagari and Georgian …
REGULAR_FONT, BOLD_FONT = _FONT_FILES / "FiraGO-Regular.ttf", _FONT_FILES / "FiraGO-Bold.ttf"
# … and Chinese, Japanese and Korean.
FALLBACK_FONT = _FONT_FILES / "DroidSansFallback.ttf"


@cache
def supported_codepoints(font: Path) -> frozenset[int]:
    """Return the code points that a font can show."""
    return frozenset(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(font))).unicodes)


def can_render_text(font: Path, text: str) -> bool:
    """Tell whether a font has every letter of a text."""
    return all(ord(letter) in supported_codepoints(font) for letter in text)
