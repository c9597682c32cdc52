"""Bringing our order to what the store order says.

`mirror` may run at any time, any number of times, in any order: it follows the store order's own
`updated_at`, and running it again with the same news changes nothing.
"""

import datetime
from collections import Counter
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from nextcommerce.order_schemas import StoreFulfillment, StoreLine, StoreOrder
from nextcommerce.schemas import objects, whole
from orders.models import Order, OrderItem
from orders.models.refund import VERIFICATION_NOTE
from orders.notifications import queue_news
from orders.order_log import log
from stores.money import cents
from subscriptions.mirror import expect_subscriptions

Status = Order.Status
A_DAY = datetime.timedelta(days=1)
# A paid order of which no news comes is looked at after a day, ever more seldom, and at last no more.
OLD = datetime.timedelta(days=60)


@dataclass(frozen=True)
class Seen:
    """The parts of an order whose change is worth a line in the log."""

    status: str
    refunded: Decimal
    fulfillment: str
    tracking: list[dict[str, Any]]

    @classmethod
    def of(cls, order: Order) -> "Seen":
        return cls(order.status, order.refunded_amount, order.store_fulfillment_status, order.fulfillments)


def mirror(*, order: Order, store_order: StoreOrder, source: str, actor: str = "") -> bool:
    """Bring `order` to what `store_order` says; return whether anything changed.

    To be called in a transaction that holds the order's row. News older than what was mirrored is
    left aside. Every change leaves one line in the log.
    """
    if _is_old(order=order, store_order=store_order):
        return False
    before = Seen.of(order)
    was_paid = order.is_paid
    fields = {field.attname: getattr(order, field.attname) for field in order._meta.fields}

    copy_fields(order=order, store_order=store_order)
    if store_order.is_settled and order.paid_at is None:
        order.paid_at = timezone.now()
    mirror_verification(order)
    order.status = status_of(order=order, store_order=store_order)
    edited = False
    if store_order.lines:
        items, edited = mirror_lines(order=order, store_order=store_order)
        if order.is_paid and store_order.total_incl_tax is not None:
            mirror_totals(order=order, items=items, total=store_order.total_incl_tax)

    changed = edited or any(getattr(order, name) != value for name, value in fields.items())
    if changed:
        order.mirrored_at = timezone.now()
        if order.refresh_at is None or order.refresh_at > order.mirrored_at:
            order.refresh_at = next_look(order)
        order.save()
        log_changes(order=order, before=before, was_paid=was_paid, edited=edited, source=source, actor=actor)
        known = {parcel.get("id") for parcel in before.tracking}
        queue_news(order=order, was_paid=was_paid, known_parcels=known)
    expect_subscriptions(order=order, store_order=store_order)
    return changed


def _is_old(*, order: Order, store_order: StoreOrder) -> bool:
    """Tell whether the news is older than what was mirrored of the same store order."""
    return (
        order.store_order_number == store_order.number
        and order.store_updated_at is not None
        and store_order.updated_at is not None
        and store_order.updated_at < order.store_updated_at
    )


def copy_fields(*, order: Order, store_order: StoreOrder) -> None:
    """Take over what the store order says of itself; what went back or was sent is never unsaid."""
    order.store_order_number = store_order.number
    order.store_status = store_order.status[:32]
    order.store_payment_status = store_order.payment_status[:32]
    order.store_fulfillment_status = store_order.fulfillment_status[:32]
    order.store_updated_at = store_order.updated_at or order.store_updated_at
    order.order_status_url = store_order.order_status_url[:500]
    order.supports_upsells = store_order.supports_upsells
    order.is_test = order.is_test or store_order.is_test
    order.refunded_amount = max(refunded(store_order), order.refunded_amount)
    refunds = [
        {"amount": str(refund.amount), "note": refund.note, "at": _iso(refund.created_at)}
        for refund in store_order.refunds
    ]
    order.refunds = refunds or order.refunds
    shipments = [fulfillment_json(shipment) for shipment in store_order.fulfillments]
    order.fulfillments = shipments or order.fulfillments
    if order.is_erased:
        leave_out_the_person(order)


def leave_out_the_person(order: Order) -> None:
    """Empty what the store tells of a shopper whose personal data was erased."""
    order.order_status_url = ""
    order.fulfillments = [
        parcel | {"tracking_codes": [], "tracking_links": []} for parcel in order.fulfillments
    ]
    order.refunds = [
        refund if refund.get("note") == VERIFICATION_NOTE else refund | {"note": ""}
        for refund in order.refunds
    ]


def next_look(order: Order) -> datetime.datetime | None:
    """When to ask after an order though nothing was heard of it: news may be lost; None for never."""
    now = timezone.now()
    age = now - order.created_at
    over = order.status == Status.CANCELED or order.refunded_amount >= order.total
    if not order.is_paid or over or age > OLD:
        return None
    return now + max(A_DAY, age / 3)


def status_of(*, order: Order, store_order: StoreOrder) -> str:
    """The guide's status (R169, X19) for what the store says; a paid order never falls back to Pending."""
    if store_order.status == "canceled" or store_order.payment_status == "voided":
        return Status.CANCELED
    if order.refunded_amount > order.verification_amount:
        return Status.REFUNDED
    if not order.is_paid:
        return order.status
    return Status.SHIPPING if order.is_sent else Status.PAID


