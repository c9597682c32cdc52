"""A shop's icons: its logo if that is about square, else its initial on its accent color."""

import io
from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.core.files.storage import default_storage
from PIL import Image, ImageDraw, ImageFont

from catalog import theme
from stores.fonts import BOLD_FONT, FALLBACK_FONT, can_render_text
from stores.models import Store

TOUCH_ICON_SIZE = 180
MANIFEST_SIZES = (192, 512)
FAVICON_SIZES = (16, 32, 48)
# A wider or higher logo can't be recognized in a square of 16 pixels.
MAX_LOGO_RATIO = 1.6
_DAY_SECONDS = 24 * 60 * 60
_LOGO_SHARE = 0.8
_LETTER_SHARE = 0.62
_FALLBACK_LETTER = "S"


def get_icon_png(store: Store, *, size: int) -> bytes:
    """Return the icon as a PNG without transparency, which phones would fill with black."""
    return _remember(store, f"png-{size}", lambda: _encode(draw_icon(store, size), "PNG"))


def get_favicon(store: Store) -> bytes:
    """Return the icon as an ICO file in all sizes that browsers look for."""
    sizes = [(size, size) for size in FAVICON_SIZES]
    return _remember(
        store, "ico", lambda: _encode(draw_icon(store, 4 * max(FAVICON_SIZES)), "ICO", sizes=sizes)
    )


def draw_icon(store: Store, size: int) -> Image.Image:
    """Draw the icon, edge to edge."""
    logo = _open_square_logo(store)
    return _draw_logo(logo, size) if logo else _draw_letter(store, size)


def _remember(store: Store, kind: str, draw: Callable[[], bytes]) -> bytes:
    """Draw once a day. A new logo has a new name, so what is remembered is never out of date."""
    key = f"site-icon:{store.pk}:{kind}:{store.logo.name}:{store.accent}:{_find_letter(store.name)}"
    return cache.get_or_set(key, draw, _DAY_SECONDS) or draw()


def _open_square_logo(store: Store) -> Image.Image | None:
    width, height = store.logo_width, store.logo_height
    if (
        not store.logo.name
        or not width
        or not height
        or max(width, height) > MAX_LOGO_RATIO * min(width, height)
    ):
        return None
    try:
        with default_storage.open(store.logo.name) as file:
            return Image.open(file).convert("RGBA")
    except OSError:
        return None


def _draw_logo(logo: Image.Image, size: int) -> Image.Image:
    icon = Image.new("RGB", (size, size), "#ffffff")
    room = size * _LOGO_SHARE
    scale = min(room / logo.width, room / logo.height)
    shown = logo.resize(
        (max(round(logo.width * scale), 1), max(round(logo.height * scale), 1)), Image.Resampling.LANCZOS
    )
    icon.paste(shown, ((size - shown.width) // 2, (size - shown.height) // 2), shown)
    return icon


def _draw_letter(store: Store, size: int) -> Image.Image:
    accent = theme.parse_color(store.accent)
    ink = max((theme.WHITE, theme.BLACK), key=lambda color: theme.contrast_ratio(color, accent))
    icon = Image.new("RGB", (size, size), accent)
    letter = _find_letter(store.name)
    path = BOLD_FONT if can_render_text(BOLD_FONT, letter) else FALLBACK_FONT
    font = ImageFont.truetype(path, round(size * _LETTER_SHARE))
    left, top, right, bottom = font.getbbox(letter)
    place = ((size - left - right) / 2, (size - top - bottom) / 2)
    ImageDraw.Draw(icon).text(place, letter, font=font, fill=ink)
    return icon


def _find_letter(name: str) -> str:
    """Return the first letter or digit of a name that a font has."""
    shown = (sign for sign in name.upper() if sign.isalnum())
    drawable = (
        sign for sign in shown if any(can_render_text(font, sign) for font in (BOLD_FONT, FALLBACK_FONT))
    )
    return next(drawable, _FALLBACK_LETTER)


def _encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()
