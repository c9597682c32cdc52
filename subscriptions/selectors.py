"""Queries for the pages of an order, of a shopper, and of a subscriber."""

from catalog.models import Media, Variant
from catalog.pictures import find_cover_image, prefetch_pictures
from orders.emails import list_paid_orders
from orders.models import Order
from stores.models import Store
from subscriptions.models import Subscription, SubscriptionLine
from subscriptions.subscription_lines import LINES_PREFETCH

MAX_SHOPPER_SUBSCRIPTIONS = 50


def list_order_subscriptions(order: Order) -> list[Subscription]:
    """Return the subscriptions that the order started or renewed; no query if it has no plan."""
    if not any(item.selling_plan for item in order.items.all()):
        return []
    rows = Subscription.objects.filter(order=order) | Subscription.objects.filter(invoices__order=order)
    return list(rows.distinct().select_related("store", "order").prefetch_related(LINES_PREFETCH))


def list_shopper_subscriptions(*, store: Store, email: str) -> list[Subscription]:
    """Return the subscriptions that orders with this email started: running ones first, then newest."""
    rows = Subscription.objects.filter(store=store, order__in=list_paid_orders(store=store, email=email))
    rows = rows.select_related("store", "order").prefetch_related(LINES_PREFETCH)
    newest = rows.order_by("-created_at", "-id")[:MAX_SHOPPER_SUBSCRIPTIONS]
    return sorted(newest, key=lambda subscription: subscription.is_over)


def subscription_lines_with_images(subscription: Subscription) -> list[tuple[SubscriptionLine, Media | None]]:
    """Return each line, with pending changes, and its variant's first image, in two queries."""
    lines = [line.after_change for line in subscription.active_lines]
    variants = Variant.objects.select_related("product").in_bulk([line.variant_id for line in lines])
    prefetch_pictures(list(variants.values()))
    return [
        (line, find_cover_image(variant) if (variant := variants.get(line.variant_id)) else None)
        for line in lines
    ]
