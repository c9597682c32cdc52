"""The next call that brings NEXT Commerce's subscription in line with ours, one call at a time.

NEXT Commerce can't change the variant of a line. So the new variant is added first, because a subscription
must keep at least one line, and at a price of 0.00, so that a renewal in between doesn't charge for both.
Then the old line is removed, and the new one gets its price. The new line's metadata names the line it
replaces.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils import timezone

from nextcommerce.client import NextClient
from nextcommerce.schemas import NextSubscription
from nextcommerce.statuses import NextSubscriptionStatus
from stores.dates import add_interval
from subscriptions.billing_dates import billing_anchor_day, corrected_renewal_date
from subscriptions.models import Subscription
from subscriptions.subscription_lines import (
    find_line_to_add,
    find_line_to_remove,
    find_line_to_update,
    needs_interval_update,
    renewal_unit_price,
    sold_interval,
)

PendingAction = Subscription.PendingAction
ONE_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class SyncAction:
    """A call to NEXT Commerce. `key` names it and what it sets: two equal ones have the same effect."""

    key: str
    send: Callable[[NextClient, Subscription], NextSubscription]


def find_sync_action(subscription: Subscription) -> SyncAction | None:
    """Return the next call to NEXT Commerce, or None if the subscription is in sync."""
    if subscription.next_state.is_canceled:
        return None
    for find_target, send in STEPS:
        target = find_target(subscription)
        if target is not None:
            key = f"{send.__name__.removeprefix('_send_')} {target}".strip()
            return SyncAction(key=key[:100], send=send)
    return None


def is_waiting_for_effect(subscription: Subscription, action: SyncAction) -> bool:
    """Return True if NEXT Commerce accepted the call a short while ago, and may still show its effect."""
    is_same_call = subscription.unconfirmed_call == action.key
    return is_same_call and subscription.resend_at is not None and subscription.resend_at > timezone.now()


def _find_cancellation(subscription: Subscription) -> str | None:
    is_due = subscription.cancel_at_period_end and (
        subscription.next_state.is_past_due or subscription.has_period_ended
    )
    return "" if is_due or subscription.pending_action == PendingAction.CANCEL else None


def _find_write_off(subscription: Subscription) -> str | None:
    is_requested = subscription.pending_action == PendingAction.WRITE_OFF
    return "" if is_requested and subscription.next_state.is_past_due else None


def _find_pause(subscription: Subscription) -> str | None:
    is_wanted = subscription.cancel_at_period_end or subscription.pending_action == PendingAction.PAUSE
    return _pause_end(subscription) or "" if is_wanted and subscription.next_state.is_active else None


def _find_resume(subscription: Subscription) -> str | None:
    is_wanted = subscription.pending_action == PendingAction.RESUME or would_resume_too_early(subscription)
    return "" if is_wanted and subscription.next_state.is_paused else None


def _find_trial_end(subscription: Subscription) -> str | None:
    is_wanted = subscription.trial_end is not None and not subscription.is_trial_end_synced
    return "" if is_wanted and subscription.next_state.is_active else None


def _find_renewal_date(subscription: Subscription) -> str | None:
    date = corrected_renewal_date(subscription) if subscription.next_state.is_active else None
    return date.isoformat() if date else None


def _find_new_line(subscription: Subscription) -> str | None:
    change = find_line_to_add(subscription)
    return f"{change.line.next_line_id}: {change.next_variant_id}" if change else None


def _find_line_removal(subscription: Subscription) -> str | None:
    line = find_line_to_remove(subscription)
    return str(line.next_line_id) if line else None


def _find_interval(subscription: Subscription) -> str | None:
    return str(sold_interval(subscription)) if needs_interval_update(subscription) else None


def _find_line_update(subscription: Subscription) -> str | None:
    line = find_line_to_update(subscription)
    if line is None:
        return None
    price = renewal_unit_price(line=line, renewal=subscription.cycle + 1)
    return f"{line.next_line_id}: {line.quantity} at {price}"


def would_resume_too_early(subscription: Subscription) -> bool:
    """Return True if a canceled subscription is paused only until a date.

    It is resumed first, then paused again without a date, so that it never wakes up and charges.
    """
    return subscription.cancel_at_period_end and subscription.paused_until is not None


def resumed_charge_date(subscription: Subscription) -> datetime.datetime:
    """Return the next charge after a pause or a decline: the next date of the original schedule."""
    now = subscription.store.now()
    date = subscription.scheduled_renewal_at or now
    interval = sold_interval(subscription)
    day = billing_anchor_day(subscription)
    for _cycle in range(1000):
        if date > now or interval is None:
            break
        zone = subscription.store.time_zone
        date = add_interval(date, *interval, zone, anchor_day=day)
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
    body = {"pause_until": _pause_end(subscription)}
    return api.pause_subscription(subscription.next_subscription_id, body)


def _pause_end(subscription: Subscription) -> str | None:
    """Return the day in the store's time zone on which the pause ends, if it has an end."""
    until = None if subscription.cancel_at_period_end else subscription.pending_pause_until
    zone = ZoneInfo(subscription.store.time_zone)
    return until.astimezone(zone).date().isoformat() if until else None


