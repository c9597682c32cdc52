"""Attempts that nobody has paid (yet): when to ask the store again, when they end, and what is let go of."""

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
# When to ask again for an intent the store does not know, in seconds since it was made. After a day an
# attempt has ended; the later looks are for money that came late and whose webhook was lost. The last one
# looks in every way there is, then the search stops; a webhook may still bring it.
CHECK_SCHEDULE_SECONDS = (3, 8, 15, 30, 120, 900, 3600, DAY_SECONDS, 3 * DAY_SECONDS, 7 * DAY_SECONDS)
LAST_CHECKS_INTERVAL = datetime.timedelta(minutes=2)
# An answer that can no longer come is given up after so many looks in vain: without an answer nobody was
# sent to the payment page, so nobody can have paid on it.
MIN_CHECKS_FOR_LOST_RESPONSE = 4


def lock_intent(intent: PaymentIntent) -> PaymentIntent:
    """Return the intent afresh, its row and its order's locked until the transaction ends.

    The order's first, as everywhere: two who take the same rows in two orders wait for each other for ever.
    """
    fresh = lock_intents(PaymentIntent.objects.all()).get(pk=intent.pk)
    fresh.store = fresh.order.store = intent.store
    return fresh


def lock_intents(intents: QuerySet[PaymentIntent]) -> QuerySet[PaymentIntent]:
    """Return the intents with their orders, locked (orders first) until the reading transaction ends."""
    return intents.select_related("order").select_for_update(of=("order", "self"))


@transaction.atomic
def record_order_not_found(*, intent: PaymentIntent, returned_unpaid: bool) -> PaymentIntent:
    """Record that the store knows no order for the intent (yet), and when to ask again."""
    intent = lock_intent(intent)
    if not intent.can_be_paid:
        return intent
    _schedule_next_check(intent)
    lost = (
        intent.is_unclear
        and intent.check_count >= MIN_CHECKS_FOR_LOST_RESPONSE
        and intent.age >= longest_call_seconds()
    )
    if returned_unpaid or lost:
        if lost and not returned_unpaid:
            intent.message = _("The payment could not be started. Nothing was charged; please try again.")
        _end_unpaid_intent(intent, Status.DECLINED if returned_unpaid else Status.EXPIRED)
    intent.save()
    return intent


@transaction.atomic
def expire_old_intent(intent: PaymentIntent) -> PaymentIntent:
    """End an attempt of which the store knew nothing after a day; after the last look, the search for it too.

    It may be open where another attempt paid for the order, so that no hold was left to lapse.
    """
    intent = lock_intent(intent)
    if intent.age >= CHECK_SCHEDULE_SECONDS[-1]:
        intent.next_check_at = None
    _end_unpaid_intent(intent, Status.EXPIRED)
    intent.save()
    return intent


def record_unpaid_order(*, intent: PaymentIntent, next_order: NextOrder) -> None:
    """The NEXT order exists, and the money is not there (yet): ask again, ever more seldom."""
    _schedule_next_check(intent)
    intent.answered_at = intent.answered_at or timezone.now()
    if next_order.is_void:
        _end_unpaid_intent(intent, Status.DECLINED)
    intent.save()


def postpone_intent_check(intent: PaymentIntent) -> None:
    """The store could not be asked. The older the attempt, the less it hurries: not all ask at once."""
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


def _end_unpaid_intent(intent: PaymentIntent, status: str) -> None:
    if not intent.is_open:
        return
    intent.status = status
    intent.settled_at = timezone.now()
    release_intent_stock(intent)


def release_intent_stock(intent: PaymentIntent) -> None:
    """Give back the order's stock, unless another attempt to pay for it is open or under review."""
    holding = (*PaymentIntent.OPEN, Status.REVIEW)
    others = PaymentIntent.objects.filter(order=intent.order_id, status__in=holding)
    if not others.exclude(pk=intent.pk).exists():
        stock.release_hold(reference=intent.order_id)
