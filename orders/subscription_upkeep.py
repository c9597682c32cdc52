"""Bringing the store's subscription to what we want of it: state against state, never by counting events.

Price of the next renewal (R156 to R161), the trial's end, pause, resume, cancel, a changed plan or
quantity. May run at any time, any number of times: what is as it should be costs one call.
"""

import datetime
import logging
from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from catalog.plan_terms import charged_every
from orders.calendars import add_interval
from orders.models import Subscription
from orders.renewals import next_price, take_in_cycles
from orders.subscriptions import CANCELED, PAST_DUE, PAUSED, mirror_subscription
from stores.admin_api import AdminApi, AdminApiError, StoreSubscription

logger = logging.getLogger(__name__)
Wish = Subscription.Wish
Step = Callable[[AdminApi, Subscription], StoreSubscription]

MOST_STEPS = 8
A_DAY = datetime.timedelta(days=1)
# A renewal is looked at so long after it was due; the store's may take half an hour (2).
AFTER_RENEWAL = datetime.timedelta(minutes=45)


def bring_about(*, subscription: Subscription, background: bool = True) -> Subscription:
    """Mirror the subscription, take in its cycles, and do what is wanted of it and not done yet.

    Errors: AdminApiError. What the store refused is no longer wanted, and is noted; what was not reached
    or is unclear stays wanted, and the reconciler tries again.
    """
    api = AdminApi(subscription.store, background=background)
    found = api.retrieve_subscription(subscription.next_subscription_id)
    subscription = _mirror(subscription, found)
    take_in_cycles(subscription=subscription, found=found, api=api)
    for _step in range(MOST_STEPS):
        step = next_step(subscription)
        if step is None:
            break
        try:
            found = step(api, subscription)
        except AdminApiError as error:
            if error.refused:
                _give_up(subscription, error)
            raise
        subscription = _mirror(subscription, found)
    return _schedule(subscription)


def next_step(subscription: Subscription) -> Step | None:
    """Return the next thing to do at the store, or None where all is as it should be."""
    now, store_status = timezone.now(), subscription.store_status
    ended = subscription.cancel_at_period_end and (
        store_status in PAST_DUE or (subscription.ends_at is not None and subscription.ends_at <= now)
    )
    step: Step | None = None
    if store_status == CANCELED:
        step = None
    elif subscription.wish == Wish.CANCEL or ended:
        step = _cancel
    elif store_status == "active" and (subscription.cancel_at_period_end or subscription.wish == Wish.PAUSE):
        step = _pause
    elif store_status == PAUSED and subscription.wish == Wish.RESUME:
        step = _resume
    elif store_status == "active" and subscription.trial_end and not subscription.trial_is_set:
        step = _set_trial
    elif _wrong_rhythm(subscription):
        step = _set_rhythm
    elif wrong_line(subscription):
        step = _set_line
    return step


def wrong_line(subscription: Subscription) -> dict[str, object] | None:
    """The first line that the store would charge otherwise than the terms say, or in another quantity."""
    for line in subscription.lines:
        price = next_price(line=line, renewal=subscription.cycle + 1)
        if str(price) != line["price"] or "wanted_quantity" in line:
            return line
    return None


def next_charge_date(subscription: Subscription) -> datetime.datetime:
    """When a paused one is charged next: as if it had not been paused, the first such date to come."""
    now = timezone.now()
    date = subscription.resume_to or now
    terms = subscription.line.get("terms")
    for _cycle in range(1000):
        if date > now or not terms:
            break
        zone = subscription.store.time_zone
        date = add_interval(date, terms["interval"], charged_every(terms), zone)
    return date if date > now else now + A_DAY


def _cancel(api: AdminApi, subscription: Subscription) -> StoreSubscription:
    body = {
        "cancel_reason": "other",
        "cancel_reason_other_message": subscription.cancel_reason or "Canceled by the customer.",
    }
    return api.cancel_subscription(subscription.next_subscription_id, body)


def _pause(api: AdminApi, subscription: Subscription) -> StoreSubscription:
    until = None if subscription.cancel_at_period_end else subscription.wanted_until
    body = {"pause_until": until.date().isoformat() if until else None}
    return api.pause_subscription(subscription.next_subscription_id, body)


def _resume(api: AdminApi, subscription: Subscription) -> StoreSubscription:
    body = {"next_renewal_date": next_charge_date(subscription).isoformat()}
    return api.resume_subscription(subscription.next_subscription_id, body)


def _set_trial(api: AdminApi, subscription: Subscription) -> StoreSubscription:
    assert subscription.trial_end is not None
    number = subscription.next_subscription_id
    found = api.update_subscription(number, {"next_renewal_date": subscription.trial_end.isoformat()})
    Subscription.objects.filter(pk=subscription.pk).update(trial_is_set=True)
    return found


def _wrong_rhythm(subscription: Subscription) -> bool:
    line = subscription.line
    return bool(line and line["terms"]) and line["rhythm"] != _rhythm(line)


def _rhythm(line: dict[str, object]) -> list[object]:
    terms = line["terms"]
    return [terms["interval"], charged_every(terms)]  # type: ignore[index,arg-type]


def _set_rhythm(api: AdminApi, subscription: Subscription) -> StoreSubscription:
    interval, count = _rhythm(subscription.line)
    body = {"interval": interval, "interval_count": count}
    return api.update_subscription(subscription.next_subscription_id, body)


def _set_line(api: AdminApi, subscription: Subscription) -> StoreSubscription:
    line = wrong_line(subscription)
    assert line is not None
    number, line_id = subscription.next_subscription_id, line["store_line_id"]
    body = {
        "quantity": line.get("wanted_quantity", line["quantity"]),
        "price": str(next_price(line=line, renewal=subscription.cycle + 1)),
    }
    api.update_subscription_line(number, line_id, body)  # type: ignore[arg-type]
    return api.retrieve_subscription(number)


@transaction.atomic
def _mirror(subscription: Subscription, found: StoreSubscription) -> Subscription:
    subscription = _locked(subscription)
    mirror_subscription(subscription=subscription, found=found)
    return subscription


def _locked(subscription: Subscription) -> Subscription:
    return (
        Subscription.objects.select_for_update(of=("self",))
        .select_related("store", "order")
        .get(pk=subscription.pk)
    )


@transaction.atomic
def _schedule(subscription: Subscription) -> Subscription:
    """Set when to look next."""
    subscription = _locked(subscription)
    now = timezone.now()
    dates = [now + A_DAY]
    if subscription.next_renewal_at:
        dates.append(max(subscription.next_renewal_at + AFTER_RENEWAL, now + AFTER_RENEWAL))
    if subscription.cancel_at_period_end and subscription.ends_at:
        dates.append(max(subscription.ends_at, now + datetime.timedelta(minutes=1)))
    over = subscription.store_status == CANCELED and subscription.is_over
    subscription.refresh_at = None if over else min(dates)
    subscription.problem = ""
    subscription.save(update_fields=["refresh_at", "problem", "status", "updated_at"])
    return subscription


@transaction.atomic
def _give_up(subscription: Subscription, error: AdminApiError) -> None:
    """The store said no: it is as before, and staff see why."""
    subscription = _locked(subscription)
    subscription.wish = Wish.NONE
    subscription.problem = error.message[:300]
    subscription.refresh_at = timezone.now() + A_DAY
    for line in subscription.lines:
        line.pop("wanted_quantity", None)
    subscription.save()
    logger.error("subscription %s: the store refused: %s %s", subscription.pk, error.message, error.fields)
