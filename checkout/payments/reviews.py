"""Closing the review of a payment: accept it, refund it, or dismiss the review. Other reviews stay open."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

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
from orders.models import Order, OrderEvent, OrderReview
from orders.next_order_identity import NextOrderMismatch
from orders.refunds import split_refund_lines, unshipped_quantities
from orders.reviews import resolve_review
from orders.row_matching import drop_repeated_ids
from orders.sync import foreign_order_conflict, mirror_transaction, report_foreign_order
from stores.errors import Conflict, Problem
from stores.leases import LEASE, claim_turn
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

    Raises Conflict if the review is closed, a refund is under way or another attempt paid for the order, and
    Problem if NEXT can't be reached or doesn't have the money.
    """
    next_order = retrieve_reviewed_order(intent)
    if not next_order.is_settled:
        raise Problem(_("NEXT Commerce doesn't have the money, so the order can't be marked as paid."))
    with mirror_transaction(source=STAFF):
        intent = lock_intent_in_review(intent)
        if intent.order.is_paid:
            raise Conflict(_("This order was paid by another attempt. Refund this payment instead."))
        if intent.refund_requested_at is not None:
            raise Conflict(_("This payment is being refunded."))
        resolve_review(review=get_payment_review(intent), resolution=Resolution.ACCEPTED, actor=actor)
        mark_order_paid(intent=intent, next_order=next_order, source=STAFF, settlement={}, actor=actor)
    return intent


def refund_reviewed_payment(*, intent: PaymentIntent, actor: str) -> PaymentIntent:
    """Refund everything that NEXT still has of the payment, then close the review.

    The claim is committed before the call, and what NEXT already refunded is never refunded again.
    Raises Conflict while another refund of the payment runs, and Problem if NEXT refuses.
    """
    claim_review_refund(intent)
    try:
        refund_or_cancel_order(intent=intent, next_order=retrieve_reviewed_order(intent))
    except NextApiError as error:
        if error.is_ambiguous:
            raise Conflict(
                _("NEXT Commerce's response was lost. Try again in two minutes. Nothing is refunded twice.")
            ) from error
        release_refund_claim(intent)
        raise Problem(
            _("NEXT Commerce didn't refund the payment: %(why)s") % {"why": error.message}
        ) from error
    except Problem:
        release_refund_claim(intent)
        raise
    return _close_unaccepted_payment(
        intent, close=transitions.mark_refunded, resolution=Resolution.REFUNDED, actor=actor
    )


def dismiss_review(*, intent: PaymentIntent, actor: str, note: str = "") -> PaymentIntent:
    """Close the review without calling NEXT, e.g. because the money was refunded manually."""
    return _close_unaccepted_payment(
        intent, close=transitions.discard_intent, resolution=Resolution.DISMISSED, actor=actor, note=note
    )


def claim_review_refund(intent: PaymentIntent) -> None:
    """Claim the right to refund. Raises Conflict if somebody else has it or the review is closed.

    After a lost response, the next attempt waits for the lease to end and then sees what NEXT refunded.
    """
    in_review = PaymentIntent.objects.filter(pk=intent.pk, status=Status.REVIEW)
    if not claim_turn(in_review, "refund_requested_at", interval=LEASE):
        raise Conflict(_("This payment is already being refunded, or its review is closed."))


def release_refund_claim(intent: PaymentIntent) -> None:
    """Give up the claim after nothing was refunded, so that others can try."""
    PaymentIntent.objects.filter(pk=intent.pk).update(refund_requested_at=None)


def refund_or_cancel_order(*, intent: PaymentIntent, next_order: NextOrder) -> None:
    """Refund what NEXT charged and still has, or cancel an order that is only authorized.

    Raises NextApiError, and Problem if NEXT has money but lists no charge to refund.
    """
    api = open_next_client(intent.store)
    note = f"Review: {get_payment_review(intent).text}"[:200]
    if next_order.payment.is_authorized:
        # Nothing was charged yet, so there is nothing to refund; but it would be charged on shipping.
        body = {"cancel_reason": note, "full_refund": True, "send_cancel_notification": True}
        api.cancel_order(next_order.number, body)
        return
    refund = build_full_refund_body(next_order, note=note)
    if refund is not None:
        api.refund_order(next_order.number, refund)
    elif next_order.payment.is_charged and not next_order.is_test:
        raise Problem(
            _("NEXT Commerce lists no charge to refund. Refund it there, then close the review here.")
        )


def build_full_refund_body(next_order: NextOrder, *, note: str) -> dict[str, Any] | None:
    """Return the request body that refunds everything not refunded yet, or None if nothing is left."""
    transactions = drop_repeated_ids(next_order.transactions)
    refunded = sum((row.amount for row in transactions if row.is_refund), Decimal(0))
    rows = []
    for charge in transactions:
        if not charge.is_charge or charge.id is None:
            continue
        refunded_of_charge = min(refunded, charge.amount)
        refunded -= refunded_of_charge
        if charge.amount > refunded_of_charge:
            rows.append({"id": charge.id, "amount": str(charge.amount - refunded_of_charge)})
    if not rows:
        return None
    return {
        "transactions": rows,
        "refund_lines": split_refund_lines(
            quantities={line.id: line.current_quantity for line in next_order.lines if line.id is not None},
            unshipped=unshipped_quantities(next_order),
        ),
        "refund_shipping": {"full_refund": True},
        "note": note,
        "send_refund_notification": True,
    }


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
    order = intent.order
    close(intent)
    resolve_review(review=get_payment_review(intent), resolution=resolution, actor=actor, note=note)
    is_being_paid = order.payment_intents.filter(status__in=PaymentIntent.OPEN).exists()
    if not order.is_paid and not is_being_paid and not order.is_in_review:
        stock.release_hold(reference=order.pk)
        order.status = Order.Status.CANCELED
        order.save(update_fields=["status", "updated_at"])
    return intent
