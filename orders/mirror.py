"""Bringing our order to what the NEXT order says.

`mirror` may run at any time, any number of times, in any order: it follows the NEXT order's own
`updated_at`, and running it again with the same news changes nothing.
"""

import datetime
from collections import Counter
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from nextcommerce.order_schemas import NextFulfillment, NextLine, NextOrder
from nextcommerce.parsing import iter_objects, parse_integer
from orders.mirror_listeners import notify_mirror_listeners
from orders.models import Order, OrderItem
from orders.models.refund import VERIFICATION_REFUND_NOTE
from orders.notifications import queue_order_notifications
from orders.order_log import log_order_event
from stores.money import round_money

Status = Order.Status
A_DAY = datetime.timedelta(days=1)
# A paid order of which no news comes is looked at after a day, ever more seldom, and at last no more.
MAX_REFRESH_AGE = datetime.timedelta(days=60)


@dataclass(frozen=True)
class LoggedState:
    """The parts of an order whose change is worth a line in the log."""

    status: str
    refunded: Decimal
    fulfillment: str
    tracking: list[dict[str, Any]]

    @classmethod
    def from_order(cls, order: Order) -> "LoggedState":
        return cls(order.status, order.refunded_amount, order.next_fulfillment_status, order.fulfillments)


def mirror_order(*, order: Order, next_order: NextOrder, source: str, actor: str = "") -> bool:
    """Bring `order` to what `next_order` says; return whether anything changed.

    To be called in a transaction that holds the order's row. News older than what was mirrored is
    left aside. Every change leaves one line in the log.
    """
    if _is_stale_answer(order=order, next_order=next_order):
        return False
    before = LoggedState.from_order(order)
    was_paid = order.is_paid
    fields = {field.attname: getattr(order, field.attname) for field in order._meta.fields}

    copy_next_fields(order=order, next_order=next_order)
    if next_order.is_settled and order.paid_at is None:
        order.paid_at = timezone.now()
    mirror_verification_refund(order)
    order.status = derive_order_status(order=order, next_order=next_order)
    edited = False
    if next_order.lines:
        items, edited = mirror_order_lines(order=order, next_order=next_order)
        if order.is_paid and next_order.total_incl_tax is not None:
            mirror_totals(order=order, items=items, total=next_order.total_incl_tax)

    changed = edited or any(getattr(order, name) != value for name, value in fields.items())
    if changed:
        order.mirrored_at = timezone.now()
        if order.refresh_at is None or order.refresh_at > order.mirrored_at:
            order.refresh_at = order_refresh_time(order)
        order.save()
        log_changes(order=order, before=before, was_paid=was_paid, edited=edited, source=source, actor=actor)
        known = {parcel.get("id") for parcel in before.tracking}
        queue_order_notifications(order=order, was_paid=was_paid, known_parcels=known)
    notify_mirror_listeners(order=order, next_order=next_order)
    return changed


def _is_stale_answer(*, order: Order, next_order: NextOrder) -> bool:
    """Tell whether the news is older than what was mirrored of the same NEXT order."""
    return (
        order.next_order_number == next_order.number
        and order.next_updated_at is not None
        and next_order.updated_at is not None
        and next_order.updated_at < order.next_updated_at
    )


def copy_next_fields(*, order: Order, next_order: NextOrder) -> None:
    """Take over what the NEXT order says of itself; what went back or was sent is never unsaid."""
    order.next_order_number = next_order.number
    order.next_status = next_order.status[:32]
    order.next_payment_status = next_order.payment_status[:32]
    order.next_fulfillment_status = next_order.fulfillment_status[:32]
    order.next_updated_at = next_order.updated_at or order.next_updated_at
    order.order_status_url = next_order.order_status_url[:500]
    order.supports_upsells = next_order.supports_upsells
    order.is_test = order.is_test or next_order.is_test
    order.refunded_amount = max(total_refunded(next_order), order.refunded_amount)
    refunds = [
        {"amount": str(refund.amount), "note": refund.note, "at": _iso_or_none(refund.created_at)}
        for refund in next_order.refunds
    ]
    order.refunds = refunds or order.refunds
    shipments = [serialize_fulfillment(shipment) for shipment in next_order.fulfillments]
    order.fulfillments = shipments or order.fulfillments
    if order.is_erased:
        clear_personal_data(order)


