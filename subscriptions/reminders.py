"""When a subscriber is reminded of the next charge: before a trial ends, or if the price changes."""

import datetime
from decimal import Decimal

from django.conf import settings

from orders.models import Notification
from subscriptions.models import Invoice, Subscription
from subscriptions.subscription_lines import upcoming_charge

Kind = Notification.Kind


def reminder_time(subscription: Subscription) -> datetime.datetime | None:
    """Return when to check whether the next charge needs a reminder, by the store's clock."""
    renewal_at = subscription.next_renewal_at
    if renewal_at is None or not will_renew(subscription):
        return None
    return renewal_at - _reminder_lead_time()


def due_reminder_kind(subscription: Subscription) -> str | None:
    """Return the kind of the reminder of the next charge that is due by now, if any."""
    renewal_at, now = subscription.next_renewal_at, subscription.store.now()
    if renewal_at is None or not will_renew(subscription):
        return None
    if not now < renewal_at <= now + _reminder_lead_time():
        return None
    if subscription.is_in_trial:
        return Kind.TRIAL_ENDS
    last = last_lines_total(subscription)
    return Kind.PRICE_CHANGES if last is not None and last != _upcoming_lines_total(subscription) else None


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


def _reminder_lead_time() -> datetime.timedelta:
    return datetime.timedelta(days=settings.REMINDER_DAYS)
