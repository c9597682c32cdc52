"""Bringing the store's subscription to what we want of it: state against state, never by counting events.

Price of the next renewal (R156 to R161), the trial's end, pause, resume, cancel, a changed plan or
quantity. May run at any time, any number of times: what is as it should be costs one call.
"""

import datetime
import logging

from django.db import transaction
from django.utils import timezone

from nextcommerce.client import AdminApi
from nextcommerce.errors import AdminApiError
from nextcommerce.schemas import StoreSubscription
from orders.notifications import tell_subscriber
from subscriptions.mirror import CANCELED, mirror_subscription, status_of
from subscriptions.models import Subscription
from subscriptions.notifications import reminder_at, unsay
from subscriptions.renewals import close_open_invoices, take_in_cycles
from subscriptions.subscription_lines import forget_changes
from subscriptions.sync_actions import A_DAY, Step, next_step

logger = logging.getLogger(__name__)
Wish = Subscription.Wish

MOST_STEPS = 12
MOST_LOOKS = 3
A_MINUTE = datetime.timedelta(minutes=1)
# A renewal is looked at so long after it was due; the store's may take half an hour (2).
AFTER_RENEWAL = datetime.timedelta(minutes=45)


def bring_about(*, subscription: Subscription, background: bool = True) -> Subscription:
    """Mirror the subscription, take in its cycles, and do what is wanted of it and not done yet.

    Errors: AdminApiError. What the store refused is no longer wanted, and is noted; what was not reached
    or is unclear stays wanted, and the reconciler tries again.
    """
    api = AdminApi(subscription.store, background=background)
    due_at = _stored(subscription, "refresh_at")
    subscription, found = _look(api, subscription)
    take_in_cycles(subscription=subscription, found=found, api=api)
    for _step in range(MOST_STEPS):
        step = next_step(subscription)
        if step is None:
            break
        try:
            subscription, found = _look(api, subscription, step)
        except AdminApiError as error:
            if not error.refused:
                raise
            subscription = _refused(api, subscription, step, error)
    close_open_invoices(subscription)
    return _schedule(subscription, due_at=due_at)


def _look(
    api: AdminApi, subscription: Subscription, step: Step | None = None
) -> tuple[Subscription, StoreSubscription]:
    """Take a step, or only look, and mirror the answer.

    Where somebody else changed the row since we asked, the answer may be older than theirs: look again.
    """
    for look in range(1, MOST_LOOKS + 1):
        seen = _stored(subscription, "updated_at")
        found = (
            step(api, subscription) if step else api.retrieve_subscription(subscription.next_subscription_id)
        )
        mirrored = _mirror(subscription, found, seen=None if look == MOST_LOOKS else seen)
        if mirrored is not None:
            break
        step = None
    assert mirrored is not None
    return mirrored, found


def _refused(api: AdminApi, subscription: Subscription, step: Step, error: AdminApiError) -> Subscription:
    """The store said no: because somebody else was quicker, or for good. Errors: AdminApiError, then."""
    now, _found = _look(api, subscription)
    if next_step(now) is step and _wishes(now) == _wishes(subscription):
        if now.cancel_at_period_end and now.wish != Wish.CANCEL:
            return _cancel_now(now)
        _give_up(subscription, error)
        raise error
    return now


@transaction.atomic
def _cancel_now(subscription: Subscription) -> Subscription:
    """It cannot be paused until it ends: better ended there too early than charged once more."""
    subscription = _locked(subscription)
    subscription.wish = Wish.CANCEL
    subscription.save(update_fields=["wish", "updated_at"])
    return subscription


def _wishes(subscription: Subscription) -> tuple[object, ...]:
    return subscription.wish, subscription.cancel_at_period_end, subscription.lines


def _stored(subscription: Subscription, field: str) -> datetime.datetime | None:
    moment: datetime.datetime | None = Subscription.objects.values_list(field, flat=True).get(
        pk=subscription.pk
    )
    return moment


@transaction.atomic
def _mirror(
    subscription: Subscription, found: StoreSubscription, *, seen: datetime.datetime | None
) -> Subscription | None:
    """Mirror what was found; None where the row is not as it was `seen` when we asked."""
    subscription = _locked(subscription)
    if seen is not None and subscription.updated_at != seen:
        return None
    mirror_subscription(subscription=subscription, found=found)
    return subscription


def _locked(subscription: Subscription) -> Subscription:
    return (
        Subscription.objects.select_for_update(of=("self",))
        .select_related("store", "order")
        .get(pk=subscription.pk)
    )


@transaction.atomic
def _schedule(subscription: Subscription, *, due_at: datetime.datetime | None) -> Subscription:
    """Set when to look next; tell the subscriber what is done and what is due.

    What was heard of or asked for since we began (`due_at` is no longer what it was) is looked at then.
    """
    subscription = _locked(subscription)
    if next_step(subscription) is None:
        forget_changes(subscription, undo=False)
        tell_subscriber(subscription)
    if subscription.refresh_at == due_at:
        subscription.refresh_at = next_look(subscription)
    subscription.problem = ""
    subscription.save(update_fields=["refresh_at", "problem", "lines", "news", "status", "updated_at"])
    return subscription


def next_look(subscription: Subscription) -> datetime.datetime | None:
    """When to look again: once a day, after a charge, at the end, for a reminder; None when it is over."""
    if subscription.store_status == CANCELED and subscription.is_over:
        return None
    now = subscription.store.now()
    dates = [now + A_DAY]
    if next_step(subscription) is not None:
        dates.append(now + A_MINUTE)
    if subscription.next_renewal_at:
        dates.append(max(subscription.next_renewal_at, now) + AFTER_RENEWAL)
    if subscription.cancel_at_period_end and subscription.ends_at:
        dates.append(max(subscription.ends_at, now + A_MINUTE))
    if (at := reminder_at(subscription)) and at > now:
        dates.append(at)
    return min(dates) - subscription.store.clock_offset


@transaction.atomic
def _give_up(tried: Subscription, error: AdminApiError) -> None:
    """The store said no: it is as before, and staff see why. What was wished for since then stays."""
    subscription = _locked(tried)
    if _wishes(subscription) == _wishes(tried):
        subscription.wish = Wish.NONE
        forget_changes(subscription, undo=True)
        unsay(subscription)
        subscription.status = status_of(subscription)
    subscription.problem = error.message[:300]
    subscription.refresh_at = timezone.now() + A_DAY
    subscription.save()
    logger.error("subscription %s: the store refused: %s %s", subscription.pk, error.message, error.fields)
