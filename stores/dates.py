"""Dates in a store's own time zone."""

import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format

from stores.models import Store


def format_store_day(moment: datetime.datetime, store: Store) -> str:
    """Return the date in the store's time zone, formatted for the active language."""
    return date_format(moment.astimezone(ZoneInfo(store.time_zone)), "DATE_FORMAT")
