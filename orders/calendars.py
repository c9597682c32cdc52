"""Dates of renewals, in the store's own time zone (3.7)."""

import calendar
import datetime
from zoneinfo import ZoneInfo

_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}


def add_interval(moment: datetime.datetime, interval: str, count: int, time_zone: str) -> datetime.datetime:
    """The same hour on the clock so many intervals later; a day that the month lacks is its last one."""
    local = moment.astimezone(ZoneInfo(time_zone))
    if interval in _DAYS:
        return local + datetime.timedelta(days=_DAYS[interval] * count)
    place = local.year * 12 + local.month - 1 + _MONTHS[interval] * count
    year, month = place // 12, place % 12 + 1
    return local.replace(year=year, month=month, day=min(local.day, calendar.monthrange(year, month)[1]))
