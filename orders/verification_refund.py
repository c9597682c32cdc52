"""Verification amounts: charged where a subscription began with nothing to pay, and given back, once.

Written down before the store is asked, and found by its state: what the store says was refunded against
what is to be. The refund is of the first charge alone, which is no more than the amount, so that even the
store would refuse a second one.
"""

import datetime
import logging

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nextcommerce.errors import NextApiError
from nextcommerce.order_schemas import NextOrder, NextTransaction
from orders.mirror import mirror_order
from orders.models import Order, OrderEvent, RefundRequest
from orders.models.refund import VERIFICATION_REFUND_NOTE
from orders.order_log import log_order_event
from orders.refunds import ANSWER_LOST_AFTER, close_refund_request, try_close_unclear_refund
from stores.errors import Conflict
from stores.next_client import open_next_client

logger = logging.getLogger(__name__)

SOURCE = OrderEvent.Source.RECONCILER
REFUND_LEASE = datetime.timedelta(minutes=2)
RETRY_SOON = datetime.timedelta(minutes=1)
# An authorised payment is captured within days, and cannot be given back before (3.5).
RETRY_UNTIL_CAPTURED = datetime.timedelta(hours=6)
CHARGED_STATUSES = {"paid", "partially_refunded"}
NEVER_CHARGED_STATUSES = {"voided", "expired"}


def claim_verification_refund(order: Order) -> bool:
    """Take an order whose amount is due, for the length of a lease; False where somebody else has."""
    now = timezone.now()
    due = Order.objects.filter(
        pk=order.pk,
        verification_refund_due_at=order.verification_refund_due_at,
        verification_refund_due_at__lte=now,
    )
    return bool(due.update(verification_refund_due_at=now + REFUND_LEASE))


def postpone_verification_refund(order: Order, by: datetime.timedelta) -> None:
    """Have the order looked at again later."""
    Order.objects.filter(pk=order.pk).update(verification_refund_due_at=timezone.now() + by)


def refund_verification(*, order: Order) -> str:
    """Give back the amount of an order that the caller has claimed; return how that went.

    Errors: AdminApiError where nothing was done, to be tried again.
    """
    number = order.next_order_number or ""
    found = open_next_client(order.store, background=True).retrieve_order(number)
    charge = find_first_charge(found)
    request = _open_verification_refund(order=order, found=found, charge=charge)
    if isinstance(request, str):
        return request
    assert charge is not None
    body = {
        "transactions": [{"id": charge.id, "amount": str(request.amount)}],
        "refund_lines": [],
        "note": VERIFICATION_REFUND_NOTE,
        "send_refund_notification": order.store.next_sends_receipt,
    }
    try:
        # Not in the background, where the turn may come so late that the request is taken for lost.
        open_next_client(order.store).refund_order(number, body)
    except NextApiError as error:
        return _handle_refund_error(order=order, request=request, error=error)
    Order.objects.filter(pk=order.pk).update(verification_refunded_at=timezone.now())
    return _finish_verification_refund(
        order=order, found=open_next_client(order.store, background=True).retrieve_order(number)
    )


def find_first_charge(found: NextOrder) -> NextTransaction | None:
    """Return the charge that the order began with; test orders may have none."""
    charges = [move for move in found.transactions if move.type == "debit" and move.status == "succeeded"]
    return min((charge for charge in charges if charge.id), key=lambda charge: charge.id or 0, default=None)


