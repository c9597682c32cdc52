"""Renewal dates, in the store's time zone."""

import datetime
from zoneinfo import ZoneInfo

from stores.dates import add_interval
from subscriptions.models import Invoice, Subscription

_SHORTEST_MONTH_DAYS = 28


def billing_anchor_day(subscription: Subscription) -> int:
    """Return the day of the month of the first charge or of the trial's end; 0 if not known yet."""
    first_paid_at = subscription.invoices.filter(cycle=0).values_list("paid_at", flat=True).first()
    anchor = subscription.trial_end or first_paid_at
    return anchor.astimezone(ZoneInfo(subscription.store.time_zone)).day if anchor else 0


def corrected_renewal_date(subscription: Subscription) -> datetime.datetime | None:
    """Return the right date of the next charge, or None if NEXT Commerce's date is right.

    After a short month NEXT Commerce stays on that month's last day. A subscription that started on the 31st
    must be charged on February 28 and then on March 31. A date that doesn't follow from the last charge was
    set by a person and stays.
    """
    zone = subscription.store.time_zone
    at = subscription.next_renewal_at and subscription.next_renewal_at.astimezone(ZoneInfo(zone))
    interval, count = subscription.next_interval, subscription.next_interval_count
    if at is None or at.day < _SHORTEST_MONTH_DAYS or not interval:
        return None
    last = subscription.invoices.filter(status=Invoice.Status.PAID).order_by("-cycle").first()
    if last is None or last.paid_at is None:
        return None
    if add_interval(last.paid_at, interval, count, zone).date() != at.date():
        return None
    day = add_interval(last.paid_at, interval, count, zone, anchor_day=billing_anchor_day(subscription)).day
    return at.replace(day=day) if day != at.day else None