def _send_resume(api: NextClient, subscription: Subscription) -> NextSubscription:
    body = {"next_renewal_date": resumed_charge_date(subscription).isoformat()}
    return api.resume_subscription(subscription.next_subscription_id, body)


def _send_write_off(api: NextClient, subscription: Subscription) -> NextSubscription:
    """Stop retrying the declined charge: NEXT Commerce charges again with the next cycle."""
    body = {
        "status": NextSubscriptionStatus.ACTIVE,
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
    change = find_line_to_add(subscription)
    assert change is not None
    body = {
        "product_id": change.next_variant_id,
        "quantity": change.line.after_change.quantity,
        "price": "0.00",
        "metadata": {"replaces": change.line.next_line_id},
    }
    api.add_subscription_line(subscription.next_subscription_id, body)
    return api.retrieve_subscription(subscription.next_subscription_id)


def _send_line_removal(api: NextClient, subscription: Subscription) -> NextSubscription:
    line = find_line_to_remove(subscription)
    assert line is not None
    api.remove_subscription_line(subscription.next_subscription_id, line.next_line_id)
    return api.retrieve_subscription(subscription.next_subscription_id)


def _send_line_update(api: NextClient, subscription: Subscription) -> NextSubscription:
    line = find_line_to_update(subscription)
    assert line is not None
    body = {
        "quantity": line.quantity,
        "price": str(renewal_unit_price(line=line, renewal=subscription.cycle + 1)),
    }
    api.update_subscription_line(subscription.next_subscription_id, line.next_line_id, body)
    return api.retrieve_subscription(subscription.next_subscription_id)


def _send_interval(api: NextClient, subscription: Subscription) -> NextSubscription:
    sold = sold_interval(subscription)
    assert sold is not None
    body = {"interval": sold[0], "interval_count": sold[1]}
    return api.update_subscription(subscription.next_subscription_id, body)


# What NEXT Commerce may have to be told, most urgent first: what finds it, and what sends it. Each finder
# returns what the call would set, or None if it isn't needed.
STEPS: tuple[
    tuple[
        Callable[[Subscription], str | None],
        Callable[[NextClient, Subscription], NextSubscription],
    ],
    ...,
] = (
    (_find_cancellation, _send_cancellation),
    (_find_write_off, _send_write_off),
    (_find_pause, _send_pause),
    (_find_resume, _send_resume),
    (_find_trial_end, _send_trial_end),
    (_find_renewal_date, _send_renewal_date),
    (_find_new_line, _send_new_line),
    (_find_line_removal, _send_line_removal),
    (_find_interval, _send_interval),
    (_find_line_update, _send_line_update),
)
