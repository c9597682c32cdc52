"""Ending the review of a payment: taken for what it is, refunded, or closed by hand. Each is logged."""

import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog import stock
from checkout.models import PaymentIntent
from checkout.payments.expiry import lock_intent
from checkout.payments.settle import mark_order_paid
from nextcommerce.errors import NextApiError
from nextcommerce.order_schemas import NextOrder, NextTransaction
from orders.models import Order, OrderEvent
from orders.notifications import queue_withheld_notifications
from orders.order_log import log_order_event
from orders.refunds import split_refund_lines, unshipped_quantities
from orders.verification_refund import CHARGED_STATUSES
from stores.errors import Conflict, Problem
from stores.next_client import open_next_client

Status = PaymentIntent.Status
STAFF = OrderEvent.Source.STAFF
# A refund whose answer was lost may be tried again after this; what the store has given back by then counts.
LEASE = datetime.timedelta(minutes=2)
AUTHORIZED_STATUSES = {"authorized", "expiring"}


def retrieve_reviewed_order(intent: PaymentIntent) -> NextOrder:
    """Return what the store says now of the payment under review. Errors: Problem."""
    if not intent.next_order_number:
        raise Problem(_("No order of the store belongs to this payment."))
    try:
        return open_next_client(intent.store).retrieve_order(intent.next_order_number)
    except NextApiError as error:
        raise Problem(_("The store could not be asked: %(why)s") % {"why": error.message}) from error


def accept_reviewed_payment(*, intent: PaymentIntent, actor: str) -> PaymentIntent:
    """Take the payment for what it is: its order becomes paid, as the NEXT order says.

    Errors: Conflict where the review has ended or the order was paid by another attempt; Problem where the
    store cannot be asked or has not got the money.
    """
    next_order = retrieve_reviewed_order(intent)
    if not next_order.is_settled:
        raise Problem(_("The store does not have the money, so the order cannot become paid."))
    with transaction.atomic():
        intent = lock_intent_in_review(intent)
        order = intent.order
        if order.is_paid:
            raise Conflict(_("This order was paid by another attempt. Refund this payment instead."))
        if intent.refund_requested_at is not None:
            raise Conflict(_("This payment is being refunded."))
        reason, order.review_reason = intent.review_reason, ""
        intent.review_reason, intent.amount_to_refund = "", Decimal(0)
        log_review_closed(
            order=order, actor=actor, text=f"{actor} accepted the payment ({reason})", intent=intent
        )
        mark_order_paid(intent=intent, next_order=next_order, source=STAFF, actor=actor)
    return intent


def refund_reviewed_payment(*, intent: PaymentIntent, actor: str) -> PaymentIntent:
    """Give back all that the store still has of the payment, then end the review.

    Asked once: the claim is committed before the call, and what the store has given back already is never
    given again (S23). Errors: Conflict while another refund of it runs; Problem where the store refuses.
    """
    claim_review_refund(intent)
    try:
        refund_or_cancel_order(intent=intent, next_order=retrieve_reviewed_order(intent))
    except NextApiError as error:
        if error.is_ambiguous:
            raise Conflict(
                _("The store's answer was lost. Try again in two minutes: nothing is given back twice.")
            ) from error
        release_refund_claim(intent)
        raise Problem(_("The store did not refund: %(why)s") % {"why": error.message}) from error
    except Problem:
        release_refund_claim(intent)
        raise
    text = f"{actor} refunded the payment under review, {intent.amount_to_refund} {intent.currency}."
    return close_review(intent=intent, status=Status.REFUNDED, actor=actor, text=text)


def dismiss_review(*, intent: PaymentIntent, actor: str, note: str = "") -> PaymentIntent:
    """End the review without a call to the store, e.g. because the money was given back by hand."""
    text = f"{actor} closed the review. {note}".strip()
    return close_review(intent=intent, status=Status.DISCARDED, actor=actor, text=text)


def claim_review_refund(intent: PaymentIntent) -> None:
    """Take the right to refund; Conflict where somebody else has it, or the review has ended."""
    now = timezone.now()
    free = Q(refund_requested_at=None) | Q(refund_requested_at__lt=now - LEASE)
    if not PaymentIntent.objects.filter(free, pk=intent.pk, status=Status.REVIEW).update(
        refund_requested_at=now
    ):
        raise Conflict(_("This payment is being refunded, or its review has ended."))


def release_refund_claim(intent: PaymentIntent) -> None:
    """Let others try: nothing was given back."""
    PaymentIntent.objects.filter(pk=intent.pk).update(refund_requested_at=None)


def refund_or_cancel_order(*, intent: PaymentIntent, next_order: NextOrder) -> None:
    """Refund what the store took and still has; let go of what it only holds.

    Errors: AdminApiError; Problem where it has money, and names no charge that could be refunded.
    """
    api = open_next_client(intent.store)
    note = f"Review: {intent.review_reason}"[:200]
    if next_order.payment_status in AUTHORIZED_STATUSES:
        # Nothing was taken that could be refunded: else it would be when the goods are sent.
        body = {"cancel_reason": note, "full_refund": True, "send_cancel_notification": True}
        api.cancel_order(next_order.number, body)
        return
    refund = build_full_refund_body(next_order, note=note)
    if refund is not None:
        api.refund_order(next_order.number, refund)
    elif next_order.payment_status in CHARGED_STATUSES and not next_order.is_test:
        raise Problem(
            _("The store names no charge to refund. Refund it in the store, then close the review here.")
        )


def build_full_refund_body(next_order: NextOrder, *, note: str) -> dict[str, Any] | None:
    """Return the request that gives back all that is left; None where nothing is."""
    moves = [move for move in next_order.transactions if move.status == "succeeded"]
    given_back = sum((move.amount for move in moves if move.type == "refund"), Decimal(0))
    rows = []
    for charge in moves:
        if charge.type != "debit" or charge.id is None:
            continue
        before = min(given_back, charge.amount)
        given_back -= before
        if charge.amount > before:
            rows.append(_build_refund_row(charge, charge.amount - before))
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


def _build_refund_row(charge: NextTransaction, amount: Decimal) -> dict[str, Any]:
    return {"id": charge.id, "amount": str(amount)}


def lock_intent_in_review(intent: PaymentIntent) -> PaymentIntent:
    """Return the intent afresh and locked. Errors: Conflict where its review has ended."""
    intent = lock_intent(intent)
    if intent.status != Status.REVIEW:
        raise Conflict(_("The review of this payment has ended already."))
    return intent


@transaction.atomic
def close_review(*, intent: PaymentIntent, status: str, actor: str, text: str) -> PaymentIntent:
    """Close the intent; an order that nobody else pays for gives its stock back and is canceled."""
    intent = lock_intent_in_review(intent)
    order = intent.order
    intent.status = status
    intent.review_reason = ""
    intent.save()
    others = order.payment_intents.exclude(pk=intent.pk)
    if not others.filter(status=Status.REVIEW).exists():
        order.review_reason = ""
    if not order.is_paid and not others.filter(status__in=[Status.REVIEW, *PaymentIntent.OPEN]).exists():
        stock.release_hold(reference=order.pk)
        order.status = Order.Status.CANCELED
    order.save()
    log_review_closed(order=order, actor=actor, text=text, intent=intent)
    queue_withheld_notifications(order)
    return intent


def log_review_closed(*, order: Order, actor: str, text: str, intent: PaymentIntent) -> None:
    log_order_event(
        order=order,
        kind="reviewed",
        text=text,
        source=STAFF,
        actor=actor,
        data={"payment_intent": intent.pk, "next_order": intent.next_order_number},
    )
