"""The store's clock. Moving it runs everything that falls due on the way, in order."""

import threading
from datetime import datetime

from django.utils import timezone

from .billing_dates import add_months
from .carts import abandon_cart
from .models import Cart, Store, Subscription, exclusive_transaction
from .renewals import renew_subscription
from .subscriptions import end_pause, mark_subscription_canceled

MAX_PAUSE_MONTHS = 6
_CLOCK_LOCK = threading.Lock()


def advance_clock(*, store: Store, to: datetime) -> int:
    """Move the clock to ``to``, running what falls due on the way. Return the number of events."""
    event_count = 0
    with _CLOCK_LOCK:
        while (due := _find_next_due(store, to)) is not None:
            moment, row = due
            # Dates already in the past are processed now: the clock never goes back.
            _set_clock(store, max(moment, store.now()))
            if isinstance(row, Cart):
                abandon_cart(row)
            else:
                _process_due_subscription(row)
            event_count += 1
        _set_clock(store, to)
    return event_count


def _set_clock(store: Store, moment: datetime) -> None:
    with exclusive_transaction():
        store.refresh_from_db()
        store.clock_offset = moment - timezone.now()
        store.save(update_fields=["clock_offset"])


def _find_next_due(store: Store, to: datetime) -> tuple[datetime, Subscription | Cart] | None:
    renewing = store.subscriptions.filter(
        status__in=(Subscription.Status.ACTIVE, Subscription.Status.RETRYING),
        next_renewal_date__lte=to,
    )
    paused = store.subscriptions.filter(status=Subscription.Status.PAUSED)
    due: list[tuple[datetime, Subscription | Cart]] = [
        (subscription.next_renewal_date, subscription)
        for subscription in renewing
        if subscription.next_renewal_date
    ]
    due += [
        (end, subscription) for subscription in paused if (end := get_pause_end(subscription)) and end <= to
    ]
    due += [
        (cart.abandoned_at, cart)
        for cart in store.carts.filter(is_abandoned=False)
        if cart.abandoned_at <= to
    ]
    return min(due, key=lambda pair: (pair[0], pair[1].pk), default=None)


def get_pause_end(subscription: Subscription) -> datetime | None:
    """Return when the pause ends: its end date, or six months after it began. None if not paused."""
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
