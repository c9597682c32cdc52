"""One-click upsells answered: yes charges the order's payment once more, once (3.4, facts 7.6).

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
from checkout.models import Upsell, UpsellAttempt
from checkout.upsells.order_lines import build_add_line_items_body
from checkout.upsells.outcome import (
    end_attempt,
    not_added_message,
    refuse_attempt,
    reload_attempt,
    restore_attempt,
    settle_upsell_attempt,
)
from checkout.upsells.selection import (
    TIME_TO_ANSWER,
    accepts_upsells,
    increment_usage,
    is_upsell_running,
    list_wanted_stock,
)
from nextcommerce.errors import CallOutcome, NextApiError
from nextcommerce.order_schemas import NextOrder
from orders.models import Order, OrderEvent
from stores.errors import Conflict
from stores.next_client import open_next_client

logger = logging.getLogger(__name__)
Status = UpsellAttempt.Status

# A second press of the button waits this long for the first one's answer.
WAIT_SECONDS = 12.0
# In doubt, stock is sold to nobody else for so long.
HOLD_IN_DOUBT = datetime.timedelta(days=7)


def accept_upsell(*, attempt: UpsellAttempt) -> UpsellAttempt:
    """Charge for an upsell that was shown; return the attempt as it then is.

    `charged`: it is in the order. `refused`: `message` says why; the order is as it was. `shown`: the store
    is busy, nothing happened, yes may be said again. `started` or `unclear`: the outcome will be found out.
    Said twice, or at once, it charges once.
    """
    try:
        began = _begin_upsell_attempt(attempt)
    except Conflict as conflict:
        end_attempt(attempt=attempt, from_statuses=(Status.SHOWN,), message=conflict.message)
        return reload_attempt(attempt)
    attempt = reload_attempt(attempt)
    return _send_upsell_attempt(attempt) if began else _wait_for_upsell_result(attempt)


def decline_upsell(*, attempt: UpsellAttempt) -> UpsellAttempt:
    """Note a no; an attempt that was answered before stays what it is."""
    UpsellAttempt.objects.filter(pk=attempt.pk, status=Status.SHOWN).update(
        status=Status.DECLINED, settled_at=timezone.now()
    )
    return reload_attempt(attempt)


def resolve_upsell_attempt(
    *, attempt: UpsellAttempt, source: str = OrderEvent.Source.SHOPPER, background: bool = False
) -> UpsellAttempt:
    """Find out by the order's lines whether an attempt in doubt was charged; return it as it then is.

    At most one look every two seconds; a store that does not answer leaves everything as it is.
    """
    if not _claim_attempt_check(attempt):
        return reload_attempt(attempt)
    return _resolve_from_next_order(attempt=attempt, source=source, background=background)


def _resolve_from_next_order(
    *, attempt: UpsellAttempt, source: str, background: bool = False, was_refused: bool = False
) -> UpsellAttempt:
    api = open_next_client(attempt.order.store, background=background)
    try:
        next_order = api.retrieve_order(attempt.order.next_order_number or "")
    except NextApiError as error:
        logger.warning("upsell %s: the store could not be asked: %s", attempt.pk, error.message)
        return reload_attempt(attempt)
    return settle_upsell_attempt(
        attempt=attempt, next_order=next_order, source=source, was_refused=was_refused
    )


def resolve_due_upsell_attempts(*, limit: int = 100) -> int:
    """Clear up attempts whose time has come, oldest first; return how many were looked at.

    For the reconciler: any number may run at once, each attempt is looked at by one.
    """
    due = UpsellAttempt.objects.filter(next_check_at__lte=timezone.now()).order_by("next_check_at")
    looked = 0
    for attempt in due.select_related("order__store", "upsell")[:limit]:
        taken = UpsellAttempt.objects.filter(pk=attempt.pk, next_check_at=attempt.next_check_at).update(
            next_check_at=timezone.now() + datetime.timedelta(minutes=2)
        )
        if not taken:
            continue
        looked += 1
        try:
            resolve_upsell_attempt(attempt=attempt, source=OrderEvent.Source.RECONCILER, background=True)
        except Exception:
            # One that cannot be handled must not keep the others waiting; its time comes again.
            logger.exception("upsell %s could not be cleared up", attempt.pk)
    return looked


@transaction.atomic
def _begin_upsell_attempt(attempt: UpsellAttempt) -> bool:
    """Commit that it is about to be sent, with its stock set aside; False where somebody did so before.

    Errors: Conflict where it cannot be had any more; then nothing has changed.
    """
    now = timezone.now()
    order = Order.objects.select_for_update().get(pk=attempt.order_id)
    lines = order.items.exclude(next_line_id=None).values_list("next_line_id", flat=True)
    moved = UpsellAttempt.objects.filter(pk=attempt.pk, status=Status.SHOWN).update(
        status=Status.STARTED,
        line_ids_before=sorted(line for line in lines if line),
        sent_at=now,
        next_check_at=now + datetime.timedelta(minutes=1),
        message="",
    )
    if not moved:
        return False
    upsell = Upsell.objects.select_related("variant__product").get(pk=attempt.upsell_id)
    if not is_upsell_running(upsell) or not accepts_upsells(order, grace=TIME_TO_ANSWER):
        raise Conflict(_("This offer has ended. Nothing was charged."))
    if not increment_usage(upsell):
        raise Conflict(_("This offer has been used up. Nothing was charged."))
    try:
        stock.place_hold(
            reference=attempt.pk, wanted=list_wanted_stock(upsell), link=None, until=now + HOLD_IN_DOUBT
        )
    except Conflict:
        raise Conflict(_("This was sold out a moment ago. Nothing was charged.")) from None
    return True


def _send_upsell_attempt(attempt: UpsellAttempt) -> UpsellAttempt:
    """Send ordersAddLineItemsCreate for an attempt that was just begun. Never called twice for one."""
    try:
        next_order = _add_line_items(attempt)
    except NextApiError as error:
        return _handle_upsell_error(attempt=attempt, error=error)
    return settle_upsell_attempt(attempt=attempt, next_order=next_order, source=OrderEvent.Source.SHOPPER)


def _add_line_items(attempt: UpsellAttempt) -> NextOrder:
    """Make the call; once more only where the first is known not to have happened."""
    api = open_next_client(attempt.order.store)
    number, body = attempt.order.next_order_number or "", build_add_line_items_body(attempt)
    try:
        return api.add_line_items(number, body)
    except NextApiError as error:
        if error.outcome is not CallOutcome.RETRY:
            raise
    return api.add_line_items(number, body)


def _handle_upsell_error(*, attempt: UpsellAttempt, error: NextApiError) -> UpsellAttempt:
    logger.warning("upsell %s: %s %s", attempt.pk, error.message, error.fields)
    if error.outcome is CallOutcome.RETRY:
        return restore_attempt(attempt)
    if error.code:
        return refuse_attempt(
            attempt, _("Your payment was declined for this offer. Your order is as it was.")
        )
    if error.is_refused and error.status != 400:
        return refuse_attempt(attempt, not_added_message())
    # A bare 400 has come although the line was added (facts 6): the lines decide.
    UpsellAttempt.objects.filter(pk=attempt.pk, status=Status.STARTED).update(status=Status.UNCLEAR)
    source = OrderEvent.Source.SHOPPER
    return _resolve_from_next_order(
        attempt=reload_attempt(attempt), source=source, was_refused=error.is_refused
    )


def _claim_attempt_check(attempt: UpsellAttempt) -> bool:
    """Take the right to look now; False where somebody did a moment ago, or nothing is in doubt."""
    now = timezone.now()
    return bool(
        UpsellAttempt.objects.filter(pk=attempt.pk, status__in=(*UpsellAttempt.IN_DOUBT, Status.REFUSED))
        .exclude(checked_at__gt=now - datetime.timedelta(seconds=2))
        .update(checked_at=now)
    )


def _wait_for_upsell_result(attempt: UpsellAttempt) -> UpsellAttempt:
    """Wait for the answer that another request is asking for."""
    until = time.monotonic() + WAIT_SECONDS
    while attempt.status == Status.STARTED and time.monotonic() < until:
        time.sleep(0.2)
        attempt.refresh_from_db(fields=["status", "message"])
    return attempt
