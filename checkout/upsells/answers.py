"""One-click offers answered: yes charges the order's payment once more, once (3.4, facts 7.6).

The attempt is committed before the call. An answer that makes no sense leaves it unclear, and the order's
lines at the store are read before anything is said or sent again; nothing is ever sent twice.
"""

import datetime
import logging
import time

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog import stock
from checkout.models import Offer, OfferAttempt
from checkout.upsells.order_lines import add_line_items_body
from checkout.upsells.outcome import conclude, end, fresh, not_added, put_back, refuse
from checkout.upsells.selection import TIME_TO_ANSWER, is_open_to_offers, is_running, take_once, wanted
from nextcommerce.client import AdminApi
from nextcommerce.errors import AdminApiError, Outcome
from nextcommerce.order_schemas import StoreOrder
from orders.models import Order, OrderEvent
from stores.errors import Conflict

logger = logging.getLogger(__name__)
Status = OfferAttempt.Status

# A second press of the button waits this long for the first one's answer.
WAIT_SECONDS = 12.0
# In doubt, stock is sold to nobody else for so long.
HOLD_IN_DOUBT = datetime.timedelta(days=7)


def accept(*, attempt: OfferAttempt) -> OfferAttempt:
    """Charge for an offer that was shown; return the attempt as it then is.

    `charged`: it is in the order. `refused`: `message` says why; the order is as it was. `shown`: the store
    is busy, nothing happened, yes may be said again. `started` or `unclear`: the outcome will be found out.
    Said twice, or at once, it charges once.
    """
    try:
        began = _begin(attempt)
    except Conflict as conflict:
        end(attempt=attempt, moved_from=(Status.SHOWN,), message=conflict.message)
        return fresh(attempt)
    attempt = fresh(attempt)
    return _send(attempt) if began else _wait_for_answer(attempt)


def decline(*, attempt: OfferAttempt) -> OfferAttempt:
    """Note a no; an attempt that was answered before stays what it is."""
    OfferAttempt.objects.filter(pk=attempt.pk, status=Status.SHOWN).update(
        status=Status.DECLINED, settled_at=timezone.now()
    )
    return fresh(attempt)


def clear_up(
    *, attempt: OfferAttempt, source: str = OrderEvent.Source.SHOPPER, background: bool = False
) -> OfferAttempt:
    """Find out by the order's lines whether an attempt in doubt was charged; return it as it then is.

    At most one look every two seconds; a store that does not answer leaves everything as it is.
    """
    if not _claim(attempt):
        return fresh(attempt)
    return _read_lines(attempt=attempt, source=source, background=background)


def _read_lines(
    *, attempt: OfferAttempt, source: str, background: bool = False, said_no: bool = False
) -> OfferAttempt:
    api = AdminApi(attempt.order.store, background=background)
    try:
        store_order = api.retrieve_order(attempt.order.store_order_number or "")
    except AdminApiError as error:
        logger.warning("offer %s: the store could not be asked: %s", attempt.pk, error.message)
        return fresh(attempt)
    return conclude(attempt=attempt, store_order=store_order, source=source, said_no=said_no)


def clear_up_due(*, limit: int = 100) -> int:
    """Clear up attempts whose time has come, oldest first; return how many were looked at.

    For the reconciler: any number may run at once, each attempt is looked at by one.
    """
    due = OfferAttempt.objects.filter(next_check_at__lte=timezone.now()).order_by("next_check_at")
    looked = 0
    for attempt in due.select_related("order__store", "offer")[:limit]:
        taken = OfferAttempt.objects.filter(pk=attempt.pk, next_check_at=attempt.next_check_at).update(
            next_check_at=timezone.now() + datetime.timedelta(minutes=2)
        )
        if not taken:
            continue
        looked += 1
        try:
            clear_up(attempt=attempt, source=OrderEvent.Source.RECONCILER, background=True)
        except Exception:
            # One that cannot be handled must not keep the others waiting; its time comes again.
            logger.exception("offer %s could not be cleared up", attempt.pk)
    return looked


