"""Dates in a store's own time zone."""

import calendar
import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_timedelta
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, to_locale

from stores.models import Store

# The least that is in the past.
_NOW = datetime.timedelta(seconds=-1)
_INTERVAL_DAYS = {"day": 1, "week": 7}
_INTERVAL_MONTHS = {"month": 1, "year": 12}


def format_store_day(moment: datetime.datetime, store: Store) -> str:
    """Return the date in the store's time zone, formatted for the active language."""
    return date_format(moment.astimezone(ZoneInfo(store.time_zone)), "DATE_FORMAT")


def format_store_time(moment: datetime.datetime, store: Store) -> str:
    """Return date and time in the store's time zone, which is named, formatted for the active language."""
    local = moment.astimezone(ZoneInfo(store.time_zone))
    name = local.tzname() or ""
    # Zones without an abbreviation are called by their offset, such as +03.
    return f"{date_format(local, 'DATETIME_FORMAT')} {'UTC' if name[:1] in {'+', '-'} else ''}{name}"


def format_age(moment: datetime.datetime) -> str:
    """Return how long ago it was, in the words and the grammar of the active language: `2 days ago`."""
    locale = to_locale(get_language() or "en")
    return str(format_timedelta(min(moment - timezone.now(), _NOW), add_direction=True, locale=locale))


def format_time_left(moment: datetime.datetime) -> str:
    """Return how long it is until then, for the active language: `in 2 days`."""
    locale = to_locale(get_language() or "en")
    return str(format_timedelta(max(moment - timezone.now(), -_NOW), add_direction=True, locale=locale))


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
