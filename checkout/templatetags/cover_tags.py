"""`{% picture variant|get_cover_image %}`: the first picture of a variant."""

from django import template

from catalog.models import Media, Variant
from catalog.selectors import ordered_media

register = template.Library()


@register.filter
def get_cover_image(variant: Variant) -> Media | None:
    """Return the picture that stands for a variant; costs nothing where `product__media` is loaded."""
    return next(iter(ordered_media(variant.product, variant.media_order)), None)
