"""What a change did to a subscription, told on its page right after."""

from django.utils.translation import gettext as _

from stores.dates import format_store_day
from stores.money import format_money
from subscriptions.models import Subscription
from subscriptions.reminders import will_renew
from subscriptions.subscription_lines import upcoming_charge

Status = Subscription.Status


def describe_change(subscription: Subscription, action: str) -> str:
    """Return what a form action changed, and the next charge. Says only what the subscription shows."""
    describe = DESCRIPTIONS.get(action)
    sentences = [describe(subscription) if describe else "", describe_next_charge(subscription)]
    return " ".join(filter(None, sentences))


def describe_next_charge(subscription: Subscription) -> str:
    """Return the amount and date of the next charge as a sentence, or "" if none is scheduled."""
    if subscription.next_renewal_at is None or not subscription.main_line or not will_renew(subscription):
        return ""
    text = (
        _("Your next charge is %(amount)s plus tax on %(date)s.")
        if subscription.order.is_tax_added
        else _("Your next charge is %(amount)s on %(date)s.")
    )
    return text % {
        "amount": format_money(upcoming_charge(subscription), subscription.currency),
        "date": format_store_day(subscription.next_renewal_at, subscription.store),
    }


def _describe_pause(subscription: Subscription) -> str:
    if subscription.status != Status.PAUSED:
        return ""
    until = subscription.paused_until or subscription.pending_pause_until
    if until is None:
        return _("Your subscription is paused. You won't be charged until you resume.")
    return _("Your subscription is paused. You won't be charged until %(date)s.") % {
        "date": format_store_day(until, subscription.store)
    }


def _describe_resume(subscription: Subscription) -> str:
    return _("Your subscription has resumed.") if subscription.status == Status.ACTIVE else ""


def _describe_skip(subscription: Subscription) -> str:
    return _("You skipped a charge.") if subscription.status == Status.ACTIVE else ""


def _describe_plan_change(subscription: Subscription) -> str:
    items = ", ".join(str(line.after_change) for line in subscription.active_lines)
    return _("You're now subscribed to %(items)s.") % {"items": items} if items else ""


def _describe_cancellation(subscription: Subscription) -> str:
    if subscription.is_over:
        return _("Your subscription has ended. You won't be charged again.")
    if not subscription.cancel_at_period_end:
        return ""
    if subscription.ends_at is None:
        return _("Your subscription ends after the period you've paid for. You won't be charged again.")
    return _("Your subscription ends on %(date)s. You won't be charged again.") % {
        "date": format_store_day(subscription.ends_at, subscription.store)
    }


def _describe_revocation(subscription: Subscription) -> str:
    is_running = not (subscription.is_over or subscription.cancel_at_period_end)
    return _("Your subscription continues.") if is_running else ""


DESCRIPTIONS = {
    "pause": _describe_pause,
    "resume": _describe_resume,
    "skip": _describe_skip,
    "change": _describe_plan_change,
    "cancel": _describe_cancellation,
    "revoke": _describe_revocation,
}
