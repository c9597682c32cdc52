"""Bringing the store's subscription to what we want of it: state against state, never by counting events.

Price of the next renewal (R156 to R161), the trial's end, pause, resume, cancel, a changed plan or
quantity. May run at any time, any number of times: what is as it should be costs one call.
"""

import datetime
import logging

from django.db import transaction
from django.utils import timezone

from orders.mail import tell_subscriber
from orders.models import Subscription
from orders.renewals import close_open_invoices, take_in_cycles
from orders.subscription_lines import forget_changes
from orders.subscription_news import reminder_at, unsay
from orders.subscription_steps import A_DAY, Step, next_step
from orders.subscriptions import CANCELED, mirror_subscription, status_of
from stores.admin_api import AdminApi, AdminApiError, StoreSubscription

logger = logging.getLogger(__name__)
Wish = Subscription.Wish

MOST_STEPS = 12
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
            if not error.refused:
                raise
            subscription = _refused(api, subscription, step, error)
        else:
            subscription = _mirror(subscription, found)
    close_open_invoices(subscription)
    return _schedule(subscription)


def _refused(api: AdminApi, subscription: Subscription, step: Step, error: AdminApiError) -> Subscription:
    """The store said no: because somebody else was quicker, or for good. Errors: AdminApiError, then."""
    found = api.retrieve_subscription(subscription.next_subscription_id)
    now = _mirror(subscription, found)
    if next_step(now) is step and _wishes(now) == _wishes(subscription):
        _give_up(subscription, error)
        raise error
    return now


def _wishes(subscription: Subscription) -> tuple[object, ...]:
    return subscription.wish, subscription.cancel_at_period_end, subscription.lines


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
    """Set when to look next; tell the subscriber what is done and what is due."""
    subscription = _locked(subscription)
    now = subscription.store.now()
    dates = [now + A_DAY]
    if subscription.next_renewal_at:
        dates.append(max(subscription.next_renewal_at + AFTER_RENEWAL, now + AFTER_RENEWAL))
    if subscription.cancel_at_period_end and subscription.ends_at:
        dates.append(max(subscription.ends_at, now + datetime.timedelta(minutes=1)))
    if (at := reminder_at(subscription)) and at > now:
        dates.append(at)
    if next_step(subscription) is None:
        forget_changes(subscription, undo=False)
        tell_subscriber(subscription)
    over = subscription.store_status == CANCELED and subscription.is_over
    subscription.refresh_at = None if over else min(dates) - subscription.store.clock_offset
    subscription.problem = ""
    subscription.save(update_fields=["refresh_at", "problem", "lines", "news", "status", "updated_at"])
    return subscription


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