def mirror_verification(order: Order) -> None:
    """Note when the verification amount was given back; what is refunded counts towards it first."""
    if not order.verification_amount or order.verification_returned_at or not order.is_paid:
        return
    if order.refunded_amount >= order.verification_amount or order.store_payment_status == "refunded":
        order.verification_returned_at = timezone.now()


def refunded(store_order: StoreOrder) -> Decimal:
    """What was paid back: by the refunds, or by transactions made outside of them, whichever says more."""
    by_refunds = sum((refund.amount for refund in store_order.refunds), Decimal(0))
    by_transactions = sum(
        (
            move.amount
            for move in store_order.transactions
            if move.type == "refund" and move.status == "succeeded"
        ),
        Decimal(0),
    )
    return max(by_refunds, by_transactions)


def fulfillment_json(shipment: StoreFulfillment) -> dict[str, Any]:
    """A shipment as the status page shows it: without what only the store needs."""
    kept = asdict(shipment)
    del kept["raw"]
    return {key: list(value) if isinstance(value, tuple) else value for key, value in kept.items()}


def mirror_lines(*, order: Order, store_order: StoreOrder) -> tuple[list[OrderItem], bool]:
    """Match items to lines; take over edits and additions made in the store.

    Return all items, and whether what is sold changed.
    """
    items = list(order.items.all())
    refunded = refunded_quantities(store_order)
    unmatched = list(items)
    new: list[OrderItem] = []
    found: list[tuple[OrderItem, tuple[int | None, int, int]]] = []
    for line in store_order.lines:
        item = next((item for item in unmatched if item.store_line_id == line.id), None) or next(
            (
                item
                for item in unmatched
                if None in (item.store_line_id, line.id) and item.next_variant_id == line.variant_id
            ),
            None,
        )
        returned = refunded[line.id]
        # The store takes what was refunded off the line, as it does what was edited away.
        sold = min(line.current_quantity + returned, max(line.quantity, line.current_quantity))
        if item is None:
            if sold > 0:
                position = len(items) + len(new)
                price = store_order.line_total(line) / (line.current_quantity or sold)
                new.append(item_from(order=order, line=line, unit_price=price, position=position))
            continue
        unmatched.remove(item)
        found.append((item, (line.id or item.store_line_id, sold, min(returned, sold))))
    for item in unmatched:
        # The store has the line no more, but for what was refunded of it.
        if item.store_line_id is not None and all(line.id for line in store_order.lines):
            returned = min(refunded[item.store_line_id], item.quantity)
            found.append((item, (item.store_line_id, returned, returned)))
    if new:
        OrderItem.objects.bulk_create(new)
    return items + new, take_over(found) or bool(new)


def take_over(found: list[tuple[OrderItem, tuple[int | None, int, int]]]) -> bool:
    """Write line, quantity sold and quantity refunded to the items; return whether what is sold changed."""
    edited = False
    for item, now in found:
        if (item.store_line_id, item.quantity, item.refunded_quantity) != now:
            edited = edited or item.quantity != now[1]
            item.store_line_id, item.quantity, item.refunded_quantity = now
            item.save(update_fields=["store_line_id", "quantity", "refunded_quantity"])
    return edited


def refunded_quantities(store_order: StoreOrder) -> Counter[int | None]:
    """How many of each line were refunded, by the line's id."""
    refunded: Counter[int | None] = Counter()
    for refund in store_order.refunds:
        for row in objects(refund.raw.get("refund_line_items")):
            refunded[whole(row.get("line_item_id"))] += whole(row.get("quantity")) or 0
    return refunded


def item_from(*, order: Order, line: StoreLine, unit_price: Decimal, position: int) -> OrderItem:
    """An item that was added in the store, as far as the store tells."""
    return OrderItem(
        order=order,
        next_variant_id=line.variant_id,
        name=line.title[:200],
        sku=line.sku[:100],
        title=line.variant_title[:300],
        quantity=line.current_quantity,
        unit_price=cents(unit_price),
        is_upsell=line.is_upsell,
        store_line_id=line.id,
        position=position,
        product={"name": line.title, "default_currency": order.currency},
    )


def mirror_totals(*, order: Order, items: list[OrderItem], total: Decimal) -> None:
    """Take the store's total: items + shipping + added tax make it, as before (X14)."""
    order.items_total = sum((item.total for item in items), Decimal(0))
    order.total = total
    # What is left over is added tax; a discount given in the store makes it negative, never hidden.
    order.tax_total = total - order.items_total - order.shipping_total


def log_changes(*, order: Order, before: Seen, was_paid: bool, edited: bool, source: str, actor: str) -> None:
    """Write one line for each thing that changed."""
    now = Seen.of(order)

    def line(kind: str, text: str) -> None:
        log(order=order, kind=kind, text=text, source=source, actor=actor)

    if order.is_paid and not was_paid:
        line("paid", f"Paid: store order {order.store_order_number}, {order.total} {order.currency}.")
    if edited and was_paid:
        line("edited", f"Items changed in the store; the total is now {order.total} {order.currency}.")
    if now.refunded != before.refunded and now.refunded <= order.verification_amount:
        line("verified", f"The verification amount of {now.refunded} {order.currency} was given back.")
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


def _iso(moment: datetime.datetime | None) -> str | None:
    return moment.isoformat() if moment else None
