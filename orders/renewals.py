"""What the subscriptions of an order charge after its payment, for its pages and emails."""

import datetime
from dataclasses import dataclass

from catalog.plan_text import format_renewals
from catalog.renewals import RenewingLine, group_renewals
from orders.models import Order


@dataclass(frozen=True)
class OrderRenewal:
    """One subscription's charges after the order's, for the shopper. `names` are the products it renews."""

    names: str
    charges: str
    next_charge_at: datetime.datetime | None


def list_order_renewals(order: Order) -> list[OrderRenewal]:
    """Return the charges that were agreed on with a paid order. Empty for one that is itself a renewal.

    A running subscription may have been changed since; its own page has what it charges now.
    """
    if order.is_renewal or not order.is_paid:
        return []
    lines = [
        RenewingLine(
            terms=item.selling_plan, quantity=item.quantity, name=item.name, ships=item.requires_shipping
        )
        for item in order.items.all()
        if item.selling_plan and item.quantity
    ]
    started_at = (order.paid_at or order.created_at) + order.store.clock_offset
    return [
        OrderRenewal(
            names=", ".join(renewals.names),
            charges=format_renewals(renewals, currency=order.currency, is_tax_added=order.is_tax_added),
            next_charge_at=renewals.first_charge_at(started_at, order.store.time_zone),
        )
        for renewals in group_renewals(lines, shipping=order.shipping_total)
    ]
