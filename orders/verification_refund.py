"""Refunds of verification amounts, which are charged if a subscription starts free, and refunded once.

Each refund is saved before it is requested, and the sum refunded in NEXT shows whether it was made. It
refunds the first charge only, which is no more than the amount, so NEXT itself would reject a second one.
"""

import datetime
import enum

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nextcommerce.errors import NextApiError
from nextcommerce.schemas import NextOrder, NextTransaction
from orders import sentences
from orders.models import Order, OrderEvent, OrderReview, RefundRequest
from orders.models.refund import VERIFICATION_REFUND_NOTE
from orders.next_order_identity import NextOrderMismatch
from orders.order_log import log_order_event
from orders.refund_requests import (
    close_refund_request,
    end_silent_refund,
    open_refund_request,
    send_refund_request,
)
from orders.reviews import open_review
from orders.sentences import SHOP_ACTOR
from orders.sync import SyncResult, sync_order
from stores.errors import Conflict
from stores.leases import claim_due_row
from stores.next_client import open_next_client
from wording.sentence import Money, Sentence

SOURCE = OrderEvent.Source.RECONCILER
MIN_WAIT = datetime.timedelta(seconds=2)
RETRY_SOON = datetime.timedelta(minutes=1)
RETRY_AFTER_MISMATCH = datetime.timedelta(hours=1)
# An authorized payment is captured within days and cannot be refunded before.
RETRY_UNTIL_CAPTURED = datetime.timedelta(hours=6)


class VerificationOutcome(enum.StrEnum):
    """How an attempt to refund a verification amount ended; the reconciler counts these."""

    REFUNDED = "refunded"
    REFUSED = "refused"
    UNCLEAR = "unclear"
    NOT_CAPTURED = "not captured yet"
    NEVER_CHARGED = "never charged"
    TEST_ORDER = "test order, nothing charged"
    WAITS_FOR_REFUND = "waiting for another refund"
    WAITS_FOR_UPSELL = "waiting for an upsell"
    ANOTHER_ORDER = "NEXT answered about another order"


def claim_verification_refund(order: Order) -> bool:
    """Claim an order whose verification refund is due, for one lease. Return False if it is taken."""
    return claim_due_row(Order.objects.filter(pk=order.pk), "verification_refund_due_at")


def postpone_verification_refund(order: Order, by: datetime.timedelta) -> None:
    """Try the order again later."""
    Order.objects.filter(pk=order.pk).update(verification_refund_due_at=timezone.now() + by)


def refund_verification_amount(*, order: Order) -> VerificationOutcome:
    """Refund the verification amount of an order that the caller has claimed; return the outcome.

    Raises NextApiError if nothing was done. The refund is tried again later.
    """
    try:
        return _refund_verification_amount(order)
    except NextOrderMismatch:
        # Neither refunded nor refused: the right answer tells.
        postpone_verification_refund(order, RETRY_AFTER_MISMATCH)
        return VerificationOutcome.ANOTHER_ORDER


def _refund_verification_amount(order: Order) -> VerificationOutcome:
    next_order = _sync(order).next_order
    charge = find_first_charge(next_order)
    request = _open_verification_refund(order=order, next_order=next_order, charge=charge)
    if isinstance(request, VerificationOutcome):
        return request
    assert charge is not None
    body = {
        "transactions": [{"id": charge.id, "amount": str(request.amount)}],
        "refund_lines": [],
        "note": VERIFICATION_REFUND_NOTE,
        "send_refund_notification": order.store.next_sends_receipt,
    }
    # Not a background call: those can wait so long that the request counts as lost.
    api = open_next_client(order.store)
    try:
        send_refund_request(request, lambda: api.refund_order(order.next_order_number or "", body))
    except NextApiError:
        postpone_verification_refund(order, RETRY_SOON)
        raise
    _sync(order)
    return _judge_verification_refund(order)


def _sync(order: Order) -> SyncResult:
    return sync_order(order=order, source=SOURCE, background=True)


def find_first_charge(next_order: NextOrder) -> NextTransaction | None:
    """Return the order's first charge, or None: test orders may have no charges."""
    charges = [transaction for transaction in next_order.transactions if transaction.is_charge]
    return min((charge for charge in charges if charge.id), key=lambda charge: charge.id or 0, default=None)


