"""Renewal dates, in the store's time zone."""

import calendar
import datetime
from zoneinfo import ZoneInfo

from subscriptions.models import Invoice, Subscription

_INTERVAL_DAYS = {"day": 1, "week": 7}
_INTERVAL_MONTHS = {"month": 1, "year": 12}
_SHORTEST_MONTH_DAYS = 28


def add_interval(
    moment: datetime.datetime, interval: str, count: int, time_zone: str, *, anchor_day: int = 0
) -> datetime.datetime:
    """Return the same local time `count` intervals later, on the last day of a month that is too short.

    From a month's last day, move back to `anchor_day`, the day of the month of the first charge, if it is
    later.
    """
    local = moment.astimezone(ZoneInfo(time_zone))
    if interval in _INTERVAL_DAYS:
        return local + datetime.timedelta(days=_INTERVAL_DAYS[interval] * count)
    month_index = local.year * 12 + local.month - 1 + _INTERVAL_MONTHS[interval] * count
    year, month = month_index // 12, month_index % 12 + 1
    day = (
        max(local.day, anchor_day) if local.day == _last_day_of_month(local.year, local.month) else local.day
    )
    return local.replace(year=year, month=month, day=min(day, _last_day_of_month(year, month)))


def _last_day_of_month(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


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
