"""When a subscriber is reminded: before a trial ends, a price changes, or a long period renews, and yearly.

Card schemes ask for 7 days at least, Massachusetts for 5 to 30, and California for 3 to 21 before a long
trial ends, 7 to 30 before a price changes, and 15 to 45 before a year renews; besides, once a year.
"""

import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from orders.models import Notification
from subscriptions.models import Invoice, Subscription
from subscriptions.subscription_lines import renewal_interval, upcoming_charge

Kind = Notification.Kind
INTERVAL_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
LONG_PERIOD_DAYS = 180
YEAR_DAYS = 360
YEAR_LEAD_TIME = datetime.timedelta(days=30)
# The end of such a trial is told halfway, since the email about its start told it too.
SHORT_TRIAL_DAYS = 7
# How long after its day the yearly reminder may still be sent.
ANNIVERSARY_DAYS = 30


def reminder_time(subscription: Subscription) -> datetime.datetime | None:
    """Return when to check whether the next charge needs a reminder, by the store's clock."""
    renewal_at = subscription.next_renewal_at
    if renewal_at is None or not will_renew(subscription):
        return None
    return renewal_at - _reminder_lead_time(subscription)


def due_reminder_kind(subscription: Subscription) -> str | None:
    """Return the kind of the reminder of the next charge that is due by now, if any."""
    renewal_at, now = subscription.next_renewal_at, subscription.store.now()
    if renewal_at is None or not will_renew(subscription):
        return None
    if not now < renewal_at <= now + _reminder_lead_time(subscription):
        return None
    if subscription.is_in_trial:
        return Kind.TRIAL_ENDS
    last = last_lines_total(subscription)
    if last is not None and last != _upcoming_lines_total(subscription):
        return Kind.PRICE_CHANGES
    return Kind.RENEWS if _period_days(subscription) >= LONG_PERIOD_DAYS else None


def due_anniversary(subscription: Subscription) -> int:
    """Return how many years ago it started, if the subscriber should be told now; 0 otherwise.

    For stores that sell to the United States. A long period has a reminder of its own.
    """
    store, started_at = subscription.store, subscription.order.paid_at
    is_asked_for = "US" in (store.countries or [store.home_country])
    is_long = _period_days(subscription) >= LONG_PERIOD_DAYS
    if started_at is None or is_long or not is_asked_for or not will_renew(subscription):
        return 0
    today = store.now().astimezone(ZoneInfo(store.time_zone)).date()
    start = started_at.astimezone(ZoneInfo(store.time_zone)).date()
    years, days = divmod((today - start).days, 365)
    return years if days < ANNIVERSARY_DAYS else 0


def last_lines_total(subscription: Subscription) -> Decimal | None:
    """Return the lines' total of the last paid invoice, without shipping; None before the first one."""
    last = subscription.invoices.filter(status=Invoice.Status.PAID).order_by("-cycle").first()
    return None if last is None else last.lines_total


def _upcoming_lines_total(subscription: Subscription) -> Decimal:
    return upcoming_charge(subscription) - subscription.shipping_price


def will_renew(subscription: Subscription) -> bool:
    """Return True if NEXT will charge the next cycle as things stand."""
    return (
        subscription.status == Subscription.Status.ACTIVE
        and subscription.next_state.is_active
        and not subscription.cancel_at_period_end
        and not subscription.pending_action
    )


def _reminder_lead_time(subscription: Subscription) -> datetime.timedelta:
    usual = datetime.timedelta(days=subscription.store.reminder_days)
    if not subscription.is_in_trial:
        return YEAR_LEAD_TIME if _period_days(subscription) >= YEAR_DAYS else usual
    trial_days = max((line.terms.get("trial_period_days", 0) for line in subscription.lines.all()), default=0)
    if 0 < trial_days <= SHORT_TRIAL_DAYS:
        return datetime.timedelta(days=trial_days) / 2
    return usual


def _period_days(subscription: Subscription) -> int:
    """Return about how many days a charge is for; 0 if that isn't known."""
    interval = renewal_interval(subscription)
    return INTERVAL_DAYS.get(interval[0], 0) * interval[1] if interval else 0
