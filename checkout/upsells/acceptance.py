"""Accept or decline one-click upsells. Accepting charges the order's payment method exactly once.

The attempt is committed before the call to NEXT Commerce. After an ambiguous response it stays unclear
until the NEXT order's lines show whether it was charged. A charge is never sent twice.
"""

import datetime
import logging

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from catalog import stock
from checkout import sentences
from checkout.models import Upsell, UpsellAttempt
from checkout.upsells.order_lines import build_add_line_items_body
from checkout.upsells.outcome import (
    end_attempt,
    refuse_attempt,
    reload_attempt,
    restore_attempt,
    settle_upsell_attempt,
)
from checkout.upsells.selection import (
    TIME_TO_ANSWER,
    accepts_upsells,
    increment_usage,
    is_giving_back,
    is_upsell_running,
    list_wanted_stock,
)
from nextcommerce.errors import NextApiError
from nextcommerce.money_calls import SILENCE_AFTER_LOSS, delay_before_check, send_once, silence_after
from nextcommerce.schemas import NextOrder
from nextcommerce.waiting import try_to_wait
from orders.models import Order, OrderEvent
from orders.next_order_identity import NextOrderMismatch
from orders.sync import sync_order
from stores.errors import Conflict
from stores.leases import claim_due_rows, claim_turn
from stores.next_client import open_next_client
from stores.polling import wait_while
from wording.sentence import Sentence

logger = logging.getLogger(__name__)
Status = UpsellAttempt.Status

CHECK_INTERVAL = datetime.timedelta(seconds=2)
# Keep the stock of an attempt in doubt from other shoppers for this long.
HOLD_IN_DOUBT = datetime.timedelta(days=7)


class OfferClosed(Exception):
    """An upsell that can't be accepted anymore, with nothing charged. `reason` tells the shopper why."""

    def __init__(self, reason: Sentence) -> None:
        super().__init__(reason.in_english())
        self.reason = reason


def accept_upsell(*, attempt: UpsellAttempt) -> UpsellAttempt:
    """Charge an upsell that was shown. Return the refreshed attempt, whose status tells the outcome.

    - `charged`: the item is in the order.
    - `refused`: not charged, order unchanged. `message` says why.
    - `shown`: the call never reached NEXT Commerce. The shopper may accept again.
    - `started` or `unclear`: not known yet. `resolve_upsell_attempt` finds out.

    Repeated and concurrent calls charge once.
    """
    try:
        is_first = _begin_upsell_attempt(attempt)
    except OfferClosed as closed:
        end_attempt(attempt=attempt, from_statuses=(Status.SHOWN,), message=closed.reason)
        return reload_attempt(attempt)
    attempt = reload_attempt(attempt)
    return _send_upsell_attempt(attempt) if is_first else _wait_for_upsell_result(attempt)


def decline_upsell(*, attempt: UpsellAttempt) -> UpsellAttempt:
    """Record that the shopper declined. Return the refreshed attempt, unchanged if already answered."""
    UpsellAttempt.objects.filter(pk=attempt.pk, status=Status.SHOWN).update(
        status=Status.DECLINED, settled_at=timezone.now()
    )
    return reload_attempt(attempt)


def resolve_upsell_attempt(
    *, attempt: UpsellAttempt, source: str = OrderEvent.Source.SHOPPER, background: bool = False
) -> UpsellAttempt:
    """Read the NEXT order's lines to settle an attempt in doubt. Return the refreshed attempt.

    Checks at most every two seconds. Changes nothing if NEXT Commerce is unavailable.
    """
    if not _claim_attempt_check(attempt):
        return reload_attempt(attempt)
    return _resolve_from_next_order(attempt=attempt, source=source, background=background)


def _resolve_from_next_order(
    *, attempt: UpsellAttempt, source: str, background: bool = False
) -> UpsellAttempt:
    api = open_next_client(attempt.order.store, background=background)
    try:
        next_order = api.retrieve_order(attempt.order.next_order_number or "")
    except NextApiError as error:
        logger.warning("upsell %s: could not read the NEXT order: %s", attempt.pk, error)
        return reload_attempt(attempt)
    return settle_upsell_attempt(attempt=attempt, next_order=next_order, source=source)


def resolve_due_upsell_attempts(*, limit: int = 100) -> int:
    """Resolve attempts that are due for a check, oldest first. Return how many were checked.

    Safe to run in several reconcilers at the same time: each attempt is claimed by one of them.
    """
    attempts = UpsellAttempt.objects.select_related("order__store", "upsell")
    checked_count = 0
    for attempt in claim_due_rows(attempts, "next_check_at", limit=limit):
        checked_count += 1
        try:
            resolve_upsell_attempt(attempt=attempt, source=OrderEvent.Source.RECONCILER, background=True)
        except Exception:
            # One failing attempt must not block the others. It is due again when its lease ends.
            logger.exception("upsell %s: could not resolve the attempt", attempt.pk)
    return checked_count


