"""The fonts of what is drawn here: invoices, and the pictures that messengers show of an address."""

from functools import cache
from pathlib import Path

import uharfbuzz

_FONTS = Path(__file__).parent / "font_files"
# Latin, Greek, Cyrillic, Arabic, Hebrew, Thai, Devanagari and Georgian …
REGULAR, BOLD = _FONTS / "FiraGO-Regular.ttf", _FONTS / "FiraGO-Bold.ttf"
# … and Chinese, Japanese and Korean.
FALLBACK = _FONTS / "DroidSansFallback.ttf"


@cache
def letters(font: Path) -> frozenset[int]:
    """Return the code points that a font can show."""
    return frozenset(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(font))).unicodes)


def can_show(font: Path, text: str) -> bool:
    """Tell whether a font has every letter of a text."""
    return all(ord(letter) in letters(font) for letter in text)
