"""Dates in the store's own timezone: renewals and the retry schedule (3.7)."""

import calendar
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

FRIDAY = 4
HALF_MONTH = 16
MONTHS = {"month": 1, "year": 12}
DAYS = {"day": 1, "week": 7}


def add_interval(moment: datetime, interval: str, count: int, zone: ZoneInfo) -> datetime:
    """The same hour on the clock that many days, weeks, months or years later."""
    local = moment.astimezone(zone)
    if interval in DAYS:
        return local + timedelta(days=DAYS[interval] * count)
    return add_months(local, MONTHS[interval] * count)


def add_months(local: datetime, months: int) -> datetime:
    """A day that the month lacks becomes its last one."""
    place = local.year * 12 + local.month - 1 + months
    year, month = place // 12, place % 12 + 1
    day = min(local.day, calendar.monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day)


def next_retry(moment: datetime, retry: int, zone: ZoneInfo) -> datetime | None:
    """When a declined renewal is tried again: in 3 days, on the next 1st or 16th, on the next
    Friday; None after the third retry."""
    local = moment.astimezone(zone)
    if retry == 1:
        return local + timedelta(days=3)
    if retry == 2:
        if local.day < HALF_MONTH:
            return local.replace(day=HALF_MONTH)
        return add_months(local.replace(day=1), 1)
    if retry == 3:
        return local + timedelta(days=(FRIDAY - local.weekday() - 1) % 7 + 1)
    return None
