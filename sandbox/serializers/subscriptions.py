"""Subscriptions (SubscriptionDetail) and their lines."""

from sandbox.catalog import JsonObject
from sandbox.models import Subscription, SubscriptionLine
from sandbox.money import ZERO, format_decimal

from .common import (
    build_image_url,
    build_sandbox_url,
    format_store_datetime,
    serialize_order_address,
    serialize_order_attribution,
)


def serialize_full_subscription(subscription: Subscription) -> JsonObject:
    store = subscription.store
    lines = list(subscription.lines.all())
    cycles = list(subscription.cycles.select_related("order"))
    total = sum((line.price * line.quantity for line in lines), ZERO) + subscription.shipping_price
    return {
        "attribution": serialize_order_attribution(subscription.attribution, store),
        "billing_address": serialize_order_address(subscription.billing_address, subscription.pk * 2 + 1),
        "cancel_reason": subscription.cancel_reason,
        "cancel_reason_other_message": subscription.cancel_reason_other_message,
        "currency": subscription.currency,
        "date_created": format_store_datetime(subscription.date_created, store),
        "frequency": describe_frequency(subscription),
        "id": subscription.pk,
        "interval": subscription.interval,
        "interval_count": subscription.interval_count,
        "is_tax_known": True,
        "is_test": subscription.is_test,
        "lines": [serialize_subscription_line(line) for line in lines],
        "next_renewal_date": subscription.next_renewal_date
        and format_store_datetime(subscription.next_renewal_date, store),
        "num_lines": len(lines),
        "num_orders": len(cycles),
        "orders": [
            {"order_number": cycle.order.number, "billing_cycle": cycle.billing_cycle} for cycle in cycles
        ],
        "paused_at": subscription.paused_at and format_store_datetime(subscription.paused_at, store),
        "paused_until": subscription.paused_until and format_store_datetime(subscription.paused_until, store),
        "payment_details": subscription.payment_details,
        "payment_method": subscription.payment_method,
        "shipping_address": serialize_order_address(subscription.shipping_address, subscription.pk * 2),
        "shipping_code": subscription.shipping_code,
        "shipping_price": format_decimal(subscription.shipping_price),
        "status": subscription.status,
        "total": format_decimal(total),
        "user": subscription.user,
    }


def describe_frequency(subscription: Subscription) -> str:
    """Return "Every month" or "Every 2 weeks"."""
    if subscription.interval_count == 1:
        return f"Every {subscription.interval}"
    return f"Every {subscription.interval_count} {subscription.interval}s"


def serialize_subscription_line(line: SubscriptionLine) -> JsonObject:
    return {
        "id": line.pk,
        "metadata": line.metadata,
        "price": format_decimal(line.price),
        "product_id": line.product_id,
        "product_image": build_image_url(line.image),
        "product_title": line.product_title,
        "product_url": build_sandbox_url(f"/products/{line.product_id}/"),
        "quantity": line.quantity,
        "sku": line.sku,
        "variant_id": line.variant_id,
        "variant_title": line.variant_title,
    }
