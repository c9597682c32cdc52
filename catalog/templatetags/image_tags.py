"""Template tags for product pictures."""

from typing import Any

from django import template
from django.core.files.storage import default_storage

from catalog.models import Media, Variant
from catalog.selectors import ordered_media

register = template.Library()


@register.inclusion_tag("catalog/_picture.html")
def responsive_image(
    media: Media | None,
    sizes: str = "100vw",
    *,
    first: bool = False,
    eager: bool = False,
    alt: str | None = None,
) -> dict[str, Any]:
    """Render a picture so that the browser picks the width and format.

    Pass `alt=""` if text next to it says the same. `first` loads with high priority, `eager` loads right
    away, and other pictures load when they are near the viewport.
    """
    if media is None or not media.renditions:
        return {"media": None}
    webp = [_srcset_entry(item) for item in media.renditions if item["format"] == "image/webp"]
    plain = [item for item in media.renditions if item["format"] != "image/webp"]
    return {
        "media": media,
        "alt": media.alt_text if alt is None else alt,
        "webp": ", ".join(webp),
        "plain": ", ".join(_srcset_entry(item) for item in plain),
        "src": default_storage.url(plain[min(1, len(plain) - 1)]["name"]),
        "sizes": sizes,
        "first": first,
        "eager": eager,
    }


@register.filter
def get_cover_image(variant: Variant) -> Media | None:
    """Return the first picture of a variant. Runs no query if `product__media` is loaded."""
    return next(iter(ordered_media(variant.product, variant.media_order)), None)


def _srcset_entry(item: dict[str, Any]) -> str:
    return f"{default_storage.url(item['name'])} {item['width']}w"
