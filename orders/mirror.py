"""Bring an order in line with its NEXT order.

Only `orders.sync` calls `mirror_order`, once it knows that it is the same order. It may run at any time, any
number of times, in any order: it follows the NEXT order's `updated_at`, and running it again with the same
response changes nothing.
"""

import datetime
from collections import Counter
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from nextcommerce.order_schemas import NextFulfillment, NextLine, NextOrder
from nextcommerce.parsing import iter_objects, parse_integer
from nextcommerce.statuses import NextPaymentStatus
from orders.mirror_listeners import notify_mirror_listeners
from orders.models import Order, OrderEvent, OrderItem
from orders.models.refund import VERIFICATION_REFUND_NOTE
from orders.notifications import queue_order_notifications
from orders.order_log import log_order_event
from stores.columns import fit_to_columns
from stores.money import round_money

Status = Order.Status
Kind = OrderEvent.Kind
# A paid order without updates is refreshed after a day, then less and less often, until it is this old.
MIN_REFRESH_INTERVAL = datetime.timedelta(days=1)
MAX_REFRESH_AGE = datetime.timedelta(days=60)
# How far NEXT's clock may be ahead of ours.
MAX_CLOCK_DIFFERENCE = datetime.timedelta(days=1)


# An item with its NEXT line id, quantity sold, and quantity refunded.
LineMatch = tuple[OrderItem, tuple[int | None, int, int]]


@dataclass(frozen=True)
class LoggedState:
    """The parts of an order whose changes are logged."""

    status: str
    refunded: Decimal
    fulfillment: str
    tracking: list[dict[str, Any]]

    @classmethod
    def from_order(cls, order: Order) -> "LoggedState":
        return cls(order.status, order.refunded_amount, order.next_fulfillment_status, order.fulfillments)


def mirror_order(*, order: Order, next_order: NextOrder, source: str, actor: str = "") -> bool:
    """Bring `order` in line with `next_order`; return whether anything changed.

    Call it in a transaction that holds the order's row lock, with `store` loaded. A response older than the
    one last mirrored is ignored. Every change adds one line to the log.
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
        known_parcels = {parcel.get("id") for parcel in before.tracking}
        queue_order_notifications(order=order, was_paid=was_paid, known_parcels=known_parcels)
    notify_mirror_listeners(order=order, next_order=next_order)
    return changed


def _is_stale_answer(*, order: Order, next_order: NextOrder) -> bool:
    """Return True if the response is older than the one last mirrored."""
    updated_at = read_update_time(order=order, next_order=next_order)
    return bool(order.next_updated_at and updated_at and updated_at < order.next_updated_at)


def read_update_time(*, order: Order, next_order: NextOrder) -> datetime.datetime | None:
    """Return when NEXT updated the order, or None if it says nothing or a time that has yet to come.

    Taken at its word, a time in the far future would make every later response look old.
    """
    updated_at = next_order.updated_at
    if updated_at is None or updated_at > order.store.now() + MAX_CLOCK_DIFFERENCE:
        return None
    return updated_at


def copy_next_fields(*, order: Order, next_order: NextOrder) -> None:
    """Copy the NEXT order's fields. A recorded refund or shipment is never removed."""
    values = {
        "next_status": next_order.status,
        "next_payment_status": next_order.payment_status,
        "next_fulfillment_status": next_order.fulfillment_status,
        "next_updated_at": read_update_time(order=order, next_order=next_order) or order.next_updated_at,
        "order_status_url": next_order.order_status_url,
        "refunded_amount": max(total_refunded(next_order), order.refunded_amount),
    }
    for name, value in fit_to_columns(Order, values).items():
        setattr(order, name, value)
    order.supports_upsells = next_order.supports_upsells
    order.is_test = order.is_test or next_order.is_test
    refunds = [
        {"amount": str(refund.amount), "note": refund.note, "at": _iso_or_none(refund.created_at)}
        for refund in next_order.refunds
    ]
    order.refunds = refunds or order.refunds
    parcels = [serialize_fulfillment(parcel) for parcel in next_order.fulfillments]
    order.fulfillments = parcels or order.fulfillments
    if order.is_erased:
        clear_personal_data(order)


def clear_personal_data(order: Order) -> None:
    """Clear the mirrored fields that may hold personal data of a shopper whose data was erased."""
    order.order_status_url = ""
    order.fulfillments = [
        parcel | {"tracking_codes": [], "tracking_links": []} for parcel in order.fulfillments
    ]
    order.refunds = [
        refund if refund.get("note") == VERIFICATION_REFUND_NOTE else refund | {"note": ""}
        for refund in order.refunds
    ]


def order_refresh_time(order: Order) -> datetime.datetime | None:
    """Return when to refresh an order even if no webhook arrives (one may be lost), or None for never."""
    now = timezone.now()
    age = now - order.created_at
    is_closed = order.status == Status.CANCELED or order.refunded_amount >= order.total
    if not order.is_paid or is_closed or age > MAX_REFRESH_AGE:
        return None
    return now + max(MIN_REFRESH_INTERVAL, age / 3)


def derive_order_status(*, order: Order, next_order: NextOrder) -> str:
    """Return our status (R169, X19) for the NEXT order's. A paid order never goes back to Pending."""
    if next_order.is_canceled:
        return Status.CANCELED
    if order.refunded_amount > order.verification_amount:
        return Status.REFUNDED
    if not order.is_paid:
        return order.status
    return Status.SHIPPING if order.has_shipped else Status.PAID


def mirror_verification_refund(order: Order) -> None:
    """Record when the verification amount was refunded. Refunds count toward it first."""
    if not order.verification_amount or order.verification_refunded_at or not order.is_paid:
        return
    if (
        order.refunded_amount >= order.verification_amount
        or order.next_payment_status == NextPaymentStatus.REFUNDED
    ):
        order.verification_refunded_at = timezone.now()


