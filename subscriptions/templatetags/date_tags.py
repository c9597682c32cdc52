"""`{{ subscription.ends_at|store_day:store }}`: a day in the store's own time zone."""

import datetime

from django import template

from stores.models import Store
from subscriptions import billing_dates

register = template.Library()


@register.filter
def store_day(moment: datetime.datetime | None, store: Store) -> str:
    """Return the day that it is then in the store; nothing for no moment."""
    return billing_dates.format_store_day(moment, store) if moment else ""
