"""SubscriptionDetail and its lines."""

from sandbox.catalog import Row
from sandbox.models import Subscription, SubscriptionLine
from sandbox.money import ZERO, text

from .common import address, address_json, attribution_json, picture, when


def subscription_json(row: Subscription) -> Row:
    store = row.store
    lines = list(row.lines.all())
    cycles = list(row.cycles.select_related("order"))
    total = sum((line.price * line.quantity for line in lines), ZERO) + row.shipping_price
    return {
        "attribution": attribution_json(row.attribution, store),
        "billing_address": address_json(row.billing_address, row.pk * 2 + 1),
        "cancel_reason": row.cancel_reason,
        "cancel_reason_other_message": row.cancel_reason_other_message,
        "currency": row.currency,
        "date_created": when(row.date_created, store),
        "frequency": frequency(row),
        "id": row.pk,
        "interval": row.interval,
        "interval_count": row.interval_count,
        "is_tax_known": True,
        "is_test": row.is_test,
        "lines": [subscription_line_json(line) for line in lines],
        "next_renewal_date": row.next_renewal_date and when(row.next_renewal_date, store),
        "num_lines": len(lines),
        "num_orders": len(cycles),
        "orders": [
            {"order_number": cycle.order.number, "billing_cycle": cycle.billing_cycle} for cycle in cycles
        ],
        "paused_at": row.paused_at and when(row.paused_at, store),
        "paused_until": row.paused_until and when(row.paused_until, store),
        "payment_details": row.payment_details,
        "payment_method": row.payment_method,
        "shipping_address": address_json(row.shipping_address, row.pk * 2),
        "shipping_code": row.shipping_code,
        "shipping_price": text(row.shipping_price),
        "status": row.status,
        "total": text(total),
        "user": row.user,
    }


def frequency(row: Subscription) -> str:
    """In words: Every month, Every 2 weeks."""
    if row.interval_count == 1:
        return f"Every {row.interval}"
    return f"Every {row.interval_count} {row.interval}s"


def subscription_line_json(line: SubscriptionLine) -> Row:
    return {
        "id": line.pk,
        "metadata": line.metadata,
        "price": text(line.price),
        "product_id": line.product_id,
        "product_image": picture(line.image),
        "product_title": line.product_title,
        "product_url": address(f"/products/{line.product_id}/"),
        "quantity": line.quantity,
        "sku": line.sku,
        "variant_id": line.variant_id,
        "variant_title": line.variant_title,
    }
