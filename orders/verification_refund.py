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

from nextcommerce.client import AdminApi
from nextcommerce.errors import AdminApiError
from nextcommerce.order_schemas import StoreOrder, StoreTransaction
from orders.mirror import mirror
from orders.models import Order, OrderEvent, RefundRequest
from orders.models.refund import VERIFICATION_NOTE
from orders.order_log import log
from orders.refunds import SETTLED_AFTER, close, close_unclear
from stores.errors import Conflict

logger = logging.getLogger(__name__)

SOURCE = OrderEvent.Source.RECONCILER
LEASE = datetime.timedelta(minutes=2)
SOON = datetime.timedelta(minutes=1)
# An authorised payment is captured within days, and cannot be given back before (3.5).
UNTIL_CAPTURED = datetime.timedelta(hours=6)
TAKEN = {"paid", "partially_refunded"}
NEVER_TAKEN = {"voided", "expired"}


def claim(order: Order) -> bool:
    """Take an order whose amount is due, for the length of a lease; False where somebody else has."""
    now = timezone.now()
    due = Order.objects.filter(
        pk=order.pk, verification_due_at=order.verification_due_at, verification_due_at__lte=now
    )
    return bool(due.update(verification_due_at=now + LEASE))


def put_off(order: Order, by: datetime.timedelta) -> None:
    """Have the order looked at again later."""
    Order.objects.filter(pk=order.pk).update(verification_due_at=timezone.now() + by)


def give_back(*, order: Order) -> str:
    """Give back the amount of an order that the caller has claimed; return how that went.

    Errors: AdminApiError where nothing was done, to be tried again.
    """
    number = order.store_order_number or ""
    found = AdminApi(order.store, background=True).retrieve_order(number)
    charge = first_charge(found)
    request = _write_down(order=order, found=found, charge=charge)
    if isinstance(request, str):
        return request
    assert charge is not None
    body = {
        "transactions": [{"id": charge.id, "amount": str(request.amount)}],
        "refund_lines": [],
        "note": VERIFICATION_NOTE,
        "send_refund_notification": order.store.send_receipt,
    }
    try:
        # Not in the background, where the turn may come so late that the request is taken for lost.
        AdminApi(order.store).refund_order(number, body)
    except AdminApiError as error:
        return _failed(order=order, request=request, error=error)
    Order.objects.filter(pk=order.pk).update(verification_returned_at=timezone.now())
    return _end(order=order, found=AdminApi(order.store, background=True).retrieve_order(number))


def first_charge(found: StoreOrder) -> StoreTransaction | None:
    """Return the charge that the order began with; test orders may have none."""
    charges = [move for move in found.transactions if move.type == "debit" and move.status == "succeeded"]
    return min((charge for charge in charges if charge.id), key=lambda charge: charge.id or 0, default=None)


@transaction.atomic
def _write_down(*, order: Order, found: StoreOrder, charge: StoreTransaction | None) -> RefundRequest | str:
    """Mirror the order, then write down the refund that is to be asked for, or say why there is none."""
    order = _mirrored(order, found)
    if order.verification_returned_at is not None:
        return _end(order=order, found=found)
    open_request = order.refund_requests.filter(state=RefundRequest.State.ASKED).first()
    if open_request is not None and not close_unclear(request=open_request, order=order):
        put_off(order, SOON)
        return "waits for a refund under way"
    if found.payment_status in NEVER_TAKEN:
        return _leave(order, "never taken")
    if found.payment_status not in TAKEN:
        put_off(order, UNTIL_CAPTURED)
        return "not taken yet"
    if charge is None and order.is_test:
        Order.objects.filter(pk=order.pk).update(verification_returned_at=timezone.now())
        return _leave(order, "a test order: nothing was charged")
    if charge is None:
        return _to_staff(order, "The store names no charge.")
    return RefundRequest.objects.create(
        order=order,
        amount=order.verification_amount - order.refunded_amount,
        refunded_before=order.refunded_amount,
        actor="the shop",
        note=VERIFICATION_NOTE,
        is_verification=True,
    )


@transaction.atomic
def _end(*, order: Order, found: StoreOrder) -> str:
    """The amount is back: nothing more is to be done."""
    order = _mirrored(order, found)
    for request in order.refund_requests.filter(is_verification=True, state=RefundRequest.State.ASKED):
        close(request, RefundRequest.State.DONE)
    return _leave(order, "given back")


def _mirrored(order: Order, found: StoreOrder) -> Order:
    order = Order.objects.select_for_update(of=("self",)).select_related("store").get(pk=order.pk)
    mirror(order=order, store_order=found, source=SOURCE)
    return order


def _leave(order: Order, outcome: str) -> str:
    Order.objects.filter(pk=order.pk).update(verification_due_at=None)
    return outcome


def _failed(*, order: Order, request: RefundRequest, error: AdminApiError) -> str:
    """What an error means: done perhaps, not done and to be tried again, or refused."""
    if error.ambiguous:
        put_off(order, SETTLED_AFTER)
        return "unclear"
    if not error.refused or error.status != 400:
        request.delete()
        put_off(order, SOON)
        raise error
    # A no that came although it was done, or because it was: the store's own sum decides.
    found = AdminApi(order.store, background=True).retrieve_order(order.store_order_number or "")
    with transaction.atomic():
        order = _mirrored(order, found)
        if order.verification_returned_at is not None:
            return _end(order=order, found=found)
        close(request, RefundRequest.State.REFUSED, error.message)
        return _to_staff(order, error.message)


def _to_staff(order: Order, why: str) -> str:
    """Only a person can see to it now. The caller holds the row."""
    amount = f"{order.verification_amount} {order.currency}"
    reason = f"The verification amount of {amount} was not given back: {why}"
    order.review_reason = f"{order.review_reason} {reason}".strip()[:300]
    order.save(update_fields=["review_reason", "updated_at"])
    log(order=order, kind="review", text=reason, source=SOURCE)
    logger.error("order %s: %s", order.number, reason)
    return _leave(order, "refused")


def try_again(*, order: Order, actor: str) -> None:
    """Have an amount given back that the store refused to. Errors: Conflict where nothing is to be done."""
    waiting = Order.objects.filter(
        pk=order.pk, verification_amount__gt=0, verification_returned_at=None, verification_due_at=None
    ).exclude(paid_at=None)
    if not waiting.update(verification_due_at=timezone.now()):
        raise Conflict(_("There is no verification amount to give back."))
    log(
        order=order,
        kind="verification asked",
        text=f"{actor} had the verification amount given back again.",
        source=OrderEvent.Source.STAFF,
        actor=actor,
    )
