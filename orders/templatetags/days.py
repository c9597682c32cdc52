"""`{{ subscription.ends_at|day:store }}`: a day in the store's own time zone."""

import datetime

from django import template

from orders.subscriptions import calendars
from stores.models import Store

register = template.Library()


@register.filter
def day(moment: datetime.datetime | None, store: Store) -> str:
    """Return the day that it is then in the store; nothing for no moment."""
    return calendars.day(moment, store) if moment else ""
