"""What shoppers may do about their own order shortly after the payment: cancel it, or change its address.

NEXT tells nobody how long it waits before it hands an order to the warehouse, so the store sets the time, and
NEXT is asked about the order before anything is done.
"""

import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from nextcommerce.schemas import NextOrder
from orders.models import Order, OrderEvent, RefundRequest
from orders.refund_requests import RefundInDoubt
from orders.sentences import SHOPPER_ACTOR
from orders.staff_actions import cancel_paid_order
from stores.errors import Conflict, Problem

# NEXT's record of the reason, which staff read there.
CANCEL_REASON = "Canceled by the customer"


class TooLate(Conflict):
    """The order can't be changed by its shopper anymore, or never could."""

    def __init__(self) -> None:
        super().__init__(
            _("This order can't be changed here anymore, because we've started to prepare it."),
            code="too_late",
        )


def get_change_deadline(order: Order) -> datetime.datetime | None:
    """Return until when the shopper may change the order, or None if the store or the order doesn't allow it.

    An order with a subscription is left out: canceling it doesn't end the subscription.
    """
    minutes = order.store.self_service_minutes
    if not minutes or order.paid_at is None or not _is_of_a_kind_to_change(order):
        return None
    return order.paid_at + datetime.timedelta(minutes=minutes)


def _is_of_a_kind_to_change(order: Order) -> bool:
    """Return True for a paid order at NEXT that ships, hasn't yet, and has no subscription."""
    is_whole = order.status == Order.Status.PAID and bool(order.next_order_number)
    if not is_whole or order.is_renewal or order.has_shipped or order.shipping_address is None:
        return False
    return not any(item.selling_plan for item in order.items.all())


def is_changeable(order: Order) -> bool:
    """Return True if the shopper may change the order now. Costs queries only within the time."""
    deadline = get_change_deadline(order)
    return (
        deadline is not None
        and timezone.now() < deadline
        and not order.is_in_review
        and not is_being_canceled(order)
    )


def is_being_canceled(order: Order) -> bool:
    """Return True while a refund or a cancellation of the order is on its way."""
    return order.refund_requests.filter(state=RefundRequest.State.PENDING).exists()


def cancel_own_order(order: Order) -> bool:
    """Cancel the order and refund all of it. Return False if NEXT hasn't confirmed that yet.

    Does nothing to an order that is canceled or being canceled already. Raises TooLate, or Problem if it
    couldn't be tried.
    """
    if order.status == Order.Status.CANCELED:
        return True
    if is_being_canceled(order):
        return False
    if not is_changeable(order):
        raise TooLate
    try:
        cancel_paid_order(
            order=order,
            reason=CANCEL_REASON,
            full_refund=True,
            notify=True,
            actor=SHOPPER_ACTOR,
            source=OrderEvent.Source.SHOPPER,
            require=require_untouched,
        )
    except (RefundInDoubt, TooLate) as answer:
        if isinstance(answer, TooLate):
            raise
        return False
    except Problem as problem:
        order.refresh_from_db()
        if order.status == Order.Status.CANCELED:  # somebody else was first
            return True
        if order.has_shipped:
            raise TooLate from problem
        raise Conflict(
            _("We couldn't cancel your order. Try again in a minute, or contact us right away.")
        ) from problem
    return True


def require_untouched(next_order: NextOrder) -> None:
    """Raise TooLate unless NEXT still has the order as it was paid: open, and at no warehouse."""
    if not next_order.is_untouched:
        raise TooLate