@transaction.atomic
def _begin_upsell_attempt(attempt: UpsellAttempt) -> bool:
    """Mark the attempt as started and hold its stock. Return False if it was started before.

    Raises OfferClosed, and changes nothing, if the offer has ended, is used up, or is sold out.
    """
    now = timezone.now()
    order = Order.objects.select_for_update(no_key=True).get(pk=attempt.order_id)
    moved = UpsellAttempt.objects.filter(pk=attempt.pk, status=Status.SHOWN).update(
        status=Status.STARTED,
        last_item_before=_find_last_item(order),
        sent_at=now,
        answer_status=None,
        doubt_ends_at=now + SILENCE_AFTER_LOSS,
        next_check_at=now + datetime.timedelta(minutes=1),
        message=Sentence(),
    )
    if not moved:
        return False
    upsell = Upsell.objects.select_related("variant__product").get(pk=attempt.upsell_id)
    if not is_upsell_running(upsell) or not accepts_upsells(order, grace=TIME_TO_ANSWER):
        raise OfferClosed(sentences.OFFER_ENDED.fill())
    if not increment_usage(upsell):
        raise OfferClosed(sentences.OFFER_USED_UP.fill())
    try:
        stock.place_hold(
            reference=attempt.pk, wanted=list_wanted_stock(upsell), link=None, until=now + HOLD_IN_DOUBT
        )
    except Conflict:
        raise OfferClosed(sentences.OFFER_SOLD_OUT.fill()) from None
    return True


def _send_upsell_attempt(attempt: UpsellAttempt) -> UpsellAttempt:
    """Send ordersAddLineItemsCreate for an attempt that was just started. Call once per attempt."""
    try:
        _check_order_before_charging(attempt)
    except NextApiError as error:
        logger.warning("upsell %s: not sent, the order can't be read: %s", attempt.pk, error)
        if not error.is_refused:
            return restore_attempt(attempt)
        return refuse_attempt(attempt, sentences.OFFER_NOT_ADDED.fill())
    except (NextOrderMismatch, Conflict):
        return refuse_attempt(attempt, sentences.OFFER_NOT_ADDED.fill())
    except OfferClosed as closed:
        return refuse_attempt(attempt, closed.reason)
    try:
        next_order = _add_line_items(attempt)
    except NextApiError as error:
        return _handle_upsell_error(attempt=attempt, error=error)
    return settle_upsell_attempt(attempt=attempt, next_order=next_order, source=OrderEvent.Source.SHOPPER)


def _check_order_before_charging(attempt: UpsellAttempt) -> None:
    """Bring the order in line with NEXT, so that only the order that was paid here is charged.

    Nothing has been sent if it raises: NextApiError if NEXT can't be reached, NextOrderMismatch if it answers
    about another order, and OfferClosed if the order accepts no more upsells or the attempt has ended.
    """
    sync_order(order=attempt.order, source=OrderEvent.Source.SHOPPER)
    with transaction.atomic():
        order = Order.objects.select_for_update(no_key=True).get(pk=attempt.order_id)
        is_current = UpsellAttempt.objects.filter(pk=attempt.pk, status=Status.STARTED).update(
            # The sync may have added items, which are older than the call.
            last_item_before=_find_last_item(order),
            next_updated_before=order.next_updated_at,
            sent_at=timezone.now(),
            doubt_ends_at=timezone.now() + SILENCE_AFTER_LOSS,
        )
        is_open = accepts_upsells(order, grace=TIME_TO_ANSWER) and not is_giving_back(order)
        if not is_current or not is_open:
            raise OfferClosed(sentences.OFFER_ENDED.fill())


def _find_last_item(order: Order) -> int:
    """Return the id of the order's newest item. The caller holds the order's row lock."""
    return order.items.aggregate(last=Max("pk"))["last"] or 0


def _add_line_items(attempt: UpsellAttempt) -> NextOrder:
    api = open_next_client(attempt.order.store)
    number, body = attempt.order.next_order_number or "", build_add_line_items_body(attempt)
    return send_once(lambda: api.add_line_items(number, body))


def _handle_upsell_error(*, attempt: UpsellAttempt, error: NextApiError) -> UpsellAttempt:
    logger.warning("upsell %s: %s %s", attempt.pk, error, error.fields)
    if error.was_never_sent:
        return restore_attempt(attempt)
    # Whatever the status, NEXT may have added the line and charged it: its order decides.
    now = timezone.now()
    UpsellAttempt.objects.filter(pk=attempt.pk, status=Status.STARTED).update(
        status=Status.UNCLEAR,
        answer_status=error.status,
        doubt_ends_at=now + silence_after(error),
        next_check_at=now + delay_before_check(2),
    )
    return _resolve_from_next_order(attempt=reload_attempt(attempt), source=OrderEvent.Source.SHOPPER)


def _claim_attempt_check(attempt: UpsellAttempt) -> bool:
    """Claim the next check. Return False if another request just checked or nothing is in doubt."""
    can_change = UpsellAttempt.objects.filter(
        pk=attempt.pk, status__in=(*UpsellAttempt.IN_DOUBT, Status.REFUSED, Status.CHARGED)
    )
    return claim_turn(can_change, "checked_at", interval=CHECK_INTERVAL)


def _wait_for_upsell_result(attempt: UpsellAttempt) -> UpsellAttempt:
    """Wait until the request that started the attempt has its result, or time runs out."""
    with try_to_wait(attempt.order.store.next_api_url) as may_wait:
        if may_wait:
            wait_while(lambda: attempt.status == Status.STARTED, attempt, fields=["status", "message"])
    return attempt
