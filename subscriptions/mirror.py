"""Expect subscriptions from paid orders, and mirror them from NEXT Commerce."""

import datetime
from copy import deepcopy
from typing import Any

from django.utils import timezone

from nextcommerce.schemas import NextOrder, NextSubscription
from orders.models import Notification, Order
from stores.columns import fit_to_columns
from subscriptions import sentences
from subscriptions.line_mirror import mirror_lines
from subscriptions.models import Subscription
from subscriptions.monthly_amounts import set_monthly_amount
from subscriptions.notifications import add_pending_notification
from wording.sentence import Sentence

Status = Subscription.Status
PendingAction = Subscription.PendingAction
INTERVALS = ("day", "week", "month", "year")
# More of any interval is no rhythm that anybody is charged on, and its dates can't be calculated.
MAX_INTERVAL_COUNT = 366


def expect_subscriptions(*, order: Order, next_order: NextOrder) -> None:
    """Create a row for each subscription that a paid order started (R148), to be synced right after.

    Idempotent. Call it in a transaction.
    """
    if not next_order.subscription_ids or next_order.is_renewal or not order.is_paid:
        return
    for number in next_order.subscription_ids:
        subscription, is_new = Subscription.objects.get_or_create(
            store_id=order.store_id,
            next_subscription_id=number,
            defaults={
                "order": order,
                "customer_id": order.customer_id,
                "currency": order.currency,
                "period_start": order.paid_at,
                "refresh_at": timezone.now(),
            },
        )
        if is_new:
            add_pending_notification(subscription, Notification.Kind.SUBSCRIBED)


def schedule_subscription_sync(*, store_id: int, number: int) -> bool:
    """Schedule a sync as soon as possible. Return False if the subscription isn't ours."""
    rows = Subscription.objects.filter(store=store_id, next_subscription_id=number)
    return bool(rows.update(refresh_at=timezone.now()))


def find_mismatch(*, subscription: Subscription, next_subscription: NextSubscription) -> Sentence:
    """Return why the answer can't be about this subscription; the empty sentence if it can."""
    first_orders = {billed.order_number for billed in next_subscription.billing_cycles if billed.cycle == 0}
    ours = subscription.order.next_order_number
    if next_subscription.id != subscription.next_subscription_id:
        return sentences.OTHER_SUBSCRIPTION_SHOWN.fill()
    if next_subscription.currency not in {"", subscription.currency}:
        return sentences.OTHER_CURRENCY_SHOWN.fill()
    if first_orders and ours and ours not in first_orders:
        return sentences.OTHER_FIRST_ORDER_SHOWN.fill()
    return Sentence()


def mirror_subscription(*, subscription: Subscription, next_subscription: NextSubscription) -> None:
    """Update a subscription from NEXT Commerce's.

    The caller holds the row's lock, with `store`, `order`, and the lines loaded, and has checked that the
    answer is about this subscription.
    """
    before = _column_values(subscription)
    _copy_next_values(subscription, next_subscription)
    have_lines_changed = mirror_lines(subscription=subscription, next_subscription=next_subscription)
    set_monthly_amount(subscription)
    _start_trial(subscription)
    _schedule_first_seen(subscription)
    is_canceled_by_us = (
        subscription.cancel_at_period_end or subscription.pending_action == PendingAction.CANCEL
    )
    clear_fulfilled_action(subscription)
    subscription.status = derive_subscription_status(subscription)
    if subscription.is_over and subscription.canceled_at is None:
        subscription.canceled_at = subscription.store.now()
        if next_subscription.is_canceled and not is_canceled_by_us:
            add_pending_notification(subscription, Notification.Kind.ENDED)
        subscription.cancel_reason = subscription.cancel_reason or next_subscription.cancel_reason[:300]
    if have_lines_changed or _column_values(subscription) != before:
        subscription.save()


def _copy_next_values(subscription: Subscription, next_subscription: NextSubscription) -> None:
    """Copy what NEXT Commerce says into the columns, as far as they can hold it."""
    if next_subscription.is_past_due and subscription.scheduled_renewal_at is None:
        # From here on, `next_renewal_at` is the next retry.
        subscription.scheduled_renewal_at = subscription.next_renewal_at
    interval, count = next_subscription.interval, next_subscription.interval_count
    is_valid_interval = interval in INTERVALS and 1 <= count <= MAX_INTERVAL_COUNT
    values: dict[str, Any] = {
        "next_status": next_subscription.status or subscription.next_status,
        "next_interval": interval if is_valid_interval else "",
        "next_interval_count": count if is_valid_interval else 0,
        "shipping_price": next_subscription.shipping_price,
        "cycle": max(subscription.cycle, next_subscription.last_cycle),
        "next_renewal_at": next_subscription.next_renewal_at,
        "paused_at": next_subscription.paused_at,
        "paused_until": next_subscription.paused_until,
    }
    for name, value in fit_to_columns(Subscription, values).items():
        setattr(subscription, name, value)


def _start_trial(subscription: Subscription) -> None:
    trial_days = max(
        (line.terms["trial_period_days"] for line in subscription.lines.all() if line.terms), default=0
    )
    if trial_days and subscription.trial_end is None and subscription.order.paid_at:
        started_at = subscription.order.paid_at + subscription.store.clock_offset
        subscription.trial_end = started_at + datetime.timedelta(days=trial_days)


def _schedule_first_seen(subscription: Subscription) -> None:
    """Fill in the dates of a change that was requested before NEXT Commerce knew the subscription."""
    if subscription.cancel_at_period_end and subscription.ends_at is None:
        subscription.ends_at = subscription.next_renewal_at or subscription.store.now()
        subscription.scheduled_renewal_at = subscription.ends_at
    if subscription.pending_action == PendingAction.PAUSE and subscription.scheduled_renewal_at is None:
        subscription.scheduled_renewal_at = subscription.next_renewal_at


def _column_values(subscription: Subscription) -> dict[str, Any]:
    return deepcopy(
        {field.attname: getattr(subscription, field.attname) for field in subscription._meta.fields}
    )


def clear_fulfilled_action(subscription: Subscription) -> None:
    """Clear the pending action, unsaved, if NEXT Commerce's status already is what it requests."""
    next_state = subscription.next_state
    fulfilled = {
        PendingAction.NONE: True,
        PendingAction.PAUSE: next_state.is_paused or next_state.is_canceled,
        PendingAction.RESUME: not next_state.is_paused,
        PendingAction.CANCEL: next_state.is_canceled,
        PendingAction.WRITE_OFF: not next_state.is_past_due,
    }
    if fulfilled[PendingAction(subscription.pending_action)]:
        subscription.pending_action = PendingAction.NONE
    is_on_schedule = not (next_state.is_paused or next_state.is_past_due)
    if is_on_schedule and not subscription.pending_action and not subscription.cancel_at_period_end:
        subscription.scheduled_renewal_at = None


def derive_subscription_status(subscription: Subscription) -> str:
    """Return our status: a pending action counts as done, a cancellation only once the period ends."""
    pending_action, next_state = subscription.pending_action, subscription.next_state
    if subscription.cancel_at_period_end and not subscription.has_period_ended:
        return Status.ACTIVE
    if subscription.cancel_at_period_end or pending_action == PendingAction.CANCEL or next_state.is_canceled:
        return Status.CANCELED
    if pending_action in {PendingAction.RESUME, PendingAction.WRITE_OFF}:
        return Status.ACTIVE
    if pending_action == PendingAction.PAUSE or next_state.is_paused:
        return Status.PAUSED
    return Status.PAST_DUE if next_state.is_past_due else Status.ACTIVE
