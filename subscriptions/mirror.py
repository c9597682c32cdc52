"""Expect subscriptions from paid orders, and mirror them from NEXT Commerce."""

import datetime
from copy import deepcopy
from typing import Any

from django.utils import timezone

from nextcommerce.schemas import NextOrder, NextSubscription
from nextcommerce.statuses import NextSubscriptionStatus as NextStatus
from orders.models import Notification, Order
from subscriptions.models import Subscription
from subscriptions.notifications import add_pending_notification, build_pending_notification
from subscriptions.subscription_lines import merge_next_subscription_lines

Status = Subscription.Status
PendingAction = Subscription.PendingAction


def expect_subscriptions(*, order: Order, next_order: NextOrder) -> None:
    """Create a row for each subscription that a paid order started (R148), to be synced right after.

    Idempotent. Call it in a transaction.
    """
    if not next_order.subscription_ids or next_order.is_renewal or not order.is_paid:
        return
    for number in next_order.subscription_ids:
        Subscription.objects.get_or_create(
            store_id=order.store_id,
            next_subscription_id=number,
            defaults={
                "order": order,
                "customer_id": order.customer_id,
                "currency": order.currency,
                "period_start": order.paid_at,
                "refresh_at": timezone.now(),
                "pending_notifications": [build_pending_notification(Notification.Kind.SUBSCRIBED)],
            },
        )


def schedule_subscription_sync(*, store_id: int, number: int) -> bool:
    """Schedule a sync as soon as possible. Return False if the subscription isn't ours."""
    rows = Subscription.objects.filter(store=store_id, next_subscription_id=number)
    return bool(rows.update(refresh_at=timezone.now()))


def mirror_subscription(*, subscription: Subscription, next_subscription: NextSubscription) -> None:
    """Update a subscription from NEXT Commerce's.

    The caller holds the row's lock, with `store` and `order` loaded.
    """
    before = _column_values(subscription)
    if next_subscription.is_past_due and subscription.scheduled_renewal_at is None:
        # From here on, `next_renewal_at` is the next retry.
        subscription.scheduled_renewal_at = subscription.next_renewal_at
    subscription.next_status = next_subscription.status[:32]
    subscription.currency = next_subscription.currency or subscription.currency
    subscription.shipping_price = next_subscription.shipping_price or subscription.shipping_price
    subscription.cycle = max(subscription.cycle, next_subscription.last_cycle)
    subscription.next_renewal_at = next_subscription.next_renewal_at
    subscription.paused_at = next_subscription.paused_at
    subscription.paused_until = next_subscription.paused_until
    subscription.lines = merge_next_subscription_lines(
        subscription=subscription, next_subscription=next_subscription
    )
    trial_days = max(
        (line["terms"]["trial_period_days"] for line in subscription.lines if line["terms"]), default=0
    )
    if trial_days and subscription.trial_end is None and subscription.order.paid_at:
        started_at = subscription.order.paid_at + subscription.store.clock_offset
        subscription.trial_end = started_at + datetime.timedelta(days=trial_days)
    canceled_by_next = next_subscription.is_canceled and not (
        subscription.cancel_at_period_end or subscription.pending_action == PendingAction.CANCEL
    )
    clear_fulfilled_action(subscription)
    subscription.status = derive_subscription_status(subscription)
    if subscription.is_over and subscription.canceled_at is None:
        subscription.canceled_at = subscription.store.now()
        if canceled_by_next:
            add_pending_notification(subscription, Notification.Kind.ENDED)
        subscription.cancel_reason = subscription.cancel_reason or next_subscription.cancel_reason[:300]
    if _column_values(subscription) != before:
        subscription.save()


def _column_values(subscription: Subscription) -> dict[str, Any]:
    return deepcopy(
        {field.attname: getattr(subscription, field.attname) for field in subscription._meta.fields}
    )


def clear_fulfilled_action(subscription: Subscription) -> None:
    """Clear the pending action, unsaved, if NEXT Commerce's status already is what it requests."""
    next_state = NextStatus(subscription.next_status)
    fulfilled = {
        PendingAction.PAUSE: next_state.is_paused or next_state.is_canceled,
        PendingAction.RESUME: not next_state.is_paused,
        PendingAction.CANCEL: next_state.is_canceled,
        PendingAction.WRITE_OFF: not next_state.is_past_due,
    }
    if subscription.pending_action and fulfilled[PendingAction(subscription.pending_action)]:
        subscription.pending_action = PendingAction.NONE
    is_on_schedule = not next_state.is_paused and not next_state.is_past_due
    if is_on_schedule and not subscription.pending_action and not subscription.cancel_at_period_end:
        subscription.scheduled_renewal_at = None


def derive_subscription_status(subscription: Subscription) -> str:
    """Return our status: a pending action counts as done, a cancellation only once the period ends."""
    if (
        subscription.cancel_at_period_end
        and subscription.ends_at
        and subscription.ends_at > subscription.store.now()
    ):
        return Status.ACTIVE
    next_state = NextStatus(subscription.next_status)
    if next_state.is_canceled or subscription.pending_action == PendingAction.CANCEL:
        return Status.CANCELED
    if subscription.cancel_at_period_end:
        return Status.CANCELED
    if subscription.pending_action in {PendingAction.RESUME, PendingAction.WRITE_OFF}:
        return Status.ACTIVE
    if next_state.is_paused or subscription.pending_action == PendingAction.PAUSE:
        return Status.PAUSED
    return Status.PAST_DUE if next_state.is_past_due else Status.ACTIVE
