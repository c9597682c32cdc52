"""Dates of renewals, in the store's own time zone (3.7)."""

import calendar
import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format

from stores.models import Store

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


def day(moment: datetime.datetime, store: Store) -> str:
    """The day that it is then in the store, as people of the active language write it."""
    return date_format(moment.astimezone(ZoneInfo(store.time_zone)), "DATE_FORMAT")
