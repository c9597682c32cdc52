"""Sync a subscription with NEXT Commerce by comparing states, never by counting events.

Covers the price of the next renewal (R156 to R161), the trial's end, pause, resume, cancellation, and
changes of plan, variant, and quantity. Can run at any time, any number of times; a subscription in sync
costs one call.
"""

import datetime
import logging

from django.db import transaction
from django.utils import timezone

from nextcommerce.client import NextClient
from nextcommerce.errors import NextApiError
from nextcommerce.schemas import NextSubscription
from nextcommerce.statuses import NextSubscriptionStatus as NextStatus
from stores.next_client import open_next_client
from subscriptions.billing_cycles import close_open_invoices, record_billing_cycles
from subscriptions.mirror import derive_subscription_status, mirror_subscription
from subscriptions.models import Subscription
from subscriptions.notifications import (
    drop_pending_notifications,
    queue_subscriber_notifications,
)
from subscriptions.reminders import reminder_time
from subscriptions.subscription_lines import clear_pending_changes
from subscriptions.sync_actions import ONE_DAY, SyncAction, find_sync_action

logger = logging.getLogger(__name__)
PendingAction = Subscription.PendingAction

MAX_ACTIONS = 12
MAX_FETCHES = 3
ONE_MINUTE = datetime.timedelta(minutes=1)
# NEXT Commerce may charge a renewal up to half an hour late.
RENEWAL_CHECK_DELAY = datetime.timedelta(minutes=45)


def sync_subscription(*, subscription: Subscription, background: bool = True) -> Subscription:
    """Mirror the subscription, record its billing cycles, and send what is pending.

    Raises NextApiError. A refused action is dropped and noted in `sync_error`. If NEXT Commerce can't be
    reached or the outcome is unclear, the action stays pending and the reconciler tries again.
    """
    api = open_next_client(subscription.store, background=background)
    due_at = _read_stored_time(subscription, "refresh_at")
    subscription, next_subscription = _fetch_and_mirror(api, subscription)
    record_billing_cycles(subscription=subscription, next_subscription=next_subscription, api=api)
    for _attempt in range(MAX_ACTIONS):
        action = find_sync_action(subscription)
        if action is None:
            break
        try:
            subscription, next_subscription = _fetch_and_mirror(api, subscription, action)
        except NextApiError as error:
            if not error.is_refused:
                raise
            subscription = _handle_refusal(api, subscription, action, error)
    close_open_invoices(subscription)
    return _finish_sync(subscription, due_at=due_at)


def _fetch_and_mirror(
    api: NextClient, subscription: Subscription, action: SyncAction | None = None
) -> tuple[Subscription, NextSubscription]:
    """Run an action or just retrieve the subscription, and mirror the response.

    If the row changed since the request, the response may be older than the row: retrieve it again.
    """
    for attempt in range(1, MAX_FETCHES + 1):
        updated_at = _read_stored_time(subscription, "updated_at")
        next_subscription = (
            action(api, subscription)
            if action
            else api.retrieve_subscription(subscription.next_subscription_id)
        )
        mirrored = _mirror_unless_changed(
            subscription, next_subscription, since=None if attempt == MAX_FETCHES else updated_at
        )
        if mirrored is not None:
            break
        action = None
    assert mirrored is not None
    return mirrored, next_subscription


def _handle_refusal(
    api: NextClient, subscription: Subscription, action: SyncAction, error: NextApiError
) -> Subscription:
    """Drop a refused action and raise its error, unless another process changed the subscription first.

    A refused pause before a cancellation becomes an immediate cancellation.
    """
    current, _next_subscription = _fetch_and_mirror(api, subscription)
    if find_sync_action(current) is action and _pending_changes(current) == _pending_changes(subscription):
        if current.cancel_at_period_end and current.pending_action != PendingAction.CANCEL:
            return _request_immediate_cancel(current)
        _abandon_pending_action(subscription, error)
        raise error
    return current


@transaction.atomic
def _request_immediate_cancel(subscription: Subscription) -> Subscription:
    """Cancel now because the pause was refused: ending early is better than charging once more."""
    subscription = _lock_subscription(subscription)
    subscription.pending_action = PendingAction.CANCEL
    subscription.save(update_fields=["pending_action", "updated_at"])
    return subscription


def _pending_changes(subscription: Subscription) -> tuple[object, ...]:
    return subscription.pending_action, subscription.cancel_at_period_end, subscription.lines


def _read_stored_time(subscription: Subscription, field: str) -> datetime.datetime | None:
    rows = Subscription.objects.filter(pk=subscription.pk)
    stored: datetime.datetime | None = rows.values_list(field, flat=True).get()
    return stored


@transaction.atomic
def _mirror_unless_changed(
    subscription: Subscription, next_subscription: NextSubscription, *, since: datetime.datetime | None
) -> Subscription | None:
    """Mirror the response and return the row; None if the row was updated after `since`."""
    subscription = _lock_subscription(subscription)
    if since is not None and subscription.updated_at != since:
        return None
    mirror_subscription(subscription=subscription, next_subscription=next_subscription)
    return subscription


def _lock_subscription(subscription: Subscription) -> Subscription:
    return (
        Subscription.objects.select_for_update(of=("self",))
        .select_related("store", "order")
        .get(pk=subscription.pk)
    )


@transaction.atomic
def _finish_sync(subscription: Subscription, *, due_at: datetime.datetime | None) -> Subscription:
    """Schedule the next sync, and queue the emails that are due.

    Keep `refresh_at` if it is no longer `due_at`: a webhook or a request set it since this sync started.
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
    """Return when to sync next: daily, after a charge, at the end, for a reminder; None once it has ended."""
    if NextStatus(subscription.next_status).is_canceled and subscription.is_over:
        return None
    now = subscription.store.now()
    dates = [now + ONE_DAY]
    if find_sync_action(subscription) is not None:
        dates.append(now + ONE_MINUTE)
    if subscription.next_renewal_at:
        dates.append(max(subscription.next_renewal_at, now) + RENEWAL_CHECK_DELAY)
    if subscription.cancel_at_period_end and subscription.ends_at:
        dates.append(max(subscription.ends_at, now + ONE_MINUTE))
    if (remind_at := reminder_time(subscription)) and remind_at > now:
        dates.append(remind_at)
    return min(dates) - subscription.store.clock_offset


@transaction.atomic
def _abandon_pending_action(attempted: Subscription, error: NextApiError) -> None:
    """Restore the state before a refused action, and note why for staff. Newer requests stay pending."""
    subscription = _lock_subscription(attempted)
    if _pending_changes(subscription) == _pending_changes(attempted):
        subscription.pending_action = PendingAction.NONE
        clear_pending_changes(subscription, undo=True)
        drop_pending_notifications(subscription)
        subscription.status = derive_subscription_status(subscription)
    subscription.sync_error = error.message[:300]
    subscription.refresh_at = timezone.now() + ONE_DAY
    subscription.save()
    logger.error(
        "subscription %s: NEXT Commerce refused: %s %s", subscription.pk, error.message, error.fields
    )
