"""`{% picture media sizes="…" %}`: a picture in the width and format that the browser likes best."""

from typing import Any

from django import template
from django.core.files.storage import default_storage

from catalog.models import Media

register = template.Library()


@register.inclusion_tag("catalog/parts/picture.html")
def responsive_image(
    media: Media | None,
    sizes: str = "100vw",
    *,
    first: bool = False,
    eager: bool = False,
    alt: str | None = None,
) -> dict[str, Any]:
    """Show a picture; `alt=""` where the words beside it say it all. The page's `first` comes before all
    else, those that are seen at once are `eager`, and the rest waits until it is near.
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


def _srcset_entry(item: dict[str, Any]) -> str:
    return f"{default_storage.url(item['name'])} {item['width']}w"
