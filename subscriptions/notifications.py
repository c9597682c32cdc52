"""Which emails subscribers get (R139).

A change is noted when it is requested and emailed once NEXT Commerce confirms it. Reminders follow from the
date of the next charge, its price, and the last price. Each email has its own key in the outbox, so it is
sent only once, however often and from wherever a sync runs.
"""

import datetime
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from catalog.plan_snapshot import price_of_renewal
from orders.models import Notification
from orders.notifications import queue_notification
from subscriptions.charges import charges_to_json, list_charges
from subscriptions.duplicates import mark_duplicate
from subscriptions.models import PendingNotification, Subscription
from subscriptions.reminders import due_anniversary, due_reminder_kind, last_lines_total, will_renew
from subscriptions.subscription_lines import upcoming_charge

Kind = Notification.Kind
# Only the latest of these counts.
STATE_KINDS = {Kind.PAUSED, Kind.RESUMED, Kind.CANCELED, Kind.CANCEL_REVOKED, Kind.ENDED}
REMINDER_KINDS = {Kind.TRIAL_ENDS, Kind.PRICE_CHANGES, Kind.RENEWS, Kind.YEARLY}


def add_pending_notification(
    subscription: Subscription,
    kind: str,
    *,
    charge_at: datetime.datetime | None = None,
    cycle: int | None = None,
) -> None:
    """Add an email to queue once the change is confirmed. Call it in the transaction of the request."""
    superseded = STATE_KINDS if kind in STATE_KINDS else {kind}
    subscription.pending_notifications.filter(kind__in=superseded).delete()
    subscription.pending_notifications.create(
        kind=kind, requested_at=timezone.now(), charge_at=charge_at, cycle=cycle
    )


def drop_pending_notifications(subscription: Subscription) -> None:
    """Drop the emails about a change that was refused."""
    subscription.pending_notifications.exclude(kind__in={Kind.SUBSCRIBED, Kind.SUBSCRIBED_TWICE}).delete()


def queue_subscriber_notifications(subscription: Subscription) -> None:
    """Queue the confirmations and reminders that are due, if this store emails its subscribers.

    The caller holds the row's lock. While the order is in review, nothing is queued.
    """
    order = subscription.order
    if not subscription.lines.all() or order.is_in_review:
        return
    if subscription.pending_notifications.filter(kind=Kind.SUBSCRIBED).exists() and mark_duplicate(
        subscription
    ):
        add_pending_notification(subscription, Kind.SUBSCRIBED_TWICE)
    if subscription.store.notify_subscribers and order.email:
        for kind, key, details in list_due_subscriber_notifications(subscription):
            queue_notification(
                order=order,
                kind=kind,
                key=key,
                subject_id=subscription.pk,
                get_details=partial(_merge_details, subscription, details),
            )
    subscription.pending_notifications.all().delete()


def _merge_details(subscription: Subscription, details: dict[str, str]) -> dict[str, Any]:
    return notification_details(subscription) | details


def list_due_subscriber_notifications(subscription: Subscription) -> list[tuple[str, str, dict[str, str]]]:
    """Return kind, key, and details of each notification that the subscriber should have by now.

    Call it only when the subscription is in sync.
    """
    number = subscription.next_subscription_id
    notifications: list[tuple[str, str, dict[str, str]]] = []
    for pending in subscription.pending_notifications.all():
        if _has_happened(subscription, pending):
            key = f"{pending.kind}-{number}-{pending.requested_at:%Y%m%d%H%M%S%f}"
            charge_at = _iso_utc_or_none(pending.charge_at)
            notifications.append((pending.kind, key, {"charge_at": charge_at} if charge_at else {}))
    if kind := due_reminder_kind(subscription):
        notifications.append((kind, f"reminder-{number}-{_renewal_day(subscription)}", {}))
    if years := due_anniversary(subscription):
        notifications.append((Kind.YEARLY, f"yearly-{number}-{years}", {}))
    if subscription.status == Subscription.Status.PAST_DUE:
        key = f"failed-{number}-{subscription.cycle + 1}-{subscription.next_status}"
        notifications.append((Kind.CHARGE_FAILED, key, {}))
    return notifications


def _has_happened(subscription: Subscription, pending: PendingNotification) -> bool:
    """Return True once confirmed. A skipped charge is confirmed by a later charge date in the same cycle."""
    if pending.kind != Kind.SKIPPED:
        return True
    renewal_at, skipped_at = subscription.next_renewal_at, pending.charge_at
    is_later = renewal_at and skipped_at and renewal_at > skipped_at
    return bool(is_later and pending.cycle == subscription.cycle)


def notification_details(subscription: Subscription) -> dict[str, Any]:
    """Return what every email needs to know about the subscription, as of now."""
    last = last_lines_total(subscription)
    return {
        "lines": [
            {
                "quantity": line.quantity,
                "name": line.name,
                "title": line.title,
                "plan": line.terms.get("name", ""),
            }
            for line in (line.after_change for line in subscription.active_lines)
        ],
        "amount": str(upcoming_charge(subscription)),
        "charges": charges_to_json(list_charges(subscription)),
        "first_charge": _own_first_charge(subscription),
        "before": None if last is None else str(last + subscription.shipping_price),
        "date": _iso_utc_or_none(subscription.next_renewal_at),
        "trial_end": _iso_utc_or_none(subscription.trial_end) if subscription.is_in_trial else None,
        "paused_until": _iso_utc_or_none(subscription.paused_until),
        "ends_at": _iso_utc_or_none(subscription.ends_at),
        "next_status": subscription.next_status,
    }


def _own_first_charge(subscription: Subscription) -> str | None:
    """Return what its lines cost in the first order; None if the order has nothing else."""
    plans = {(line.next_variant_id, str(line.terms)) for line in subscription.active_lines}
    sold = [item for item in subscription.order.items.all() if item.quantity]
    own = [item for item in sold if (item.next_variant_id, str(item.selling_plan)) in plans]
    if len(own) == len(sold) or not own:
        return None
    prices = (price_of_renewal(item.selling_plan, 0) * item.quantity for item in own)
    return str(sum(prices, Decimal("0.00")))


def is_reminder_outdated(notification: Notification) -> bool:
    """Return True if a reminder is no longer true: date or price moved, or nothing is charged then."""
    subscription = Subscription.objects.select_related("store").filter(pk=notification.subject_id).first()
    if subscription is None:
        return True
    now = notification_details(subscription)
    same = all(now[name] == notification.details.get(name) for name in ("date", "amount"))
    return not same or not will_renew(subscription)


def _renewal_day(subscription: Subscription) -> str:
    assert subscription.next_renewal_at is not None
    return f"{subscription.next_renewal_at.astimezone(ZoneInfo(subscription.store.time_zone)):%Y%m%d}"


def _iso_utc_or_none(moment: datetime.datetime | None) -> str | None:
    return moment.astimezone(datetime.UTC).isoformat() if moment else None