@transaction.atomic
def _open_verification_refund(
    *, order: Order, found: NextOrder, charge: NextTransaction | None
) -> RefundRequest | str:
    """Mirror the order, then write down the refund that is to be asked for, or say why there is none."""
    order = _mirror_locked_order(order, found)
    if order.verification_refunded_at is not None:
        return _finish_verification_refund(order=order, found=found)
    open_request = order.refund_requests.filter(state=RefundRequest.State.PENDING).first()
    if open_request is not None and not try_close_unclear_refund(request=open_request, order=order):
        postpone_verification_refund(order, RETRY_SOON)
        return "waits for a refund under way"
    if found.payment_status in NEVER_CHARGED_STATUSES:
        return _stop_verification_refund(order, "never taken")
    if found.payment_status not in CHARGED_STATUSES:
        postpone_verification_refund(order, RETRY_UNTIL_CAPTURED)
        return "not taken yet"
    if charge is None and order.is_test:
        Order.objects.filter(pk=order.pk).update(verification_refunded_at=timezone.now())
        return _stop_verification_refund(order, "a test order: nothing was charged")
    if charge is None:
        return _flag_for_review(order, "The store names no charge.")
    return RefundRequest.objects.create(
        order=order,
        amount=order.verification_amount - order.refunded_amount,
        refunded_before=order.refunded_amount,
        actor="the shop",
        note=VERIFICATION_REFUND_NOTE,
        is_verification=True,
    )


@transaction.atomic
def _finish_verification_refund(*, order: Order, found: NextOrder) -> str:
    """The amount is back: nothing more is to be done."""
    order = _mirror_locked_order(order, found)
    for request in order.refund_requests.filter(is_verification=True, state=RefundRequest.State.PENDING):
        close_refund_request(request, RefundRequest.State.DONE)
    return _stop_verification_refund(order, "given back")


def _mirror_locked_order(order: Order, found: NextOrder) -> Order:
    order = Order.objects.select_for_update(of=("self",)).select_related("store").get(pk=order.pk)
    mirror_order(order=order, next_order=found, source=SOURCE)
    return order


def _stop_verification_refund(order: Order, outcome: str) -> str:
    Order.objects.filter(pk=order.pk).update(verification_refund_due_at=None)
    return outcome


def _handle_refund_error(*, order: Order, request: RefundRequest, error: NextApiError) -> str:
    """What an error means: done perhaps, not done and to be tried again, or refused."""
    if error.is_ambiguous:
        postpone_verification_refund(order, ANSWER_LOST_AFTER)
        return "unclear"
    if not error.is_refused or error.status != 400:
        request.delete()
        postpone_verification_refund(order, RETRY_SOON)
        raise error
    # A no that came although it was done, or because it was: the store's own sum decides.
    found = open_next_client(order.store, background=True).retrieve_order(order.next_order_number or "")
    with transaction.atomic():
        order = _mirror_locked_order(order, found)
        if order.verification_refunded_at is not None:
            return _finish_verification_refund(order=order, found=found)
        close_refund_request(request, RefundRequest.State.REFUSED, error.message)
        return _flag_for_review(order, error.message)


def _flag_for_review(order: Order, why: str) -> str:
    """Only a person can see to it now. The caller holds the row."""
    amount = f"{order.verification_amount} {order.currency}"
    reason = f"The verification amount of {amount} was not given back: {why}"
    order.review_reason = f"{order.review_reason} {reason}".strip()[:300]
    order.save(update_fields=["review_reason", "updated_at"])
    log_order_event(order=order, kind="review", text=reason, source=SOURCE)
    logger.error("order %s: %s", order.number, reason)
    return _stop_verification_refund(order, "refused")


def retry_verification_refund(*, order: Order, actor: str) -> None:
    """Have an amount given back that the store refused to. Errors: Conflict where nothing is to be done."""
    waiting = Order.objects.filter(
        pk=order.pk, verification_amount__gt=0, verification_refunded_at=None, verification_refund_due_at=None
    ).exclude(paid_at=None)
    if not waiting.update(verification_refund_due_at=timezone.now()):
        raise Conflict(_("There is no verification amount to give back."))
    log_order_event(
        order=order,
        kind="verification_refund_requested",
        text=f"{actor} had the verification amount given back again.",
        source=OrderEvent.Source.STAFF,
        actor=actor,
    )
