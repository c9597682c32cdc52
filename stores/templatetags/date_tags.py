"""`{{ subscription.ends_at|store_day:store }}`: a day in the store's own time zone."""

import datetime

from django import template

from stores.dates import format_age, format_store_day
from stores.models import Store

register = template.Library()


@register.filter
def store_day(moment: datetime.datetime | None, store: Store) -> str:
    """Return the day in the store's time zone, or "" for no moment."""
    return format_store_day(moment, store) if moment else ""


@register.filter
def age(moment: datetime.datetime) -> str:
    """Return how long ago it was."""
    return format_age(moment)
