"""Template tags for every shop page."""

import json
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from catalog.descriptions import render_description

register = template.Library()
register.filter("product_description", render_description)


@register.simple_tag(takes_context=True)
def current_url(context: dict[str, Any]) -> str:
    """Return the path and query of the page, to come back to.

    A cached public page includes only the query parameters that it depends on.
    """
    request = context["request"]
    if request.method != "GET":
        return "/"
    return getattr(request, "public_path", None) or request.get_full_path()


@register.simple_tag
def linked_data(data: dict[str, Any]) -> SafeString:
    """Render a JSON-LD script element, escaped so that no text can close the element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(
        {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}
    )
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # nosec B308, B703
