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
from checkout.payments.expiry import locked
from checkout.payments.settle import make_paid
from nextcommerce.client import AdminApi
from nextcommerce.errors import AdminApiError
from nextcommerce.order_schemas import StoreOrder, StoreTransaction
from orders.models import Order, OrderEvent
from orders.notifications import queue_withheld
from orders.order_log import log
from orders.refunds import refund_rows, unsent_of
from orders.verification_refund import TAKEN
from stores.errors import Conflict, Problem

Status = PaymentIntent.Status
STAFF = OrderEvent.Source.STAFF
# A refund whose answer was lost may be tried again after this; what the store has given back by then counts.
LEASE = datetime.timedelta(minutes=2)
AUTHORISED = {"authorized", "expiring"}


def store_says(intent: PaymentIntent) -> StoreOrder:
    """Return what the store says now of the payment under review. Errors: Problem."""
    if not intent.store_order_number:
        raise Problem(_("No order of the store belongs to this payment."))
    try:
        return AdminApi(intent.store).retrieve_order(intent.store_order_number)
    except AdminApiError as error:
        raise Problem(_("The store could not be asked: %(why)s") % {"why": error.message}) from error


def accept(*, intent: PaymentIntent, actor: str) -> PaymentIntent:
    """Take the payment for what it is: its order becomes paid, as the store order says.

    Errors: Conflict where the review has ended or the order was paid by another attempt; Problem where the
    store cannot be asked or has not got the money.
    """
    store_order = store_says(intent)
    if not store_order.is_settled:
        raise Problem(_("The store does not have the money, so the order cannot become paid."))
    with transaction.atomic():
        intent = in_review(intent)
        order = intent.order
        if order.is_paid:
            raise Conflict(_("This order was paid by another attempt. Refund this payment instead."))
        if intent.refund_asked_at is not None:
            raise Conflict(_("This payment is being refunded."))
        reason, order.review_reason = intent.review_reason, ""
        intent.review_reason, intent.amount_to_refund = "", Decimal(0)
        log_end(order=order, actor=actor, text=f"{actor} accepted the payment ({reason})", intent=intent)
        make_paid(intent=intent, store_order=store_order, source=STAFF, actor=actor)
    return intent


def refund(*, intent: PaymentIntent, actor: str) -> PaymentIntent:
    """Give back all that the store still has of the payment, then end the review.

    Asked once: the claim is committed before the call, and what the store has given back already is never
    given again (S23). Errors: Conflict while another refund of it runs; Problem where the store refuses.
    """
    claim_refund(intent)
    try:
        give_back(intent=intent, store_order=store_says(intent))
    except AdminApiError as error:
        if error.ambiguous:
            raise Conflict(
                _("The store's answer was lost. Try again in two minutes: nothing is given back twice.")
            ) from error
        disclaim_refund(intent)
        raise Problem(_("The store did not refund: %(why)s") % {"why": error.message}) from error
    except Problem:
        disclaim_refund(intent)
        raise
    text = f"{actor} refunded the payment under review, {intent.amount_to_refund} {intent.currency}."
    return end(intent=intent, status=Status.REFUNDED, actor=actor, text=text)


def discard(*, intent: PaymentIntent, actor: str, note: str = "") -> PaymentIntent:
    """End the review without a call to the store, e.g. because the money was given back by hand."""
    text = f"{actor} closed the review. {note}".strip()
    return end(intent=intent, status=Status.DISCARDED, actor=actor, text=text)


def claim_refund(intent: PaymentIntent) -> None:
    """Take the right to refund; Conflict where somebody else has it, or the review has ended."""
    now = timezone.now()
    free = Q(refund_asked_at=None) | Q(refund_asked_at__lt=now - LEASE)
    if not PaymentIntent.objects.filter(free, pk=intent.pk, status=Status.REVIEW).update(refund_asked_at=now):
        raise Conflict(_("This payment is being refunded, or its review has ended."))


def disclaim_refund(intent: PaymentIntent) -> None:
    """Let others try: nothing was given back."""
    PaymentIntent.objects.filter(pk=intent.pk).update(refund_asked_at=None)


def give_back(*, intent: PaymentIntent, store_order: StoreOrder) -> None:
    """Refund what the store took and still has; let go of what it only holds.

    Errors: AdminApiError; Problem where it has money, and names no charge that could be refunded.
    """
    api = AdminApi(intent.store)
    note = f"Review: {intent.review_reason}"[:200]
    if store_order.payment_status in AUTHORISED:
        # Nothing was taken that could be refunded: else it would be when the goods are sent.
        body = {"cancel_reason": note, "full_refund": True, "send_cancel_notification": True}
        api.cancel_order(store_order.number, body)
        return
    refund = refund_body(store_order, note=note)
    if refund is not None:
        api.refund_order(store_order.number, refund)
    elif store_order.payment_status in TAKEN and not store_order.is_test:
        raise Problem(
            _("The store names no charge to refund. Refund it in the store, then close the review here.")
        )


def refund_body(store_order: StoreOrder, *, note: str) -> dict[str, Any] | None:
    """Return the request that gives back all that is left; None where nothing is."""
    moves = [move for move in store_order.transactions if move.status == "succeeded"]
    given_back = sum((move.amount for move in moves if move.type == "refund"), Decimal(0))
    rows = []
    for charge in moves:
        if charge.type != "debit" or charge.id is None:
            continue
        before = min(given_back, charge.amount)
        given_back -= before
        if charge.amount > before:
            rows.append(_row(charge, charge.amount - before))
    if not rows:
        return None
    return {
        "transactions": rows,
        "refund_lines": refund_rows(
            quantities={line.id: line.current_quantity for line in store_order.lines if line.id is not None},
            unsent=unsent_of(store_order),
        ),
        "refund_shipping": {"full_refund": True},
        "note": note,
        "send_refund_notification": True,
    }


def _row(charge: StoreTransaction, amount: Decimal) -> dict[str, Any]:
    return {"id": charge.id, "amount": str(amount)}


def in_review(intent: PaymentIntent) -> PaymentIntent:
    """Return the intent afresh and locked. Errors: Conflict where its review has ended."""
    intent = locked(intent)
    if intent.status != Status.REVIEW:
        raise Conflict(_("The review of this payment has ended already."))
    return intent


@transaction.atomic
def end(*, intent: PaymentIntent, status: str, actor: str, text: str) -> PaymentIntent:
    """Close the intent; an order that nobody else pays for gives its stock back and is canceled."""
    intent = in_review(intent)
    order = intent.order
    intent.status = status
    intent.review_reason = ""
    intent.save()
    others = order.payment_intents.exclude(pk=intent.pk)
    if not others.filter(status=Status.REVIEW).exists():
        order.review_reason = ""
    if not order.is_paid and not others.filter(status__in=[Status.REVIEW, *PaymentIntent.OPEN]).exists():
        stock.release(reference=order.pk)
        order.status = Order.Status.CANCELED
    order.save()
    log_end(order=order, actor=actor, text=text, intent=intent)
    queue_withheld(order)
    return intent


def log_end(*, order: Order, actor: str, text: str, intent: PaymentIntent) -> None:
    log(
        order=order,
        kind="reviewed",
        text=text,
        source=STAFF,
        actor=actor,
        data={"payment_intent": intent.pk, "store_order": intent.store_order_number},
    )
