"""Restocking the units that NEXT restocked, once each."""

import datetime
from collections import Counter

from catalog import stock
from nextcommerce.schemas import NextOrder
from orders.models import Order, OrderItem
from orders.row_matching import drop_repeated_ids


def return_refunded_stock(*, order: Order, next_order: NextOrder) -> None:
    """Give back the units that NEXT restocked, or all if it canceled the order and holds no money for it.

    Each unit is given back once: `OrderItem.restocked_quantity` counts them. The caller holds the order's row
    lock and has mirrored the answer.
    """
    is_undone = is_order_undone(order=order, next_order=next_order)
    if not order.is_paid or not (is_undone or next_order.refunds):
        return
    restocked: Counter[int] = Counter()
    for refund in drop_repeated_ids(next_order.refunds):
        restocked.update(refund.restocked)
    restocked_at = find_restock_time(next_order)
    for item in order.items.all():
        units = item.quantity if is_undone else restocked[item.next_line_id or 0]
        return_item_to_stock(item=item, units=min(units, item.quantity), restocked_at=restocked_at)


def is_order_undone(*, order: Order, next_order: NextOrder) -> bool:
    """Return True if NEXT canceled the order before anything was sent, and charges nothing for it."""
    has_no_money = next_order.payment.is_released or next_order.payment.is_refunded
    return next_order.is_canceled and has_no_money and not order.has_shipped


def find_restock_time(next_order: NextOrder) -> datetime.datetime | None:
    """Return when NEXT last restocked something, as far as it is known."""
    times = [refund.created_at for refund in next_order.refunds if refund.created_at]
    return max(times, default=next_order.updated_at)


def return_item_to_stock(*, item: OrderItem, units: int, restocked_at: datetime.datetime | None) -> None:
    """Give back the item's units that weren't given back before."""
    new_units = units - item.restocked_quantity
    if new_units <= 0:
        return
    item.restocked_quantity = units
    item.save(update_fields=["restocked_quantity"])
    stock.return_to_stock(variant_id=item.variant_id, quantity=new_units, restocked_at=restocked_at)
