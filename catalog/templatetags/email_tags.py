"""Template tags for emails, which have no stylesheet of the shop."""

from django import template

from catalog.theme import AccentColors, find_accent_colors, parse_color
from stores.models import Store

register = template.Library()


@register.filter
def light_accent(store: Store) -> AccentColors:
    """Return the store's accent colors on a light background."""
    return find_accent_colors(parse_color(store.accent), is_dark=False)


@register.filter
def dark_accent(store: Store) -> AccentColors:
    """Return the store's accent colors on a dark background."""
    return find_accent_colors(parse_color(store.accent), is_dark=True)
