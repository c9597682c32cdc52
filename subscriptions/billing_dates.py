"""Dates of renewals, in the store's own time zone (3.7)."""

import calendar
import datetime
from zoneinfo import ZoneInfo

from subscriptions.models import Invoice, Subscription

_INTERVAL_DAYS = {"day": 1, "week": 7}
_INTERVAL_MONTHS = {"month": 1, "year": 12}
_SHORTEST_MONTH = 28  # of all months, in days


def add_interval(
    moment: datetime.datetime, interval: str, count: int, time_zone: str, *, anchor_day: int = 0
) -> datetime.datetime:
    """The same hour on the clock so many intervals later; a day that the month lacks is its last one.

    From there a longer month comes back to `anchor_day`, the day of the month that it all began on.
    """
    local = moment.astimezone(ZoneInfo(time_zone))
    if interval in _INTERVAL_DAYS:
        return local + datetime.timedelta(days=_INTERVAL_DAYS[interval] * count)
    place = local.year * 12 + local.month - 1 + _INTERVAL_MONTHS[interval] * count
    year, month = place // 12, place % 12 + 1
    day = (
        max(local.day, anchor_day) if local.day == _last_day_of_month(local.year, local.month) else local.day
    )
    return local.replace(year=year, month=month, day=min(day, _last_day_of_month(year, month)))


def _last_day_of_month(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def billing_anchor_day(subscription: Subscription) -> int:
    """The day of the month of the first charge, or of the trial's end; 0 where it is not known yet."""
    paid = subscription.invoices.filter(cycle=0).values_list("paid_at", flat=True).first()
    began = subscription.trial_end or paid
    return began.astimezone(ZoneInfo(subscription.store.time_zone)).day if began else 0


def corrected_renewal_date(subscription: Subscription) -> datetime.datetime | None:
    """When to charge next, where the store stays on a shorter month's last day; None where all is well.

    Who began on the 31st is charged on the 28th of February, and on the 31st of March. A date that does
    not follow from the last charge was chosen by somebody, and is left alone.
    """
    zone = subscription.store.time_zone
    at = subscription.next_renewal_at and subscription.next_renewal_at.astimezone(ZoneInfo(zone))
    if at is None or at.day < _SHORTEST_MONTH or "next_interval" not in subscription.main_line:
        return None
    last = subscription.invoices.filter(status=Invoice.Status.PAID).order_by("-cycle").first()
    if last is None or last.paid_at is None:
        return None
    interval, count = subscription.main_line["next_interval"]
    if add_interval(last.paid_at, interval, count, zone).date() != at.date():
        return None
    day = add_interval(last.paid_at, interval, count, zone, anchor_day=billing_anchor_day(subscription)).day
    return at.replace(day=day) if day != at.day else None
