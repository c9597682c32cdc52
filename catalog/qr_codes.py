"""QR codes of addresses, plain or with a name under them to tell printed ones apart."""

import io

import segno
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from PIL import Image, ImageDraw

from catalog.social_card import MARGIN, FallbackFont
from stores.fonts import REGULAR_FONT

MAX_LABEL_LINES = 2
INK = "#000000"


def render_qr_svg(address: str, *, label: str = "") -> bytes:
    """Return the code as SVG, black on white with its quiet zone."""
    out = io.BytesIO()
    code = segno.make(address, error="m", micro=False)
    code.save(out, kind="svg", scale=8, border=4, light="#ffffff", xmldecl=False, title=address)
    if not label:
        return out.getvalue()
    width, height = map(int, code.symbol_size(scale=8, border=4))
    lines = FallbackFont(REGULAR_FONT, 22).wrap_text(label, width - 64, max_lines=MAX_LABEL_LINES)
    texts = ["".join(text for text, _font in line.runs) for line in lines]
    total = height + 30 * len(texts)
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="{}" viewBox="0 0 {} {}">'
        '<rect width="100%" height="100%" fill="#ffffff"/>{}{}</svg>',
        *(width, total, width, total),
        mark_safe(out.getvalue().decode()),  # nosec B308, B703
        format_html_join(
            "",
            '<text x="{}" y="{}" text-anchor="middle" font-family="sans-serif" font-size="22">{}</text>',
            ((width / 2, height + 30 * number + 4, text) for number, text in enumerate(texts)),
        ),
    ).encode()


def render_qr_png(address: str, *, label: str = "") -> bytes:
    """Return the code as PNG, big enough to print."""
    out = io.BytesIO()
    code = segno.make(address, error="m", micro=False)
    code.save(out, kind="png", scale=16, border=4)
    if not label:
        return out.getvalue()
    width, height = map(int, code.symbol_size(scale=16, border=4))
    room = width - 2 * MARGIN
    lines = FallbackFont(REGULAR_FONT, 44).wrap_text(label, room, max_lines=MAX_LABEL_LINES)
    image = Image.new("RGB", (width, height + 60 * len(lines)), "#ffffff")
    image.paste(Image.open(out), (0, 0))
    canvas = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        line.write(canvas, y=height + 60 * number + 8, room=room, ink=INK, is_centered=True)
    labeled = io.BytesIO()
    image.save(labeled, "PNG", optimize=True)
    return labeled.getvalue()
