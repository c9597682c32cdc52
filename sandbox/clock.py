"""Moving a store's clock: what falls due on the way happens in order, each at its hour."""

import threading
from datetime import datetime

from django.utils import timezone

from .billing_dates import add_months
from .models import Store, Subscription
from .renewals import renew
from .subscriptions import cancel, wake_up
from .write_lock import writing

PAUSED_AT_MOST_MONTHS = 6
_MOVING = threading.Lock()


def move(*, store: Store, to: datetime) -> int:
    """Set the clock, and do what is due until then. Answers how many things happened."""
    happened = 0
    with _MOVING:
        while (due := _next_due(store, to)) is not None:
            row, moment = due
            _set(store, max(moment, store.now()))
            _happen(row)
            happened += 1
        _set(store, to)
    return happened


def _set(store: Store, moment: datetime) -> None:
    with writing():
        store.refresh_from_db()
        store.clock_offset = moment - timezone.now()
        store.save(update_fields=["clock_offset"])


def _next_due(store: Store, to: datetime) -> tuple[Subscription, datetime] | None:
    renewals = store.subscriptions.filter(
        status__in=(Subscription.Status.ACTIVE, Subscription.Status.RETRYING),
        next_renewal_date__lte=to,
    )
    paused = store.subscriptions.filter(status=Subscription.Status.PAUSED)
    found = [(row, row.next_renewal_date) for row in renewals if row.next_renewal_date]
    found += [(row, end) for row in paused if (end := pause_ends(row)) and end <= to]
    return min(found, key=lambda pair: (pair[1], pair[0].pk), default=None)


def pause_ends(row: Subscription) -> datetime | None:
    """The day it was paused until, or six months on."""
    if row.paused_until or row.paused_at is None:
        return row.paused_until
    return add_months(row.paused_at.astimezone(row.store.zone), PAUSED_AT_MOST_MONTHS)


def _happen(row: Subscription) -> None:
    row = Subscription.objects.select_related("store").get(pk=row.pk)
    if row.status != Subscription.Status.PAUSED:
        renew(row=row)
    elif row.paused_until is None:
        cancel(row=row, reason="other", message="Paused for six months.")
    else:
        with writing():
            wake_up(row, max(row.due_date or row.paused_until, row.paused_until))
