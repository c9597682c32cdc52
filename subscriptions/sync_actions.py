"""The next call that brings NEXT Commerce's subscription in line with ours, one call at a time.

NEXT Commerce can't change the variant of a line. So the new variant is added first, because a subscription
must keep at least one line, and at a price of 0.00, so that a renewal in between doesn't charge for both.
Then the old line is removed, and the new one gets its price. The new line's metadata names the line it
replaces.
"""

import datetime
from collections.abc import Callable
from zoneinfo import ZoneInfo

from catalog.plan_snapshot import intervals_per_charge
from nextcommerce.client import NextClient
from nextcommerce.schemas import NextSubscription
from nextcommerce.statuses import NextSubscriptionStatus as NextStatus
from subscriptions.billing_dates import add_interval, billing_anchor_day, corrected_renewal_date
from subscriptions.models import Subscription
from subscriptions.subscription_lines import (
    line_after_changes,
    line_to_add,
    line_to_remove,
    line_to_update,
    needs_interval_update,
    renewal_unit_price,
    sold_interval,
)

PendingAction = Subscription.PendingAction
SyncAction = Callable[[NextClient, Subscription], NextSubscription]
ONE_DAY = datetime.timedelta(days=1)


def find_sync_action(subscription: Subscription) -> SyncAction | None:
    """Return the next call to NEXT Commerce, or None if the subscription is in sync."""
    now, next_state = subscription.store.now(), NextStatus(subscription.next_status)
    has_period_ended = subscription.cancel_at_period_end and (
        next_state.is_past_due or (subscription.ends_at is not None and subscription.ends_at <= now)
    )
    action: SyncAction | None = None
    if next_state.is_canceled:
        action = None
    elif subscription.pending_action == PendingAction.CANCEL or has_period_ended:
        action = _send_cancellation
    elif next_state.is_past_due and subscription.pending_action == PendingAction.WRITE_OFF:
        action = _send_write_off
    elif next_state.is_active and (
        subscription.cancel_at_period_end or subscription.pending_action == PendingAction.PAUSE
    ):
        action = _send_pause
    elif next_state.is_paused and (
        subscription.pending_action == PendingAction.RESUME or would_resume_too_early(subscription)
    ):
        action = _send_resume
    elif next_state.is_active and subscription.trial_end and not subscription.is_trial_end_synced:
        action = _send_trial_end
    elif next_state.is_active and corrected_renewal_date(subscription):
        action = _send_renewal_date
    elif line_to_add(subscription):
        action = _send_new_line
    elif line_to_remove(subscription):
        action = _send_line_removal
    elif needs_interval_update(subscription):
        action = _send_interval
    elif line_to_update(subscription):
        action = _send_line_update
    return action


def would_resume_too_early(subscription: Subscription) -> bool:
    """Return True if a canceled subscription is paused only until a date.

    It is resumed first, then paused again without a date, so that it never wakes up and charges.
    """
    return subscription.cancel_at_period_end and subscription.paused_until is not None


def resumed_charge_date(subscription: Subscription) -> datetime.datetime:
    """Return the next charge after a pause or a decline: the next date of the original schedule."""
    now = subscription.store.now()
    date = subscription.scheduled_renewal_at or now
    terms = subscription.main_line.get("terms")
    day = billing_anchor_day(subscription)
    for _cycle in range(1000):
        if date > now or not terms:
            break
        zone = subscription.store.time_zone
        date = add_interval(date, terms["interval"], intervals_per_charge(terms), zone, anchor_day=day)
    return date if date > now else now + ONE_DAY


def _send_cancellation(api: NextClient, subscription: Subscription) -> NextSubscription:
    reason = subscription.cancel_reason
    is_known_reason = reason in Subscription.CancelReason
    body = {
        "cancel_reason": reason if is_known_reason else Subscription.CancelReason.OTHER,
        "cancel_reason_other_message": None if is_known_reason else reason or "Canceled by the customer.",
        # One email is enough: ours, if this store emails its subscribers.
        "send_cancel_notification": not subscription.store.notify_subscribers,
    }
    return api.cancel_subscription(subscription.next_subscription_id, body)


def _send_pause(api: NextClient, subscription: Subscription) -> NextSubscription:
    until = None if subscription.cancel_at_period_end else subscription.pending_pause_until
    zone = ZoneInfo(subscription.store.time_zone)
    body = {"pause_until": until.astimezone(zone).date().isoformat() if until else None}
    return api.pause_subscription(subscription.next_subscription_id, body)


def _send_resume(api: NextClient, subscription: Subscription) -> NextSubscription:
    body = {"next_renewal_date": resumed_charge_date(subscription).isoformat()}
    return api.resume_subscription(subscription.next_subscription_id, body)


def _send_write_off(api: NextClient, subscription: Subscription) -> NextSubscription:
    """Stop retrying the declined charge: NEXT Commerce charges again with the next cycle."""
    body = {
        "status": NextStatus.ACTIVE,
        "next_renewal_date": resumed_charge_date(subscription).isoformat(),
    }
    return api.update_subscription(subscription.next_subscription_id, body)


def _send_trial_end(api: NextClient, subscription: Subscription) -> NextSubscription:
    assert subscription.trial_end is not None
    body = {"next_renewal_date": subscription.trial_end.isoformat()}
    next_subscription = api.update_subscription(subscription.next_subscription_id, body)
    Subscription.objects.filter(pk=subscription.pk).update(is_trial_end_synced=True)
    return next_subscription


def _send_renewal_date(api: NextClient, subscription: Subscription) -> NextSubscription:
    date = corrected_renewal_date(subscription)
    assert date is not None
    body = {"next_renewal_date": date.isoformat()}
    return api.update_subscription(subscription.next_subscription_id, body)


def _send_new_line(api: NextClient, subscription: Subscription) -> NextSubscription:
    """Add the new variant, free of charge, next to the line it replaces."""
    line = line_to_add(subscription)
    assert line is not None
    body = {
        "product_id": line["pending_variant"]["next_variant_id"],
        "quantity": line_after_changes(line)["quantity"],
        "price": "0.00",
        "metadata": {"replaces": line["next_line_id"]},
    }
    api.add_subscription_line(subscription.next_subscription_id, body)
    return api.retrieve_subscription(subscription.next_subscription_id)


def _send_line_removal(api: NextClient, subscription: Subscription) -> NextSubscription:
    line = line_to_remove(subscription)
    assert line is not None
    api.remove_subscription_line(subscription.next_subscription_id, line["next_line_id"])
    return api.retrieve_subscription(subscription.next_subscription_id)


def _send_line_update(api: NextClient, subscription: Subscription) -> NextSubscription:
    line = line_to_update(subscription)
    assert line is not None
    body = {
        "quantity": line_after_changes(line)["quantity"],
        "price": str(renewal_unit_price(line=line, renewal=subscription.cycle + 1)),
    }
    api.update_subscription_line(subscription.next_subscription_id, line["next_line_id"], body)
    return api.retrieve_subscription(subscription.next_subscription_id)


def _send_interval(api: NextClient, subscription: Subscription) -> NextSubscription:
    interval, count = sold_interval(subscription.main_line)
    body = {"interval": interval, "interval_count": count}
    return api.update_subscription(subscription.next_subscription_id, body)
