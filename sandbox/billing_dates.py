"""Renewal dates and the retry schedule, in the store's time zone."""

import calendar
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

FRIDAY = 4
MID_MONTH_DAY = 16
MONTHS_PER_INTERVAL = {"month": 1, "year": 12}
DAYS_PER_INTERVAL = {"day": 1, "week": 7}


def add_interval_in_zone(moment: datetime, interval: str, count: int, zone: ZoneInfo) -> datetime:
    """Return the same local time ``count`` days, weeks, months or years later."""
    local = moment.astimezone(zone)
    if interval in DAYS_PER_INTERVAL:
        return local + timedelta(days=DAYS_PER_INTERVAL[interval] * count)
    return add_months(local, MONTHS_PER_INTERVAL[interval] * count)


def add_months(local: datetime, months: int) -> datetime:
    """Return the same day ``months`` later, or the last day of a shorter month."""
    month_index = local.year * 12 + local.month - 1 + months
    year, month = month_index // 12, month_index % 12 + 1
    day = min(local.day, calendar.monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day)


def get_retry_date(moment: datetime, retry: int, zone: ZoneInfo) -> datetime | None:
    """Return when to retry a declined renewal, or None after the third retry.

    The first retry comes 3 days later, the second on the next 1st or 16th, the third on the next Friday.
    """
    local = moment.astimezone(zone)
    if retry == 1:
        return local + timedelta(days=3)
    if retry == 2:
        if local.day < MID_MONTH_DAY:
            return local.replace(day=MID_MONTH_DAY)
        return add_months(local.replace(day=1), 1)
    if retry == 3:
        return local + timedelta(days=(FRIDAY - local.weekday() - 1) % 7 + 1)
    return None
