"""Template tags of every page."""

import json
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag(takes_context=True)
def current_url(context: dict[str, Any]) -> str:
    """Return the page's own address on this host, to come back to.

    A public page is shared: only the part of the query that it depends on is shown.
    """
    request = context["request"]
    if request.method != "GET":
        return "/"
    return getattr(request, "public_path", None) or request.get_full_path()


@register.simple_tag
def linked_data(data: dict[str, Any]) -> SafeString:
    """Write a data block of schema.org's kind, in which no text can end the block."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(
        {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}
    )
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # nosec B308, B703
