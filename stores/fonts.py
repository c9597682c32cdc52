"""Fonts for invoices and social cards (link previews)."""

from functools import cache
from pathlib import Path

import uharfbuzz

_FONT_FILES = Path(__file__).parent / "font_files"
# Covers Latin, Greek, Cyrillic, Arabic, Hebrew, Thai, Devanagari and Georgian.
REGULAR_FONT, BOLD_FONT = _FONT_FILES / "FiraGO-Regular.ttf", _FONT_FILES / "FiraGO-Bold.ttf"
# Covers Chinese, Japanese and Korean.
FALLBACK_FONT = _FONT_FILES / "DroidSansFallback.ttf"


@cache
def supported_codepoints(font: Path) -> frozenset[int]:
    """Return the code points that a font covers."""
    return frozenset(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(font))).unicodes)


def can_render_text(font: Path, text: str) -> bool:
    """Return True if a font covers every character of a text."""
    return all(ord(character) in supported_codepoints(font) for character in text)
