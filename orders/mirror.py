"""Bring an order in line with its NEXT order.

Only `orders.sync` calls `mirror_order`, once it knows that it is the same order. It may run at any time, any
number of times, in any order: it follows the NEXT order's `updated_at`, and running it again with the same
response changes nothing.
"""

import datetime
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from nextcommerce.schemas import NextOrder
from nextcommerce.statuses import NextPaymentStatus
from orders.adjustment_records import record_adjustments
from orders.change_log import LoggedState, log_changes
from orders.credit_notes import issue_credit_note
from orders.line_matching import MirroredLines, mirror_order_lines
from orders.mirror_listeners import notify_mirror_listeners
from orders.models import Order
from orders.notifications import queue_order_notifications
from orders.order_numbers import allocate_invoice_number
from orders.order_totals import SoldPrice, calculate_totals
from orders.refund_correction import correct_refunds, read_refunded_amount
from orders.refund_records import record_refunds
from orders.refund_requests import settle_refund_requests
from orders.restocking import return_refunded_stock
from orders.shipment_records import record_shipments
from orders.transaction_records import record_transactions
from stores.columns import fit_to_columns

Status = Order.Status
# A paid order without updates is refreshed after a day, then less and less often, until it is this old.
MIN_REFRESH_INTERVAL = datetime.timedelta(days=1)
MAX_REFRESH_AGE = datetime.timedelta(days=60)
# How far NEXT's clock may be ahead of ours.
MAX_CLOCK_DIFFERENCE = datetime.timedelta(days=1)


@dataclass(frozen=True)
class ItemChanges:
    """Whether quantities sold changed, and whether anything about items, discounts, and taxes did."""

    is_edited: bool = False
    is_changed: bool = False


def mirror_order(
    *, order: Order, next_order: NextOrder, source: str, actor: str = "", is_fetched: bool = False
) -> bool:
    """Bring `order` in line with `next_order`; return whether anything changed.

    Call it in a transaction that holds the order's row lock, with `store` loaded. A response older than the
    one last mirrored is ignored. Every change adds one line to the log. `is_fetched` says that NEXT answered
    a request just now.
    """
    if _is_stale_answer(order=order, next_order=next_order):
        return False
    before = LoggedState.from_order(order)
    columns_before = read_columns(order)

    copy_next_fields(order=order, next_order=next_order, is_fetched=is_fetched)
    has_new_money = record_refunds(order=order, next_order=next_order)
    has_new_money |= record_transactions(order=order, next_order=next_order)
    correct_refunds(order=order, next_order=next_order, refunded_before=before.refunded, source=source)
    shipments = record_shipments(order=order, next_order=next_order)
    if next_order.is_settled and order.paid_at is None:
        order.paid_at = timezone.now()
        order.invoice_number = allocate_invoice_number(store=order.store)
    mirror_verification_refund(order)
    items = mirror_items(order=order, next_order=next_order)
    order.status = derive_order_status(order=order, next_order=next_order)  # by the new total

    changed = (
        items.is_changed or has_new_money or shipments.is_changed or read_columns(order) != columns_before
    )
    if changed:
        save_mirrored_order(order)
        if order.refunded_amount > before.refunded:
            issue_credit_note(order)
        log_changes(
            order=order,
            before=before,
            is_edited=items.is_edited,
            has_new_tracking=shipments.is_changed,
            source=source,
            actor=actor,
        )
        queue_order_notifications(order=order, was_paid=before.is_paid, sent_shipments=shipments.sent)
    return_refunded_stock(order=order, next_order=next_order)
    settle_refund_requests(order=order, next_order=next_order)
    notify_mirror_listeners(order=order, next_order=next_order)
    return changed


def read_columns(order: Order) -> dict[str, Any]:
    """Return the order's values, by column."""
    return {field.attname: getattr(order, field.attname) for field in order._meta.fields}


def _is_stale_answer(*, order: Order, next_order: NextOrder) -> bool:
    """Return True if the response is older than the one last mirrored."""
    updated_at = read_update_time(order=order, next_order=next_order)
    return bool(order.next_updated_at and updated_at and updated_at < order.next_updated_at)


def read_update_time(*, order: Order, next_order: NextOrder) -> datetime.datetime | None:
    """Return when NEXT updated the order, or None if the time is missing or in the future.

    Taken at its word, a time in the far future would make every later response look old.
    """
    updated_at = next_order.updated_at
    if updated_at is None or updated_at > order.store.now() + MAX_CLOCK_DIFFERENCE:
        return None
    return updated_at


