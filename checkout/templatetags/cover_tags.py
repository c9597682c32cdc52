"""`{% responsive_image variant|get_cover_image %}`: the main image of a variant."""

from django import template

from catalog.models import Media, Variant
from catalog.selectors import ordered_media

register = template.Library()


@register.filter
def get_cover_image(variant: Variant) -> Media | None:
    """Return the variant's first image, or None. Runs no query if `product__media` is prefetched."""
    return next(iter(ordered_media(variant.product, variant.media_order)), None)
