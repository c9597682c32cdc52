"""Unpaid payment intents: when to check them with NEXT again, when they end, and the stock they release."""

import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog import stock
from checkout.models import PaymentIntent
from nextcommerce.order_schemas import NextOrder
from nextcommerce.rate_limiter import longest_call_seconds

Status = PaymentIntent.Status

DAY_SECONDS = 86_400
# When to check again an intent that NEXT has no order for, in seconds after it was created. An attempt ends
# after a day; the later checks find money that came late and whose webhook was lost. After the last check
# only a webhook can still settle it.
CHECK_SCHEDULE_SECONDS = (3, 8, 15, 30, 120, 900, 3600, DAY_SECONDS, 3 * DAY_SECONDS, 7 * DAY_SECONDS)
LAST_CHECKS_INTERVAL = datetime.timedelta(minutes=2)
# A response that can no longer arrive is written off after this many checks without a result. Without a
# response nobody was sent to the payment page, so nobody can have paid on it.
MIN_CHECKS_FOR_LOST_RESPONSE = 4


def lock_intent(intent: PaymentIntent) -> PaymentIntent:
    """Reload the intent and lock its row and its order's row until the transaction ends.

    The order is always locked first: taking the same rows in different orders would deadlock.
    """
    fresh = lock_intents(PaymentIntent.objects.all()).get(pk=intent.pk)
    fresh.store = fresh.order.store = intent.store
    return fresh


def lock_intents(intents: QuerySet[PaymentIntent]) -> QuerySet[PaymentIntent]:
    """Return the intents with their orders, locked (orders first) until the reading transaction ends."""
    return intents.select_related("order").select_for_update(of=("order", "self"))


@transaction.atomic
def record_order_not_found(*, intent: PaymentIntent, returned_unpaid: bool) -> PaymentIntent:
    """Record that NEXT has no order for the intent, and schedule the next check."""
    intent = lock_intent(intent)
    if not intent.can_be_paid:
        return intent
    _schedule_next_check(intent)
    response_lost = (
        intent.is_unclear
        and intent.check_count >= MIN_CHECKS_FOR_LOST_RESPONSE
        and intent.age >= longest_call_seconds()
    )
    if returned_unpaid or response_lost:
        if response_lost and not returned_unpaid:
            intent.message = _("We couldn't start the payment. Nothing was charged. Please try again.")
        _end_unpaid_intent(intent, Status.DECLINED if returned_unpaid else Status.EXPIRED)
    intent.save()
    return intent


@transaction.atomic
def expire_old_intent(intent: PaymentIntent) -> PaymentIntent:
    """Expire an attempt that NEXT had no order for after a day; after the last check, stop checking it.

    It may still be open if another attempt paid for the order, so that no hold was left to expire.
    """
    intent = lock_intent(intent)
    if intent.age >= CHECK_SCHEDULE_SECONDS[-1]:
        intent.next_check_at = None
    _end_unpaid_intent(intent, Status.EXPIRED)
    intent.save()
    return intent


def record_unpaid_order(*, intent: PaymentIntent, next_order: NextOrder) -> None:
    """Record that NEXT has the order but not the money, and schedule the next check."""
    _schedule_next_check(intent)
    intent.answered_at = intent.answered_at or timezone.now()
    if next_order.is_void:
        _end_unpaid_intent(intent, Status.DECLINED)
    intent.save()


def postpone_intent_check(intent: PaymentIntent) -> None:
    """Put off the check of an intent after NEXT didn't respond.

    The delay grows with the intent's age, so that not all are retried at the same time.
    """
    wait = datetime.timedelta(seconds=max(20, intent.age / 100))
    PaymentIntent.objects.filter(pk=intent.pk, status__in=PaymentIntent.UNPAID).update(
        next_check_at=timezone.now() + wait
    )


def _schedule_next_check(intent: PaymentIntent) -> None:
    intent.check_count += 1
    age = intent.age
    intent.next_check_at = next(
        (
            intent.created_at + datetime.timedelta(seconds=after)
            for after in CHECK_SCHEDULE_SECONDS
            if after > age
        ),
        timezone.now() + LAST_CHECKS_INTERVAL,
    )


def _end_unpaid_intent(intent: PaymentIntent, status: PaymentIntent.Status) -> None:
    if not intent.is_open:
        return
    intent.status = status
    intent.settled_at = timezone.now()
    release_unclaimed_order_stock(intent)


def release_unclaimed_order_stock(intent: PaymentIntent) -> None:
    """Release the order's stock unless another attempt to pay for it is open or in review."""
    holding = (*PaymentIntent.OPEN, Status.REVIEW)
    others = PaymentIntent.objects.filter(order=intent.order_id, status__in=holding)
    if not others.exclude(pk=intent.pk).exists():
        stock.release_hold(reference=intent.order_id)