def copy_next_fields(*, order: Order, next_order: NextOrder, is_fetched: bool) -> None:
    """Copy the NEXT order's fields, as far as our columns can hold them."""
    values = {
        "next_status": next_order.status,
        "next_payment_status": next_order.payment_status,
        "next_fulfillment_status": next_order.fulfillment_status,
        "next_updated_at": read_update_time(order=order, next_order=next_order) or order.next_updated_at,
        "order_status_url": "" if order.is_erased else next_order.order_status_url,
        "supports_upsells": next_order.supports_upsells,
        "is_test": order.is_test or next_order.is_test,
        "refunded_amount": read_refunded_amount(order=order, next_order=next_order, is_fetched=is_fetched),
    }
    set_fields(order, fit_to_columns(Order, values))


def mirror_items(*, order: Order, next_order: NextOrder) -> ItemChanges:
    """Apply the NEXT order's lines and, once paid, its total with its discounts and taxes."""
    if not next_order.lines:
        return ItemChanges()
    lines = mirror_order_lines(order=order, next_order=next_order)
    if not order.is_paid or next_order.total_incl_tax is None:
        return ItemChanges(lines.is_edited, lines.is_edited)
    mirror_totals(order=order, next_order=next_order, lines=lines)
    has_new_adjustments = record_adjustments(order=order, next_order=next_order, lines=lines)
    return ItemChanges(lines.is_edited, lines.is_edited or has_new_adjustments)


def save_mirrored_order(order: Order) -> None:
    """Save the order with the time of the mirror and of the next refresh."""
    order.mirrored_at = timezone.now()
    if order.refresh_at is None or order.refresh_at > order.mirrored_at:
        order.refresh_at = order_refresh_time(order)
    order.save()


def order_refresh_time(order: Order) -> datetime.datetime | None:
    """Return when to refresh an order even if no webhook arrives (one may be lost), or None for never."""
    now = timezone.now()
    age = now - order.created_at
    if order.shows_less_refunded_since:
        return now + MIN_REFRESH_INTERVAL
    is_closed = order.status == Status.CANCELED or order.refunded_amount >= order.total
    if is_closed and order.mirrored_at and order.mirrored_at > now - MIN_REFRESH_INTERVAL:
        return now + MIN_REFRESH_INTERVAL  # once more, in case that NEXT's answer was wrong
    if not order.is_paid or is_closed or age > MAX_REFRESH_AGE:
        return None
    return now + max(MIN_REFRESH_INTERVAL, age / 3)


def derive_order_status(*, order: Order, next_order: NextOrder) -> str:
    """Return our status (R169, X19) for the NEXT order's. A paid order never goes back to Pending.

    The refund of a verification amount alone doesn't count.
    """
    if next_order.is_canceled:
        return Status.CANCELED
    if order.refunded_amount > order.verification_amount:
        is_all = order.refunded_amount >= order.total or next_order.payment.is_refunded
        return Status.REFUNDED if is_all else Status.PARTIALLY_REFUNDED
    if not order.is_paid:
        return order.status
    return Status.SHIPPING if order.has_shipped else Status.PAID


def mirror_verification_refund(order: Order) -> None:
    """Record when the verification amount was refunded. Refunds count toward it first."""
    if not order.verification_amount or order.verification_refunded_at or not order.is_paid:
        return
    if (
        order.refunded_amount >= order.verification_amount
        or NextPaymentStatus(order.next_payment_status).is_refunded
    ):
        order.verification_refunded_at = timezone.now()


def mirror_totals(*, order: Order, next_order: NextOrder, lines: MirroredLines) -> None:
    """Take the NEXT order's total and its parts, as far as our columns can hold them (X14)."""
    totals = calculate_totals(
        order=order,
        next_order=next_order,
        sold=[SoldPrice(line, item.unit_price) for line, item in lines.pairs],
        items_total=sum((item.total for item in lines.items), Decimal(0)),
        is_included=lines.is_included,
    )
    fitted = fit_to_columns(Order, asdict(totals))
    if totals.total >= 0 and fitted == asdict(totals):  # else they would no longer add up
        set_fields(order, fitted | {"is_total_final": True})


def set_fields(order: Order, values: Mapping[str, Any]) -> None:
    """Set the order's fields, unsaved."""
    for name, value in values.items():
        setattr(order, name, value)
