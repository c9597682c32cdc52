"""Bringing the store's subscription to what we want of it: state against state, never by counting events.

Price of the next renewal (R156 to R161), the trial's end, pause, resume, cancel, a changed plan or
quantity. May run at any time, any number of times: what is as it should be costs one call.
"""

import datetime
import logging

from django.db import transaction
from django.utils import timezone

from nextcommerce.client import NextClient
from nextcommerce.errors import NextApiError
from nextcommerce.schemas import NextSubscription
from stores.next_client import open_next_client
from subscriptions.mirror import CANCELED, derive_subscription_status, mirror_subscription
from subscriptions.models import Subscription
from subscriptions.notifications import (
    drop_pending_notifications,
    queue_subscriber_notifications,
    reminder_time,
)
from subscriptions.renewals import close_open_invoices, record_billing_cycles
from subscriptions.subscription_lines import clear_pending_changes
from subscriptions.sync_actions import A_DAY, SyncAction, find_sync_action

logger = logging.getLogger(__name__)
PendingAction = Subscription.PendingAction

MAX_ACTIONS = 12
MAX_FETCHES = 3
A_MINUTE = datetime.timedelta(minutes=1)
# A renewal is looked at so long after it was due; the store's may take half an hour (2).
AFTER_RENEWAL = datetime.timedelta(minutes=45)


def sync_subscription(*, subscription: Subscription, background: bool = True) -> Subscription:
    """Mirror the subscription, take in its cycles, and do what is wanted of it and not done yet.

    Errors: AdminApiError. What the store refused is no longer wanted, and is noted; what was not reached
    or is unclear stays wanted, and the reconciler tries again.
    """
    api = open_next_client(subscription.store, background=background)
    due_at = _read_stored_time(subscription, "refresh_at")
    subscription, found = _fetch_and_mirror(api, subscription)
    record_billing_cycles(subscription=subscription, found=found, api=api)
    for _attempt in range(MAX_ACTIONS):
        action = find_sync_action(subscription)
        if action is None:
            break
        try:
            subscription, found = _fetch_and_mirror(api, subscription, action)
        except NextApiError as error:
            if not error.is_refused:
                raise
            subscription = _handle_refusal(api, subscription, action, error)
    close_open_invoices(subscription)
    return _finish_sync(subscription, due_at=due_at)


def _fetch_and_mirror(
    api: NextClient, subscription: Subscription, action: SyncAction | None = None
) -> tuple[Subscription, NextSubscription]:
    """Run an action, or only look, and mirror the answer.

    Where somebody else changed the row since we asked, the answer may be older than theirs: look again.
    """
    for attempt in range(1, MAX_FETCHES + 1):
        seen = _read_stored_time(subscription, "updated_at")
        found = (
            action(api, subscription)
            if action
            else api.retrieve_subscription(subscription.next_subscription_id)
        )
        mirrored = _mirror_unless_changed(subscription, found, seen=None if attempt == MAX_FETCHES else seen)
        if mirrored is not None:
            break
        action = None
    assert mirrored is not None
    return mirrored, found


def _handle_refusal(
    api: NextClient, subscription: Subscription, action: SyncAction, error: NextApiError
) -> Subscription:
    """The store said no: because somebody else was quicker, or for good. Errors: AdminApiError, then."""
    now, _found = _fetch_and_mirror(api, subscription)
    if find_sync_action(now) is action and _pending_changes(now) == _pending_changes(subscription):
        if now.cancel_at_period_end and now.pending_action != PendingAction.CANCEL:
            return _request_immediate_cancel(now)
        _abandon_pending_action(subscription, error)
        raise error
    return now


@transaction.atomic
def _request_immediate_cancel(subscription: Subscription) -> Subscription:
    """It cannot be paused until it ends: better ended there too early than charged once more."""
    subscription = _lock_subscription(subscription)
    subscription.pending_action = PendingAction.CANCEL
    subscription.save(update_fields=["pending_action", "updated_at"])
    return subscription


def _pending_changes(subscription: Subscription) -> tuple[object, ...]:
    return subscription.pending_action, subscription.cancel_at_period_end, subscription.lines


def _read_stored_time(subscription: Subscription, field: str) -> datetime.datetime | None:
    moment: datetime.datetime | None = Subscription.objects.values_list(field, flat=True).get(
        pk=subscription.pk
    )
    return moment


@transaction.atomic
def _mirror_unless_changed(
    subscription: Subscription, found: NextSubscription, *, seen: datetime.datetime | None
) -> Subscription | None:
    """Mirror what was found; None where the row is not as it was `seen` when we asked."""
    subscription = _lock_subscription(subscription)
    if seen is not None and subscription.updated_at != seen:
        return None
    mirror_subscription(subscription=subscription, found=found)
    return subscription


def _lock_subscription(subscription: Subscription) -> Subscription:
    return (
        Subscription.objects.select_for_update(of=("self",))
        .select_related("store", "order")
        .get(pk=subscription.pk)
    )


@transaction.atomic
def _finish_sync(subscription: Subscription, *, due_at: datetime.datetime | None) -> Subscription:
    """Set when to look next; tell the subscriber what is done and what is due.

    What was heard of or asked for since we began (`due_at` is no longer what it was) is looked at then.
    """
    subscription = _lock_subscription(subscription)
    if find_sync_action(subscription) is None:
        clear_pending_changes(subscription, undo=False)
        queue_subscriber_notifications(subscription)
    if subscription.refresh_at == due_at:
        subscription.refresh_at = subscription_refresh_time(subscription)
    subscription.sync_error = ""
    subscription.save(
        update_fields=["refresh_at", "sync_error", "lines", "pending_notifications", "status", "updated_at"]
    )
    return subscription


def subscription_refresh_time(subscription: Subscription) -> datetime.datetime | None:
    """When to look again: once a day, after a charge, at the end, for a reminder; None when it is over."""
    if subscription.next_status == CANCELED and subscription.is_over:
        return None
    now = subscription.store.now()
    dates = [now + A_DAY]
    if find_sync_action(subscription) is not None:
        dates.append(now + A_MINUTE)
    if subscription.next_renewal_at:
        dates.append(max(subscription.next_renewal_at, now) + AFTER_RENEWAL)
    if subscription.cancel_at_period_end and subscription.ends_at:
        dates.append(max(subscription.ends_at, now + A_MINUTE))
    if (at := reminder_time(subscription)) and at > now:
        dates.append(at)
    return min(dates) - subscription.store.clock_offset


@transaction.atomic
def _abandon_pending_action(tried: Subscription, error: NextApiError) -> None:
    """The store said no: it is as before, and staff see why. What was wished for since then stays."""
    subscription = _lock_subscription(tried)
    if _pending_changes(subscription) == _pending_changes(tried):
        subscription.pending_action = PendingAction.NONE
        clear_pending_changes(subscription, undo=True)
        drop_pending_notifications(subscription)
        subscription.status = derive_subscription_status(subscription)
    subscription.sync_error = error.message[:300]
    subscription.refresh_at = timezone.now() + A_DAY
    subscription.save()
    logger.error("subscription %s: the store refused: %s %s", subscription.pk, error.message, error.fields)