@transaction.atomic
def _open_verification_refund(
    *, order: Order, next_order: NextOrder, charge: NextTransaction | None
) -> RefundRequest | VerificationOutcome:
    """Save the refund to request, or return why there is none."""
    order = _lock_order(order)
    if order.verification_refunded_at is not None:
        return _finish_verification_refund(order)
    open_request = order.refund_requests.filter(
        state=RefundRequest.State.PENDING, payment_intent_id=""
    ).first()
    if open_request is not None:
        if not end_silent_refund(open_request):
            _wait_for_refund(order, open_request)
            return VerificationOutcome.WAITS_FOR_REFUND
        if outcome := _handle_refund_not_made(order, open_request):
            return outcome
    if next_order.payment.is_released:
        return _stop_verification_refund(order, VerificationOutcome.NEVER_CHARGED)
    if not next_order.payment.is_charged:
        postpone_verification_refund(order, RETRY_UNTIL_CAPTURED)
        return VerificationOutcome.NOT_CAPTURED
    if charge is None and order.is_test:
        Order.objects.filter(pk=order.pk).update(verification_refunded_at=timezone.now())
        return _stop_verification_refund(order, VerificationOutcome.TEST_ORDER)
    if charge is None:
        return _flag_for_review(order, sentences.NO_CHARGE_LISTED.fill())
    return open_refund_request(
        order=order,
        amount=order.verification_amount - order.refunded_amount,
        refunded_before=order.refunded_amount,
        actor=SHOP_ACTOR,
        note=VERIFICATION_REFUND_NOTE,
        purpose=RefundRequest.Purpose.VERIFICATION,
    )


def _finish_verification_refund(order: Order) -> VerificationOutcome:
    """Close the request: the amount was refunded."""
    for request in order.refund_requests.filter(
        purpose=RefundRequest.Purpose.VERIFICATION, state=RefundRequest.State.PENDING
    ):
        close_refund_request(request, RefundRequest.State.DONE)
    return _stop_verification_refund(order, VerificationOutcome.REFUNDED)


@transaction.atomic
def _judge_verification_refund(order: Order) -> VerificationOutcome:
    """Return the outcome after a check: refunded, or still in doubt."""
    order = _lock_order(order)
    if order.verification_refunded_at is not None:
        return _finish_verification_refund(order)
    request = order.refund_requests.filter(purpose=RefundRequest.Purpose.VERIFICATION).latest("pk")
    _wait_for_refund(order, request)
    return VerificationOutcome.UNCLEAR


def _wait_for_refund(order: Order, request: RefundRequest) -> None:
    """Check again when the request is due: nothing is refunded while a refund is in doubt."""
    wait = max((request.next_check_at or timezone.now()) - timezone.now(), MIN_WAIT)
    postpone_verification_refund(order, wait)


def _handle_refund_not_made(order: Order, request: RefundRequest) -> VerificationOutcome | None:
    """Return how it ends if NEXT gave a reason for not refunding the amount, or None to try again."""
    if request.purpose == RefundRequest.Purpose.VERIFICATION and request.answer_status == 400:
        return _flag_for_review(order, request.answer, request=request)
    return None


def _lock_order(order: Order) -> Order:
    return Order.objects.select_for_update(of=("self",), no_key=True).select_related("store").get(pk=order.pk)


def _stop_verification_refund(order: Order, outcome: VerificationOutcome) -> VerificationOutcome:
    Order.objects.filter(pk=order.pk).update(verification_refund_due_at=None)
    return outcome


def _flag_for_review(
    order: Order, why: Sentence, *, request: RefundRequest | None = None
) -> VerificationOutcome:
    """Put the order in review and stop retrying. Each refused request is a review of its own."""
    amount = Money(order.verification_amount, order.currency)
    open_review(
        order=order,
        kind=OrderReview.Kind.VERIFICATION_REFUND,
        text=sentences.VERIFICATION_NOT_REFUNDED.fill(amount=amount, why=why),
        source=SOURCE,
        subject_id=str(request.pk) if request else "",
        amount_to_refund=request.amount if request else None,
    )
    return _stop_verification_refund(order, VerificationOutcome.REFUSED)


def retry_verification_refund(*, order: Order, actor: str) -> None:
    """Retry a refund that NEXT refused. Raises Conflict if there is none to retry."""
    stopped = Order.objects.filter(
        pk=order.pk, verification_amount__gt=0, verification_refunded_at=None, verification_refund_due_at=None
    ).exclude(paid_at=None)
    if not stopped.update(verification_refund_due_at=timezone.now()):
        raise Conflict(_("There is no verification amount to refund."))
    log_order_event(
        order=order,
        kind=OrderEvent.Kind.VERIFICATION_REFUND_REQUESTED,
        text=sentences.VERIFICATION_REFUND_RETRIED.fill(actor=actor),
        source=OrderEvent.Source.STAFF,
        actor=actor,
    )