@transaction.atomic
def _begin(attempt: OfferAttempt) -> bool:
    """Commit that it is about to be sent, with its stock set aside; False where somebody did so before.

    Errors: Conflict where it cannot be had any more; then nothing has changed.
    """
    now = timezone.now()
    order = Order.objects.select_for_update().get(pk=attempt.order_id)
    lines = order.items.exclude(store_line_id=None).values_list("store_line_id", flat=True)
    moved = OfferAttempt.objects.filter(pk=attempt.pk, status=Status.SHOWN).update(
        status=Status.STARTED,
        lines_before=sorted(line for line in lines if line),
        sent_at=now,
        next_check_at=now + datetime.timedelta(minutes=1),
        message="",
    )
    if not moved:
        return False
    offer = Offer.objects.select_related("variant__product").get(pk=attempt.offer_id)
    if not is_running(offer) or not is_open_to_offers(order, grace=TIME_TO_ANSWER):
        raise Conflict(_("This offer has ended. Nothing was charged."))
    if not take_once(offer):
        raise Conflict(_("This offer has been used up. Nothing was charged."))
    try:
        stock.hold(reference=attempt.pk, wanted=wanted(offer), link=None, until=now + HOLD_IN_DOUBT)
    except Conflict:
        raise Conflict(_("This was sold out a moment ago. Nothing was charged.")) from None
    return True


def _send(attempt: OfferAttempt) -> OfferAttempt:
    """Send ordersAddLineItemsCreate for an attempt that was just begun. Never called twice for one."""
    try:
        store_order = _add_line_items(attempt)
    except AdminApiError as error:
        return _failed(attempt=attempt, error=error)
    return conclude(attempt=attempt, store_order=store_order, source=OrderEvent.Source.SHOPPER)


def _add_line_items(attempt: OfferAttempt) -> StoreOrder:
    """Make the call; once more only where the first is known not to have happened."""
    api = AdminApi(attempt.order.store)
    number, body = attempt.order.store_order_number or "", add_line_items_body(attempt)
    try:
        return api.add_line_items(number, body)
    except AdminApiError as error:
        if error.outcome is not Outcome.RETRY:
            raise
    return api.add_line_items(number, body)


def _failed(*, attempt: OfferAttempt, error: AdminApiError) -> OfferAttempt:
    logger.warning("offer %s: %s %s", attempt.pk, error.message, error.fields)
    if error.outcome is Outcome.RETRY:
        return put_back(attempt)
    if error.code:
        return refuse(attempt, _("Your payment was declined for this offer. Your order is as it was."))
    if error.refused and error.status != 400:
        return refuse(attempt, not_added())
    # A bare 400 has come although the line was added (facts 6): the lines decide.
    OfferAttempt.objects.filter(pk=attempt.pk, status=Status.STARTED).update(status=Status.UNCLEAR)
    source = OrderEvent.Source.SHOPPER
    return _read_lines(attempt=fresh(attempt), source=source, said_no=error.refused)


def _claim(attempt: OfferAttempt) -> bool:
    """Take the right to look now; False where somebody did a moment ago, or nothing is in doubt."""
    now = timezone.now()
    return bool(
        OfferAttempt.objects.filter(pk=attempt.pk, status__in=(*OfferAttempt.IN_DOUBT, Status.REFUSED))
        .exclude(checked_at__gt=now - datetime.timedelta(seconds=2))
        .update(checked_at=now)
    )


def _wait_for_answer(attempt: OfferAttempt) -> OfferAttempt:
    """Wait for the answer that another request is asking for."""
    until = time.monotonic() + WAIT_SECONDS
    while attempt.status == Status.STARTED and time.monotonic() < until:
        time.sleep(0.2)
        attempt.refresh_from_db(fields=["status", "message"])
    return attempt