def clear_personal_data(order: Order) -> None:
    """Empty what the store tells of a shopper whose personal data was erased."""
    order.order_status_url = ""
    order.fulfillments = [
        parcel | {"tracking_codes": [], "tracking_links": []} for parcel in order.fulfillments
    ]
    order.refunds = [
        refund if refund.get("note") == VERIFICATION_REFUND_NOTE else refund | {"note": ""}
        for refund in order.refunds
    ]


def order_refresh_time(order: Order) -> datetime.datetime | None:
    """When to ask after an order though nothing was heard of it: news may be lost; None for never."""
    now = timezone.now()
    age = now - order.created_at
    over = order.status == Status.CANCELED or order.refunded_amount >= order.total
    if not order.is_paid or over or age > MAX_REFRESH_AGE:
        return None
    return now + max(A_DAY, age / 3)


def derive_order_status(*, order: Order, next_order: NextOrder) -> str:
    """The guide's status (R169, X19) for what the store says; a paid order never falls back to Pending."""
    if next_order.status == "canceled" or next_order.payment_status == "voided":
        return Status.CANCELED
    if order.refunded_amount > order.verification_amount:
        return Status.REFUNDED
    if not order.is_paid:
        return order.status
    return Status.SHIPPING if order.has_shipped else Status.PAID


def mirror_verification_refund(order: Order) -> None:
    """Note when the verification amount was given back; what is refunded counts towards it first."""
    if not order.verification_amount or order.verification_refunded_at or not order.is_paid:
        return
    if order.refunded_amount >= order.verification_amount or order.next_payment_status == "refunded":
        order.verification_refunded_at = timezone.now()


def total_refunded(next_order: NextOrder) -> Decimal:
    """What was paid back: by the refunds, or by transactions made outside of them, whichever says more."""
    by_refunds = sum((refund.amount for refund in next_order.refunds), Decimal(0))
    by_transactions = sum(
        (
            move.amount
            for move in next_order.transactions
            if move.type == "refund" and move.status == "succeeded"
        ),
        Decimal(0),
    )
    return max(by_refunds, by_transactions)


def serialize_fulfillment(shipment: NextFulfillment) -> dict[str, Any]:
    """A shipment as the status page shows it: without what only the store needs."""
    kept = asdict(shipment)
    del kept["raw"]
    return {key: list(value) if isinstance(value, tuple) else value for key, value in kept.items()}


def mirror_order_lines(*, order: Order, next_order: NextOrder) -> tuple[list[OrderItem], bool]:
    """Match items to lines; take over edits and additions made in the store.

    Return all items, and whether what is sold changed.
    """
    items = list(order.items.all())
    refunded = refunded_quantities(next_order)
    unmatched = list(items)
    new: list[OrderItem] = []
    found: list[tuple[OrderItem, tuple[int | None, int, int]]] = []
    for line in next_order.lines:
        item = next((item for item in unmatched if item.next_line_id == line.id), None) or next(
            (
                item
                for item in unmatched
                if None in (item.next_line_id, line.id) and item.next_variant_id == line.variant_id
            ),
            None,
        )
        returned = refunded[line.id]
        # The store takes what was refunded off the line, as it does what was edited away.
        sold = min(line.current_quantity + returned, max(line.quantity, line.current_quantity))
        if item is None:
            if sold > 0:
                position = len(items) + len(new)
                price = next_order.line_total(line) / (line.current_quantity or sold)
                new.append(build_added_item(order=order, line=line, unit_price=price, position=position))
            continue
        unmatched.remove(item)
        found.append((item, (line.id or item.next_line_id, sold, min(returned, sold))))
    for item in unmatched:
        # The store has the line no more, but for what was refunded of it.
        if item.next_line_id is not None and all(line.id for line in next_order.lines):
            returned = min(refunded[item.next_line_id], item.quantity)
            found.append((item, (item.next_line_id, returned, returned)))
    if new:
        OrderItem.objects.bulk_create(new)
    return items + new, save_line_changes(found) or bool(new)


