"""Queries for the pages of an order and of a subscriber."""

from catalog.models import Media, Variant
from catalog.pictures import find_cover_image, prefetch_pictures
from orders.models import Order
from subscriptions.models import Subscription, SubscriptionLine
from subscriptions.subscription_lines import LINES_PREFETCH


def list_order_subscriptions(order: Order) -> list[Subscription]:
    """Return the subscriptions that the order started or renewed; no query if it has no plan."""
    if not any(item.selling_plan for item in order.items.all()):
        return []
    rows = Subscription.objects.filter(order=order) | Subscription.objects.filter(invoices__order=order)
    return list(rows.distinct().select_related("store", "order").prefetch_related(LINES_PREFETCH))


def subscription_lines_with_images(subscription: Subscription) -> list[tuple[SubscriptionLine, Media | None]]:
    """Return each line, with pending changes, and its variant's first image, in two queries."""
    lines = [line.after_change for line in subscription.active_lines]
    variants = Variant.objects.select_related("product").in_bulk([line.variant_id for line in lines])
    prefetch_pictures(list(variants.values()))
    return [
        (line, find_cover_image(variant) if (variant := variants.get(line.variant_id)) else None)
        for line in lines
    ]
