"""Template tags for product pictures."""

from typing import Any

from django import template
from django.core.files.storage import default_storage

from catalog.models import Media, Variant
from catalog.models.media import WEBP, Rendition
from catalog.selectors import find_cover_image

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
    webp = [_srcset_entry(item) for item in media.renditions if item.content_type == WEBP]
    plain = [item for item in media.renditions if item.content_type != WEBP]
    return {
        "media": media,
        "alt": media.alt_text if alt is None else alt,
        "webp": ", ".join(webp),
        "plain": ", ".join(_srcset_entry(item) for item in plain),
        "src": default_storage.url(plain[min(1, len(plain) - 1)].name),
        "sizes": sizes,
        "first": first,
        "eager": eager,
    }


@register.filter
def get_cover_image(variant: Variant) -> Media | None:
    """Return the first picture of a variant."""
    return find_cover_image(variant)


def _srcset_entry(item: Rendition) -> str:
    return f"{default_storage.url(item.name)} {item.width}w"
