"""Moving a store's clock: what falls due on the way happens in order, each at its hour."""

import threading
from datetime import datetime

from django.utils import timezone

from .billing_dates import add_months
from .models import Store, Subscription
from .renewals import renew_subscription
from .subscriptions import end_pause, mark_subscription_canceled
from .write_lock import exclusive_transaction

MAX_PAUSE_MONTHS = 6
_CLOCK_LOCK = threading.Lock()


def advance_clock(*, store: Store, to: datetime) -> int:
    """Set the clock, and do what is due until then. Answers how many things happened."""
    happened = 0
    with _CLOCK_LOCK:
        while (due := _find_next_due(store, to)) is not None:
            subscription, moment = due
            _set_clock(store, max(moment, store.now()))
            _process_due_subscription(subscription)
            happened += 1
        _set_clock(store, to)
    return happened


def _set_clock(store: Store, moment: datetime) -> None:
    with exclusive_transaction():
        store.refresh_from_db()
        store.clock_offset = moment - timezone.now()
        store.save(update_fields=["clock_offset"])


def _find_next_due(store: Store, to: datetime) -> tuple[Subscription, datetime] | None:
    renewals = store.subscriptions.filter(
        status__in=(Subscription.Status.ACTIVE, Subscription.Status.RETRYING),
        next_renewal_date__lte=to,
    )
    paused = store.subscriptions.filter(status=Subscription.Status.PAUSED)
    found = [
        (subscription, subscription.next_renewal_date)
        for subscription in renewals
        if subscription.next_renewal_date
    ]
    found += [
        (subscription, end) for subscription in paused if (end := get_pause_end(subscription)) and end <= to
    ]
    return min(found, key=lambda pair: (pair[1], pair[0].pk), default=None)


def get_pause_end(subscription: Subscription) -> datetime | None:
    """The day it was paused until, or six months on."""
    if subscription.paused_until or subscription.paused_at is None:
        return subscription.paused_until
    return add_months(subscription.paused_at.astimezone(subscription.store.zone), MAX_PAUSE_MONTHS)


def _process_due_subscription(subscription: Subscription) -> None:
    subscription = Subscription.objects.select_related("store").get(pk=subscription.pk)
    if subscription.status != Subscription.Status.PAUSED:
        renew_subscription(subscription=subscription)
    elif subscription.paused_until is None:
        mark_subscription_canceled(
            subscription=subscription, reason="other", message="Paused for six months."
        )
    else:
        with exclusive_transaction():
            end_pause(
                subscription,
                max(subscription.due_date or subscription.paused_until, subscription.paused_until),
            )
