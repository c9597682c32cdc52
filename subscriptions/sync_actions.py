"""What is to be done next at the store about a subscription, one call at a time.

The store cannot put another variant into a line. So the new one is added first, since a line must be left
at any time, and free of charge, so that a renewal in between charges nobody twice; then the old one is
taken away, and then the new one gets its price. Which one it takes the place of stands in its metadata.
"""

import datetime
from collections.abc import Callable
from zoneinfo import ZoneInfo

from catalog.plan_snapshot import charged_every
from nextcommerce.client import AdminApi
from nextcommerce.schemas import StoreSubscription
from subscriptions.billing_dates import add_interval, began_on, right_date
from subscriptions.mirror import CANCELED, PAST_DUE, PAUSED
from subscriptions.models import Subscription
from subscriptions.subscription_lines import (
    leaving_line,
    next_price,
    rhythm,
    unborn_line,
    wanted,
    wrong_line,
    wrong_rhythm,
)

Wish = Subscription.Wish
Step = Callable[[AdminApi, Subscription], StoreSubscription]
A_DAY = datetime.timedelta(days=1)


def next_step(subscription: Subscription) -> Step | None:
    """Return the next thing to do at the store, or None where all is as it should be."""
    now, store_status = subscription.store.now(), subscription.store_status
    ended = subscription.cancel_at_period_end and (
        store_status in PAST_DUE or (subscription.ends_at is not None and subscription.ends_at <= now)
    )
    step: Step | None = None
    if store_status == CANCELED:
        step = None
    elif subscription.wish == Wish.CANCEL or ended:
        step = _cancel
    elif store_status in PAST_DUE and subscription.wish == Wish.FORGO:
        step = _forgo
    elif store_status == "active" and (subscription.cancel_at_period_end or subscription.wish == Wish.PAUSE):
        step = _pause
    elif store_status == PAUSED and (subscription.wish == Wish.RESUME or wakes_too_early(subscription)):
        step = _resume
    elif store_status == "active" and subscription.trial_end and not subscription.trial_is_set:
        step = _set_trial
    elif store_status == "active" and right_date(subscription):
        step = _set_date
    elif unborn_line(subscription):
        step = _add_line
    elif leaving_line(subscription):
        step = _remove_line
    elif wrong_rhythm(subscription):
        step = _set_rhythm
    elif wrong_line(subscription):
        step = _set_line
    return step


def wakes_too_early(subscription: Subscription) -> bool:
    """Paused until a day, and to end: it is woken now, to be paused again without a day to wake on."""
    return subscription.cancel_at_period_end and subscription.paused_until is not None


def next_charge_date(subscription: Subscription) -> datetime.datetime:
    """When one that stood still is charged next: the first date to come of the rhythm it had."""
    now = subscription.store.now()
    date = subscription.resume_to or now
    terms = subscription.line.get("terms")
    day = began_on(subscription)
    for _cycle in range(1000):
        if date > now or not terms:
            break
        zone = subscription.store.time_zone
        date = add_interval(date, terms["interval"], charged_every(terms), zone, began_on=day)
    return date if date > now else now + A_DAY


def _cancel(api: AdminApi, subscription: Subscription) -> StoreSubscription:
    reason = subscription.cancel_reason
    known = reason in Subscription.EndReason
    body = {
        "cancel_reason": reason if known else Subscription.EndReason.OTHER,
        "cancel_reason_other_message": None if known else reason or "Canceled by the customer.",
        # One mail is enough: ours, where this shop writes to subscribers.
        "send_cancel_notification": not subscription.store.mail_subscribers,
    }
    return api.cancel_subscription(subscription.next_subscription_id, body)


def _pause(api: AdminApi, subscription: Subscription) -> StoreSubscription:
    until = None if subscription.cancel_at_period_end else subscription.wanted_until
    zone = ZoneInfo(subscription.store.time_zone)
    body = {"pause_until": until.astimezone(zone).date().isoformat() if until else None}
    return api.pause_subscription(subscription.next_subscription_id, body)


def _resume(api: AdminApi, subscription: Subscription) -> StoreSubscription:
    body = {"next_renewal_date": next_charge_date(subscription).isoformat()}
    return api.resume_subscription(subscription.next_subscription_id, body)


def _forgo(api: AdminApi, subscription: Subscription) -> StoreSubscription:
    """The store tries the declined charge no more, and charges again with the next cycle (3.7)."""
    body = {"status": "active", "next_renewal_date": next_charge_date(subscription).isoformat()}
    return api.update_subscription(subscription.next_subscription_id, body)


def _set_trial(api: AdminApi, subscription: Subscription) -> StoreSubscription:
    assert subscription.trial_end is not None
    number = subscription.next_subscription_id
    found = api.update_subscription(number, {"next_renewal_date": subscription.trial_end.isoformat()})
    Subscription.objects.filter(pk=subscription.pk).update(trial_is_set=True)
    return found


def _set_date(api: AdminApi, subscription: Subscription) -> StoreSubscription:
    date = right_date(subscription)
    assert date is not None
    return api.update_subscription(subscription.next_subscription_id, {"next_renewal_date": date.isoformat()})


def _add_line(api: AdminApi, subscription: Subscription) -> StoreSubscription:
    """Put the other variant beside the one that it takes the place of."""
    line = unborn_line(subscription)
    assert line is not None
    body = {
        "product_id": line["wanted_variant"]["next_variant_id"],
        "quantity": wanted(line)["quantity"],
        "price": "0.00",
        "metadata": {"replaces": line["store_line_id"]},
    }
    api.add_subscription_line(subscription.next_subscription_id, body)
    return api.retrieve_subscription(subscription.next_subscription_id)


def _remove_line(api: AdminApi, subscription: Subscription) -> StoreSubscription:
    line = leaving_line(subscription)
    assert line is not None
    api.remove_subscription_line(subscription.next_subscription_id, line["store_line_id"])
    return api.retrieve_subscription(subscription.next_subscription_id)


def _set_line(api: AdminApi, subscription: Subscription) -> StoreSubscription:
    line = wrong_line(subscription)
    assert line is not None
    body = {
        "quantity": wanted(line)["quantity"],
        "price": str(next_price(line=line, renewal=subscription.cycle + 1)),
    }
    api.update_subscription_line(subscription.next_subscription_id, line["store_line_id"], body)
    return api.retrieve_subscription(subscription.next_subscription_id)


def _set_rhythm(api: AdminApi, subscription: Subscription) -> StoreSubscription:
    interval, count = rhythm(subscription.line)
    body = {"interval": interval, "interval_count": count}
    return api.update_subscription(subscription.next_subscription_id, body)
