"""Template tags of every page."""

from typing import Any

from django import template

register = template.Library()


@register.simple_tag(takes_context=True)
def here(context: dict[str, Any]) -> str:
    """Return the page's own address on this host, to come back to.

    A public page is shared: only the part of the query that it depends on is shown.
    """
    request = context["request"]
    if request.method != "GET":
        return "/"
    return getattr(request, "public_path", None) or request.get_full_path()
