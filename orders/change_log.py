"""The log lines that mirroring a NEXT order adds."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from orders.models import Order, OrderEvent
from orders.order_log import log_order_event

Kind = OrderEvent.Kind
Status = Order.Status
LogLine = tuple[OrderEvent.Kind, str]


@dataclass(frozen=True)
class LoggedState:
    """The parts of an order whose changes are logged."""

    is_paid: bool
    status: str
    refunded: Decimal
    fulfillment: str

    @classmethod
    def from_order(cls, order: Order) -> "LoggedState":
        return cls(order.is_paid, order.status, order.refunded_amount, order.next_fulfillment_status)


def log_changes(
    *, order: Order, before: LoggedState, is_edited: bool, has_new_tracking: bool, source: str, actor: str
) -> None:
    """Add one line to the log for each change."""
    lines = [
        *_describe_payment(order, before, is_edited=is_edited),
        *_describe_refund(order, before),
        *_describe_cancellation(order, before),
        *_describe_shipping(order, before, has_new_tracking=has_new_tracking),
    ]
    for kind, text in lines:
        log_order_event(order=order, kind=kind, text=text, source=source, actor=actor)


def _describe_payment(order: Order, before: LoggedState, *, is_edited: bool) -> Iterator[LogLine]:
    total = f"{order.total} {order.currency}"
    if order.is_paid and not before.is_paid:
        yield Kind.PAID, f"Paid: NEXT order {order.next_order_number}, {total}."
    if is_edited and before.is_paid:
        yield Kind.EDITED, f"Items changed in NEXT Commerce. New total: {total}."


def _describe_refund(order: Order, before: LoggedState) -> Iterator[LogLine]:
    refunded = order.refunded_amount
    if refunded <= before.refunded:
        return  # that less was refunded than NEXT had reported is a review
    if refunded <= order.verification_amount:
        text = f"Refunded the verification amount of {refunded} {order.currency}."
        yield Kind.VERIFICATION_REFUNDED, text
    else:
        amount = refunded - before.refunded
        yield Kind.REFUNDED, f"Refunded {amount} {order.currency}. Total refunded: {refunded}."


def _describe_cancellation(order: Order, before: LoggedState) -> Iterator[LogLine]:
    if order.status == Status.CANCELED and before.status != Status.CANCELED:
        yield Kind.CANCELED, "Canceled in NEXT Commerce."


def _describe_shipping(order: Order, before: LoggedState, *, has_new_tracking: bool) -> Iterator[LogLine]:
    if order.next_fulfillment_status == before.fulfillment and not has_new_tracking:
        return
    if order.status == Status.SHIPPING and before.status != Status.SHIPPING:
        yield Kind.SHIPPED, "Shipped."
    elif before.is_paid:
        yield Kind.FULFILLMENT, f"Fulfillment status: {order.next_fulfillment_status}."
