"""Withdrawals from a contract: matched to an order, flagged if they seem late, and acknowledged.

Directive 2011/83/EU, Art. 11a. Staff decide about the refund.
"""

import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max

from orders.contract_notices import acknowledge_notice, list_named_orders, lock_notice
from orders.customers import same_email
from orders.models import ContractNotice, Order
from orders.unshipped_items import list_items_to_ship

PERIOD = datetime.timedelta(days=14)


@transaction.atomic
def process_withdrawal(withdrawal: ContractNotice) -> str:
    """Look for the order, flag a late statement, and queue the emails. Does nothing the second time."""
    locked = lock_notice(withdrawal)
    if locked.process_at is None:
        return "already processed"
    locked.order = locked.order or find_order(locked)
    locked.is_late = locked.order is not None and is_late(locked.order, locked.received_at)
    locked.process_at = None
    locked.save(update_fields=["order", "is_late", "process_at"])
    acknowledge_notice(locked)
    return "matched" if locked.order else "not matched"


def find_order(withdrawal: ContractNotice) -> Order | None:
    """Return the one order whose number the statement names and whose email it gives; None otherwise."""
    orders = list_named_orders(withdrawal).filter(same_email(withdrawal.email))[:2]
    return orders[0] if len(orders) == 1 else None


def is_late(order: Order, received_at: datetime.datetime) -> bool:
    """Return True if the 14 days seem to be over.

    They begin with the delivery of the last parcel, which the shop doesn't learn: they are counted from when
    it was sent, or from the payment of an order that ships nothing. A period that would end on a weekend ends
    on the next Monday.
    """
    if order.paid_at is None or list_items_to_ship(order):
        return False
    sent_at = order.shipments.aggregate(last=Max("recorded_at"))["last"]
    zone = ZoneInfo(order.store.time_zone)
    last_day = max(filter(None, (order.paid_at, sent_at))).astimezone(zone).date() + PERIOD
    while last_day.weekday() >= 5:
        last_day += datetime.timedelta(days=1)
    return received_at.astimezone(zone).date() > last_day
