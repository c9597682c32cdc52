"""Template tags for product pictures."""

from typing import Any

from django import template
from django.core.files.storage import default_storage

from catalog.models import Media, Variant
from catalog.models.media import AVIF, WEBP, Rendition
from catalog.pictures import find_cover_image

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
    by_type: dict[str, list[Rendition]] = {}
    for item in media.renditions:
        by_type.setdefault(item.content_type, []).append(item)
    plain = by_type[media.content_type]
    return {
        "media": media,
        "alt": media.alt_text if alt is None else alt,
        "avif": _join_srcset(by_type[AVIF]),
        "webp": _join_srcset(by_type[WEBP]),
        "plain": _join_srcset(plain),
        "src": default_storage.url(plain[min(1, len(plain) - 1)].name),
        "sizes": sizes,
        "first": first,
        "eager": eager,
    }


@register.filter
def get_cover_image(variant: Variant) -> Media | None:
    """Return the first picture of a variant."""
    return find_cover_image(variant)


def _join_srcset(items: list[Rendition]) -> str:
    return ", ".join(f"{default_storage.url(item.name)} {item.width}w" for item in items)
