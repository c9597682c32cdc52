"""Unpaid payment intents: when to check them with NEXT again, when they end, and the stock they release."""

import datetime
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog import stock
from checkout import sentences
from checkout.models import PaymentIntent
from checkout.payments import transitions
from checkout.payments.pending_payments import forget_pending_payment, postpone_pending_check
from nextcommerce.rate_limiter import longest_call_seconds
from nextcommerce.schemas import NextOrder
from wording.sentence import Sentence

Status = PaymentIntent.Status

# When to check an attempt that was sent and whose response never came.
FIRST_CHECK_DELAY = datetime.timedelta(seconds=60)
# How long an attempt may wait for its turn to be sent: not as long as its stock is held.
QUEUE_TIME = datetime.timedelta(minutes=4)
DAY_SECONDS = 86_400
# When to check again an intent that NEXT has no order for, in seconds after it was created. An attempt ends
# after a day; the later checks find money that came late and whose webhook was lost. After the last check
# only a webhook can still settle it.
CHECK_SCHEDULE_SECONDS = (3, 8, 15, 30, 120, 900, 3600, DAY_SECONDS, 3 * DAY_SECONDS, 7 * DAY_SECONDS)
LAST_CHECKS_INTERVAL = datetime.timedelta(minutes=2)
# A response that can no longer arrive is written off after this many checks without a result. Without a
# response nobody was sent to the payment page, so nobody can have paid on it.
MIN_CHECKS_FOR_LOST_RESPONSE = 4


def schedule_sending(now: datetime.datetime, *, is_queued: bool) -> dict[str, Any]:
    """Return the fields that say whether the intent counts as sent, and when it is checked."""
    if is_queued:
        return {"sent_at": None, "next_check_at": now + QUEUE_TIME}
    # Without a response, NEXT must be checked before anything is sent again.
    return {"sent_at": now, "next_check_at": now + FIRST_CHECK_DELAY}


def lock_intent(intent: PaymentIntent) -> PaymentIntent:
    """Reload the intent and lock its row and its order's row until the transaction ends.

    The order is always locked first: taking the same rows in different orders would deadlock.
    """
    locked = PaymentIntent.objects.select_related("order").select_for_update(
        of=("order", "self"), no_key=True
    )
    fresh = locked.get(pk=intent.pk)
    fresh.store = fresh.order.store = intent.store
    return fresh


@transaction.atomic
def record_order_not_found(*, intent: PaymentIntent, returned_unpaid: bool) -> PaymentIntent:
    """Record that NEXT has no order for the intent, and schedule the next check."""
    intent = lock_intent(intent)
    if not intent.can_be_paid:
        return intent
    if intent.is_processing:  # NEXT had its order: one answer doesn't undo that
        postpone_pending_check(intent)
        return intent
    schedule = _schedule_next_check(intent)
    response_lost = (
        intent.is_unclear
        and intent.check_count + 1 >= MIN_CHECKS_FOR_LOST_RESPONSE
        and intent.age >= longest_call_seconds()
    )
    if returned_unpaid:
        _end_unpaid_intent(intent, transitions.decline_intent, **schedule)
    elif response_lost:
        message = sentences.START_FAILED.fill()
        _end_unpaid_intent(intent, transitions.expire_intent, message=message, **schedule)
    else:
        _save_fields(intent, **schedule)
    return intent


@transaction.atomic
def expire_old_intent(intent: PaymentIntent) -> PaymentIntent:
    """Expire an attempt that NEXT had no order for after a day; after the last check, stop checking it.

    It may still be open if another attempt paid for the order, so that no hold was left to expire.
    """
    intent = lock_intent(intent)
    if intent.is_processing:  # NEXT told of its order since the check
        return intent
    is_last = intent.age >= CHECK_SCHEDULE_SECONDS[-1]
    next_check_at = None if is_last else intent.next_check_at
    _end_unpaid_intent(intent, transitions.expire_intent, next_check_at=next_check_at)
    return intent


def end_unsent_intent(intent: PaymentIntent, *, message: Sentence) -> None:
    """End an attempt that was never sent. The caller holds its lock."""
    _end_unpaid_intent(intent, transitions.expire_intent, message=message, next_check_at=None)


def record_unpaid_order(*, intent: PaymentIntent, next_order: NextOrder) -> None:
    """Record that NEXT has the order but not the money, and schedule the next check."""
    changes = _schedule_next_check(intent) | {"answered_at": intent.answered_at or timezone.now()}
    if next_order.is_void:
        _end_unpaid_intent(intent, transitions.decline_intent, **changes)
        forget_pending_payment(intent)
    else:
        _save_fields(intent, **changes)


def postpone_intent_check(intent: PaymentIntent) -> None:
    """Put off the check of an intent after NEXT didn't respond.

    The delay grows with the intent's age, so that not all are retried at the same time.
    """
    wait = datetime.timedelta(seconds=max(20, intent.age / 100))
    PaymentIntent.objects.filter(pk=intent.pk, status__in=PaymentIntent.UNPAID).update(
        next_check_at=timezone.now() + wait
    )


def _schedule_next_check(intent: PaymentIntent) -> dict[str, Any]:
    """Return the fields to write after a check without a result."""
    age = intent.age
    next_check_at = next(
        (
            intent.created_at + datetime.timedelta(seconds=after)
            for after in CHECK_SCHEDULE_SECONDS
            if after > age
        ),
        timezone.now() + LAST_CHECKS_INTERVAL,
    )
    return {"check_count": intent.check_count + 1, "next_check_at": next_check_at}


def _end_unpaid_intent(intent: PaymentIntent, end: Callable[..., bool], **changes: Any) -> None:
    """End an open intent by `end` and release its stock. Of one that has ended, write only `changes`."""
    if end(intent, settled_at=timezone.now(), **changes):
        release_unclaimed_order_stock(intent)
    else:
        _save_fields(intent, **changes)


def _save_fields(intent: PaymentIntent, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(intent, name, value)
    intent.save(update_fields=[*changes, "updated_at"])


def release_unclaimed_order_stock(intent: PaymentIntent) -> None:
    """Release the order's stock unless another attempt to pay for it is open or in review."""
    holding = (*PaymentIntent.OPEN, Status.REVIEW)
    others = PaymentIntent.objects.filter(order=intent.order_id, status__in=holding)
    if not others.exclude(pk=intent.pk).exists():
        stock.release_hold(reference=intent.order_id)