def save_line_changes(found: list[tuple[OrderItem, tuple[int | None, int, int]]]) -> bool:
    """Write line, quantity sold and quantity refunded to the items; return whether what is sold changed."""
    edited = False
    for item, now in found:
        if (item.next_line_id, item.quantity, item.refunded_quantity) != now:
            edited = edited or item.quantity != now[1]
            item.next_line_id, item.quantity, item.refunded_quantity = now
            item.save(update_fields=["next_line_id", "quantity", "refunded_quantity"])
    return edited


def refunded_quantities(next_order: NextOrder) -> Counter[int | None]:
    """How many of each line were refunded, by the line's id."""
    refunded: Counter[int | None] = Counter()
    for refund in next_order.refunds:
        for row in iter_objects(refund.raw.get("refund_line_items")):
            refunded[parse_integer(row.get("line_item_id"))] += parse_integer(row.get("quantity")) or 0
    return refunded


def build_added_item(*, order: Order, line: NextLine, unit_price: Decimal, position: int) -> OrderItem:
    """An item that was added in the store, as far as the store tells."""
    return OrderItem(
        order=order,
        next_variant_id=line.variant_id,
        name=line.title[:200],
        sku=line.sku[:100],
        title=line.variant_title[:300],
        quantity=line.current_quantity,
        unit_price=round_money(unit_price),
        is_upsell=line.is_upsell,
        next_line_id=line.id,
        position=position,
        product={"name": line.title, "default_currency": order.currency},
    )


def mirror_totals(*, order: Order, items: list[OrderItem], total: Decimal) -> None:
    """Take the store's total: items + shipping + added tax make it, as before (X14)."""
    order.items_total = sum((item.total for item in items), Decimal(0))
    order.total = total
    # What is left over is added tax; a discount given in the store makes it negative, never hidden.
    order.tax_total = total - order.items_total - order.shipping_total


def log_changes(
    *, order: Order, before: LoggedState, was_paid: bool, edited: bool, source: str, actor: str
) -> None:
    """Write one line for each thing that changed."""
    now = LoggedState.from_order(order)

    def line(kind: str, text: str) -> None:
        log_order_event(order=order, kind=kind, text=text, source=source, actor=actor)

    if order.is_paid and not was_paid:
        line("paid", f"Paid: NEXT order {order.next_order_number}, {order.total} {order.currency}.")
    if edited and was_paid:
        line("edited", f"Items changed in the store; the total is now {order.total} {order.currency}.")
    if now.refunded != before.refunded and now.refunded <= order.verification_amount:
        line(
            "verification_refunded",
            f"The verification amount of {now.refunded} {order.currency} was given back.",
        )
    elif now.refunded != before.refunded:
        line(
            "refunded", f"Refunded {now.refunded - before.refunded} {order.currency}, {now.refunded} in all."
        )
    if now.status != before.status and now.status == Status.CANCELED:
        line("canceled", "Canceled in the store.")
    if now.fulfillment != before.fulfillment or now.tracking != before.tracking:
        shipped = now.status == Status.SHIPPING and before.status != Status.SHIPPING
        if shipped:
            line("shipped", "Dispatched.")
        elif was_paid:
            line("fulfillment", f"Fulfilment is now: {now.fulfillment}.")


def _iso_or_none(moment: datetime.datetime | None) -> str | None:
    return moment.isoformat() if moment else None
