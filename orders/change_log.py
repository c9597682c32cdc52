"""The log lines that mirroring a NEXT order adds."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from orders import sentences
from orders.models import Order, OrderEvent
from orders.order_log import log_order_event
from wording.sentence import Money, Sentence

Kind = OrderEvent.Kind
Status = Order.Status
LogLine = tuple[OrderEvent.Kind, Sentence]


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
    total = Money(order.total, order.currency)
    if order.is_paid and not before.is_paid:
        yield Kind.PAID, sentences.PAID.fill(number=order.next_order_number or "", total=total)
    if is_edited and before.is_paid:
        yield Kind.EDITED, sentences.EDITED.fill(total=total)


def _describe_refund(order: Order, before: LoggedState) -> Iterator[LogLine]:
    refunded = order.refunded_amount
    if refunded <= before.refunded:
        return  # that less was refunded than NEXT had reported is a review
    total = Money(refunded, order.currency)
    if refunded <= order.verification_amount:
        yield Kind.VERIFICATION_REFUNDED, sentences.VERIFICATION_REFUNDED.fill(amount=total)
    else:
        amount = Money(refunded - before.refunded, order.currency)
        yield Kind.REFUNDED, sentences.REFUNDED.fill(amount=amount, total=total)


def _describe_cancellation(order: Order, before: LoggedState) -> Iterator[LogLine]:
    if order.status == Status.CANCELED and before.status != Status.CANCELED:
        yield Kind.CANCELED, sentences.CANCELED.fill()


def _describe_shipping(order: Order, before: LoggedState, *, has_new_tracking: bool) -> Iterator[LogLine]:
    if order.next_fulfillment_status == before.fulfillment and not has_new_tracking:
        return
    if order.status == Status.SHIPPING and before.status != Status.SHIPPING:
        yield Kind.SHIPPED, sentences.SHIPPED.fill()
    elif before.is_paid:
        yield Kind.FULFILLMENT, sentences.describe_fulfillment(order.next_fulfillment_status)
