"""`{{ subscription.ends_at|day:store }}`: a day in the store's own time zone."""

import datetime

from django import template

from stores.models import Store
from subscriptions import billing_dates

register = template.Library()


@register.filter
def day(moment: datetime.datetime | None, store: Store) -> str:
    """Return the day that it is then in the store; nothing for no moment."""
    return billing_dates.day(moment, store) if moment else ""
