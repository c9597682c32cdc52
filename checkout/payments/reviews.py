"""Closing the review of a payment: accept it, dismiss the review, or record how it was settled elsewhere.

`checkout.payments.review_refunds` refunds it. Other reviews stay open.
"""

from collections.abc import Callable
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from catalog import stock
from checkout.models import PaymentIntent
from checkout.payments import transitions
from checkout.payments.expiry import lock_intent
from checkout.payments.order_matching import require_order_of_intent
from checkout.payments.settle import mark_order_paid
from nextcommerce.errors import NextApiError
from nextcommerce.schemas import NextOrder
from orders.models import Order, OrderEvent, OrderReview, RefundRequest
from orders.next_order_identity import NextOrderMismatch
from orders.refund_requests import sum_left
from orders.reviews import resolve_review
from orders.sync import foreign_order_conflict, mirror_transaction, report_foreign_order
from stores.errors import Conflict, Problem
from stores.money import format_money
from stores.next_client import open_next_client

Status = PaymentIntent.Status
Resolution = OrderReview.Resolution
STAFF = OrderEvent.Source.STAFF


def find_payment_review(payment_intent_id: str) -> OrderReview | None:
    """Return the review, open or closed, of a payment that wasn't applied to its order, or None."""
    return OrderReview.objects.filter(
        payment_intent_id=payment_intent_id, kind__in=OrderReview.PAYMENT_KINDS
    ).first()


def get_payment_review(intent: PaymentIntent) -> OrderReview:
    """Return the review of a payment that is or was in review."""
    review = find_payment_review(intent.pk)
    assert review is not None, f"{intent.pk} was sent to review without one"
    return review


def retrieve_reviewed_order(intent: PaymentIntent) -> NextOrder:
    """Fetch the NEXT order of the payment in review.

    Raises Problem if there is none, NEXT can't be reached, or it answers about another order.
    """
    if not intent.next_order_number:
        raise Problem(_("This payment has no NEXT Commerce order."))
    try:
        next_order = open_next_client(intent.store).retrieve_order(intent.next_order_number)
    except NextApiError as error:
        raise Problem(_("NEXT Commerce couldn't be reached: %(why)s") % {"why": error.message}) from error
    try:
        require_order_of_intent(intent=intent, next_order=next_order)
    except NextOrderMismatch as mismatch:
        report_foreign_order(order_id=intent.order_id, reason=mismatch.reason, source=STAFF)
        raise foreign_order_conflict() from mismatch
    return next_order


def accept_reviewed_payment(*, intent: PaymentIntent, actor: str) -> PaymentIntent:
    """Accept the payment as it is: its order becomes paid, as the NEXT order says.

    Raises Conflict if the review is closed, a refund is in doubt or another attempt paid for the order, and
    Problem if NEXT can't be reached or doesn't have the money.
    """
    next_order = retrieve_reviewed_order(intent)
    if not holds_money(next_order):
        raise Problem(_("NEXT Commerce doesn't have the money, so the order can't be marked as paid."))
    return accept_paid_order(intent=intent, next_order=next_order, actor=actor)


def accept_paid_order(*, intent: PaymentIntent, next_order: NextOrder, actor: str) -> PaymentIntent:
    """Mark the order as paid by this NEXT order, and end the review. Raises Conflict if that can't be."""
    with mirror_transaction(source=STAFF):
        intent = lock_intent_in_review(intent)
        if intent.order.is_paid:
            raise paid_by_other_conflict()
        if find_refund_in_doubt(intent) is not None:
            raise Conflict(_("This payment is being refunded."))
        resolve_review(review=get_payment_review(intent), resolution=Resolution.ACCEPTED, actor=actor)
        mark_order_paid(intent=intent, next_order=next_order, source=STAFF, settlement={}, actor=actor)
    return intent


def paid_by_other_conflict() -> Conflict:
    """Return the error that tells staff that the payment can only be refunded."""
    return Conflict(_("This order was paid by another attempt. Refund this payment instead."))


def dismiss_review(*, intent: PaymentIntent, actor: str, note: str = "") -> PaymentIntent:
    """Close the review of a payment for which NEXT holds no money: the order stays unpaid.

    Raises Conflict while NEXT holds money for it, and Problem if NEXT can't be asked.
    """
    next_order = retrieve_reviewed_order(intent)
    if holds_money(next_order):
        raise Conflict(
            _(
                "NEXT Commerce still holds %(amount)s for this payment. Accept it, refund it, or close the "
                "review as settled elsewhere."
            )
            % {"amount": format_money(sum_held(next_order), next_order.currency or intent.currency)}
        )
    return _close_unaccepted_payment(
        intent, close=transitions.discard_intent, resolution=Resolution.DISMISSED, actor=actor, note=note
    )


def settle_review_elsewhere(*, intent: PaymentIntent, actor: str, note: str) -> PaymentIntent:
    """Close the review of a payment that staff took care of in another way, which `note` describes.

    The order is canceled here, and NEXT keeps its order and what it holds. Raises Conflict if the review is
    closed or a refund is in doubt.
    """
    return _close_unaccepted_payment(
        intent,
        close=transitions.settle_intent_elsewhere,
        resolution=Resolution.SETTLED_ELSEWHERE,
        actor=actor,
        note=note,
    )


def close_refunded_payment(*, intent: PaymentIntent, actor: str) -> PaymentIntent:
    """Close the review of a payment that NEXT gave back."""
    return _close_unaccepted_payment(
        intent, close=transitions.mark_refunded, resolution=Resolution.REFUNDED, actor=actor
    )


def holds_money(next_order: NextOrder) -> bool:
    """Return True if NEXT charged or set aside money for the order, and hasn't given all of it back."""
    return (
        sum_left(next_order) > 0
        or next_order.payment.is_charged
        or next_order.payment.is_authorized
        or next_order.is_partially_paid
    )


def sum_held(next_order: NextOrder) -> Decimal:
    """Return what NEXT holds for the order."""
    return sum_left(next_order) or next_order.total_incl_tax or Decimal(0)


def find_refund_in_doubt(intent: PaymentIntent) -> RefundRequest | None:
    """Return the refund of the payment in review whose outcome isn't known, or None."""
    return RefundRequest.objects.filter(
        order=intent.order_id, payment_intent_id=intent.pk, state=RefundRequest.State.PENDING
    ).first()


def lock_intent_in_review(intent: PaymentIntent) -> PaymentIntent:
    """Reload and lock the intent. Raises Conflict if its review is closed."""
    intent = lock_intent(intent)
    if intent.status != Status.REVIEW:
        raise Conflict(_("The review of this payment is already closed."))
    return intent


@transaction.atomic
def _close_unaccepted_payment(
    intent: PaymentIntent,
    *,
    close: Callable[[PaymentIntent], bool],
    resolution: OrderReview.Resolution,
    actor: str,
    note: str = "",
) -> PaymentIntent:
    """End the payment by `close`, and its review.

    Cancels its order and releases the stock unless another attempt may still pay, or staff must decide more.
    """
    intent = lock_intent_in_review(intent)
    if find_refund_in_doubt(intent) is not None:
        raise Conflict(_("This payment is being refunded."))
    order = intent.order
    close(intent)
    resolve_review(review=get_payment_review(intent), resolution=resolution, actor=actor, note=note)
    is_being_paid = order.payment_intents.filter(status__in=PaymentIntent.OPEN).exists()
    if not order.is_paid and not is_being_paid and not order.is_in_review:
        stock.release_hold(reference=order.pk)
        order.status = Order.Status.CANCELED
        order.save(update_fields=["status", "updated_at"])
    return intent