def total_refunded(next_order: NextOrder) -> Decimal:
    """Return the amount refunded, by refunds or by transactions (some have no refund): the larger sum."""
    by_refunds = sum((refund.amount for refund in next_order.refunds), Decimal(0))
    by_transactions = sum(
        (transaction.amount for transaction in next_order.transactions if transaction.is_refund),
        Decimal(0),
    )
    return max(by_refunds, by_transactions)


def serialize_fulfillment(parcel: NextFulfillment) -> dict[str, Any]:
    """Return a parcel's fields for `Order.fulfillments`, without the raw response."""
    fields = asdict(parcel)
    del fields["raw"]
    return {key: list(value) if isinstance(value, tuple) else value for key, value in fields.items()}


def mirror_order_lines(*, order: Order, next_order: NextOrder) -> tuple[list[OrderItem], bool]:
    """Match items to lines and apply edits and additions made in NEXT.

    Return all items, and whether the quantities sold changed.
    """
    items = list(order.items.all())
    refunded_by_line = refunded_quantities(next_order)
    unmatched = list(items)
    added: list[OrderItem] = []
    matches: list[LineMatch] = []
    for line in next_order.lines:
        item = next((item for item in unmatched if item.next_line_id == line.id), None) or next(
            (
                item
                for item in unmatched
                if None in (item.next_line_id, line.id) and item.next_variant_id == line.variant_id
            ),
            None,
        )
        refunded = refunded_by_line[line.id]
        # NEXT reduces `current_quantity` by refunds as well as by edits.
        sold = min(line.current_quantity + refunded, max(line.quantity, line.current_quantity))
        if item is None:
            if sold > 0:
                position = len(items) + len(added)
                price = next_order.line_total(line) / (line.current_quantity or sold)
                added.append(
                    build_item_from_next(order=order, line=line, unit_price=price, position=position)
                )
            continue
        unmatched.remove(item)
        matches.append((item, (line.id or item.next_line_id, sold, min(refunded, sold))))
    for item in unmatched:
        # NEXT no longer lists the line. Only its refunded units count as sold.
        if item.next_line_id is not None and all(line.id for line in next_order.lines):
            refunded = min(refunded_by_line[item.next_line_id], item.quantity)
            matches.append((item, (item.next_line_id, refunded, refunded)))
    if added:
        OrderItem.objects.bulk_create(added)
    return items + added, save_line_changes(matches) or bool(added)


def save_line_changes(matches: list[LineMatch]) -> bool:
    """Save each item's line and quantities; return whether the quantities sold changed."""
    edited = False
    for item, values in matches:
        if (item.next_line_id, item.quantity, item.refunded_quantity) != values:
            edited = edited or item.quantity != values[1]
            item.next_line_id, item.quantity, item.refunded_quantity = values
            item.save(update_fields=["next_line_id", "quantity", "refunded_quantity"])
    return edited


def refunded_quantities(next_order: NextOrder) -> Counter[int | None]:
    """Return the quantity refunded by NEXT line id."""
    refunded: Counter[int | None] = Counter()
    for refund in next_order.refunds:
        for row in iter_objects(refund.raw.get("refund_line_items")):
            refunded[parse_integer(row.get("line_item_id"))] += parse_integer(row.get("quantity")) or 0
    return refunded


def build_item_from_next(*, order: Order, line: NextLine, unit_price: Decimal, position: int) -> OrderItem:
    """Return an unsaved item for a line that was added in NEXT."""
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
    """Take the NEXT order's total. It stays the sum of items, shipping and added tax (X14).

    Amounts that no order has change nothing.
    """
    items_total = sum((item.total for item in items), Decimal(0))
    # The rest is added tax. A discount given in NEXT makes it negative rather than hiding it.
    values = {
        "items_total": items_total,
        "total": total,
        "tax_total": total - items_total - order.shipping_total,
    }
    fitted = fit_to_columns(Order, values)
    if total >= 0 and len(fitted) == len(values):
        for name, value in fitted.items():
            setattr(order, name, value)


def log_changes(
    *, order: Order, before: LoggedState, was_paid: bool, edited: bool, source: str, actor: str
) -> None:
    """Add one line to the log for each change."""
    now = LoggedState.from_order(order)

    def log(kind: OrderEvent.Kind, text: str) -> None:
        log_order_event(order=order, kind=kind, text=text, source=source, actor=actor)

    if order.is_paid and not was_paid:
        log(Kind.PAID, f"Paid: NEXT order {order.next_order_number}, {order.total} {order.currency}.")
    if edited and was_paid:
        log(Kind.EDITED, f"Items changed in NEXT Commerce. New total: {order.total} {order.currency}.")
    if now.refunded != before.refunded and now.refunded <= order.verification_amount:
        log(
            Kind.VERIFICATION_REFUNDED,
            f"Refunded the verification amount of {now.refunded} {order.currency}.",
        )
    elif now.refunded != before.refunded:
        amount = now.refunded - before.refunded
        log(Kind.REFUNDED, f"Refunded {amount} {order.currency}. Total refunded: {now.refunded}.")
    if now.status != before.status and now.status == Status.CANCELED:
        log(Kind.CANCELED, "Canceled in NEXT Commerce.")
    if now.fulfillment != before.fulfillment or now.tracking != before.tracking:
        shipped = now.status == Status.SHIPPING and before.status != Status.SHIPPING
        if shipped:
            log(Kind.SHIPPED, "Shipped.")
        elif was_paid:
            log(Kind.FULFILLMENT, f"Fulfillment status: {now.fulfillment}.")


def _iso_or_none(moment: datetime.datetime | None) -> str | None:
    return moment.isoformat() if moment else None
