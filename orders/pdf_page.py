"""The pages of our PDF documents: paper, fonts, and colors."""

import io
import logging
from typing import Any

from django.core.files.storage import default_storage
from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.errors import FPDFException

from stores.fonts import BOLD_FONT, FALLBACK_FONT, REGULAR_FONT, can_render_text
from stores.models import Store

logger = logging.getLogger(__name__)

FONT = "FiraGO"
LETTER_PAPER_COUNTRIES = {"US", "CA", "MX", "PH", "CL", "CO", "VE"}
MARGIN, LINE_HEIGHT = 20, 5.5  # mm
LOGO_SIZE = 60, 16  # mm, at most
INK, MUTED, RULE = (23, 25, 28), (95, 101, 108), (215, 218, 222)


# Latin, Greek, and Cyrillic, with punctuation and currency signs.
_SIMPLE_SCRIPTS = (range(0x0590), range(0x1E00, 0x20D0))


def needs_shaping(texts: str) -> bool:
    """Return True if a script joins or reorders its letters. Shaping takes three times as long."""
    return any(not any(ord(letter) in part for part in _SIMPLE_SCRIPTS) for letter in set(texts))


class PdfPage(FPDF):
    """A4 or Letter, with a footer that names the sender and counts the pages."""

    footer_text = ""

    def __init__(self, *, country: str, texts: str, is_shaped: bool = True) -> None:
        """Use the paper of the country, and fonts that have all characters of the texts."""
        super().__init__(format="letter" if country in LETTER_PAPER_COUNTRIES else "A4")
        self.add_font(FONT, "", REGULAR_FONT)
        self.add_font(FONT, "B", BOLD_FONT)
        if not can_render_text(REGULAR_FONT, texts):
            # Only if needed, because loading it takes a third of a second.
            self.add_font("fallback", "", FALLBACK_FONT)
            self.set_fallback_fonts(["fallback"], exact_match=False)
        self.set_text_shaping(is_shaped)
        self.set_margin(MARGIN)
        self.set_auto_page_break(True, MARGIN)
        self.set_draw_color(*RULE)

    def set_font(self, *args: Any, **kwargs: Any) -> None:
        """Set the font right away, which a line that starts in the fallback font would not do."""
        super().set_font(*args, **kwargs)
        if self.page:
            self.text(0, 0, " ")

    def draw_logo(self, store: Store) -> bool:
        """Draw the store's logo where the page is, and move below it. Return False if it has none to draw."""
        if not (store.logo.name and store.logo_width and store.logo_height):
            return False
        try:
            with default_storage.open(store.logo.name) as file:
                content = io.BytesIO(file.read())
            scale = min(LOGO_SIZE[0] / store.logo_width, LOGO_SIZE[1] / store.logo_height)
            height = store.logo_height * scale
            self.image(content, h=height, w=store.logo_width * scale, alt_text=store.logo_label)
        except (OSError, FPDFException):  # the document matters more
            logger.exception("store %s: the logo couldn't be drawn", store.slug)
            return False
        return True

    def set_ink(self, color: tuple[int, int, int]) -> None:
        self.set_text_color(*color)

    def get_page_label(self) -> str:
        return f"{self.page_no()} / {{nb}}"

    def footer(self) -> None:
        self.set_y(-MARGIN + 4)
        self.set_font(FONT, size=8)
        self.set_ink(MUTED)
        number_width = 45  # mm
        self.multi_cell(
            self.epw - number_width, 4, self.footer_text, align="L", new_x=XPos.RIGHT, new_y=YPos.TOP
        )
        self.cell(number_width, 4, self.get_page_label(), align="R")
