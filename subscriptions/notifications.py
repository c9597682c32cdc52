"""What subscribers are told by email (R139): noted with what was asked for, told when the store has done it.

Reminders are decided from what there is: the date of the next charge, its price, and the last one's. Each
is a row of the outbox with a key of its own, so that it is told once, whoever looks and how often.
"""

import datetime
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from orders.models import Notification
from orders.notifications import queue_notification
from subscriptions.models import Invoice, Subscription
from subscriptions.subscription_lines import line_after_changes, upcoming_charge

Kind = Notification.Kind
# Of these the last one said counts.
STATE_KINDS = {Kind.PAUSED, Kind.RESUMED, Kind.CANCELED, Kind.CANCEL_REVOKED, Kind.ENDED}
REMINDER_KINDS = {Kind.TRIAL_ENDS, Kind.PRICE_CHANGES}


def build_pending_notification(kind: str, **facts: str) -> dict[str, str]:
    """A piece of news, as `Subscription.pending_notifications` keeps it."""
    return {"kind": kind, "at": timezone.now().isoformat(), **facts}


def add_pending_notification(subscription: Subscription, kind: str, **facts: str) -> None:
    """Note, unsaved, what the subscriber is to be told once it is done."""
    gone = STATE_KINDS if kind in STATE_KINDS else {kind}
    kept = [item for item in subscription.pending_notifications if item["kind"] not in gone]
    subscription.pending_notifications = [*kept, build_pending_notification(kind, **facts)]


def drop_pending_notifications(subscription: Subscription) -> None:
    """Forget, unsaved, what the store would not do."""
    subscription.pending_notifications = [
        item for item in subscription.pending_notifications if item["kind"] == Kind.SUBSCRIBED
    ]


def queue_subscriber_notifications(subscription: Subscription) -> None:
    """Queue what is done and was not told, and what is due, where this shop mails its subscribers.

    The caller holds the subscription's row and saves `pending_notifications`. An order under review gets none
    before staff have looked at it.
    """
    order = subscription.order
    if order.review_reason or not subscription.lines:
        return
    if subscription.store.notify_subscribers and order.email:
        for kind, key, facts in due_notifications(subscription):
            queue_notification(
                order=order,
                kind=kind,
                key=key,
                subject_id=subscription.pk,
                get_details=partial(_details_with_facts, subscription, facts),
            )
    subscription.pending_notifications = []


def _details_with_facts(subscription: Subscription, facts: dict[str, str]) -> dict[str, Any]:
    return notification_details(subscription) | facts


def due_notifications(subscription: Subscription) -> list[tuple[str, str, dict[str, str]]]:
    """Return kind, key and details of each notification that the subscriber should have by now.

    To be asked where nothing is left to be done at the store.
    """
    number = subscription.next_subscription_id
    notifications: list[tuple[str, str, dict[str, str]]] = []
    for item in subscription.pending_notifications:
        if _has_happened(subscription, item):
            moment = parse_datetime(item["at"]) or timezone.now()
            notifications.append((item["kind"], f"{item['kind']}-{number}-{moment:%Y%m%d%H%M%S%f}", item))
    if kind := due_reminder_kind(subscription):
        notifications.append((kind, f"reminder-{number}-{_renewal_day(subscription)}", {}))
    if subscription.status == Subscription.Status.PAST_DUE:
        key = f"failed-{number}-{subscription.cycle + 1}-{subscription.next_status}"
        notifications.append((Kind.CHARGE_FAILED, key, {}))
    return notifications


def _has_happened(subscription: Subscription, item: dict[str, str]) -> bool:
    """A charge was left out if the next one is later in the same cycle; everything else was brought about."""
    if item["kind"] != Kind.SKIPPED:
        return True
    at, skipped = subscription.next_renewal_at, parse_datetime(item["charge_at"])
    return bool(at and skipped and at > skipped and item["cycle"] == str(subscription.cycle))


def notification_details(subscription: Subscription) -> dict[str, Any]:
    """What a notification tells of the subscription, as it is now."""
    last = last_lines_total(subscription)
    return {
        "lines": [
            {key: line_after_changes(line)[key] for key in ("quantity", "name", "title")}
            | {"plan": (line["terms"] or {}).get("name", "")}
            for line in subscription.active_lines
        ],
        "amount": str(upcoming_charge(subscription)),
        "before": None if last is None else str(last + subscription.shipping_price),
        "date": _iso_utc_or_none(subscription.next_renewal_at),
        "trial_end": _iso_utc_or_none(subscription.trial_end) if subscription.is_in_trial else None,
        "paused_until": _iso_utc_or_none(subscription.paused_until),
        "ends_at": _iso_utc_or_none(subscription.ends_at),
        "next_status": subscription.next_status,
    }


def reminder_time(subscription: Subscription) -> datetime.datetime | None:
    """When to look whether the next charge is one to remind of, by the store's clock."""
    at = subscription.next_renewal_at
    return at - _reminder_lead_time() if at and _will_renew(subscription) else None


def due_reminder_kind(subscription: Subscription) -> str | None:
    """The kind of reminder that the subscriber should have by now of the next charge; None for none."""
    at, now = subscription.next_renewal_at, subscription.store.now()
    if at is None or not _will_renew(subscription) or not now < at <= now + _reminder_lead_time():
        return None
    if subscription.is_in_trial:
        return Kind.TRIAL_ENDS
    last = last_lines_total(subscription)
    return Kind.PRICE_CHANGES if last is not None and last != _upcoming_lines_total(subscription) else None


def is_reminder_outdated(notification: Notification) -> bool:
    """Return True if a reminder is no longer true: date or price moved, or nothing is charged then."""
    subscription = Subscription.objects.select_related("store").filter(pk=notification.subject_id).first()
    if subscription is None:
        return True
    now = notification_details(subscription)
    same = all(now[name] == notification.details.get(name) for name in ("date", "amount"))
    return not same or not _will_renew(subscription)


def last_lines_total(subscription: Subscription) -> Decimal | None:
    """What the lines cost when they were charged last, without delivery; None before the first time."""
    last = subscription.invoices.filter(status=Invoice.Status.PAID).order_by("-cycle").first()
    if last is None:
        return None
    return sum((Decimal(line["price"]) * line["quantity"] for line in last.lines), Decimal(0))


def _upcoming_lines_total(subscription: Subscription) -> Decimal:
    return upcoming_charge(subscription) - subscription.shipping_price


def _will_renew(subscription: Subscription) -> bool:
    return (
        subscription.status == Subscription.Status.ACTIVE
        and subscription.next_status == "active"
        and not subscription.cancel_at_period_end
        and not subscription.pending_action
    )


def _reminder_lead_time() -> datetime.timedelta:
    return datetime.timedelta(days=settings.REMINDER_DAYS)


def _renewal_day(subscription: Subscription) -> str:
    assert subscription.next_renewal_at is not None
    return f"{subscription.next_renewal_at.astimezone(ZoneInfo(subscription.store.time_zone)):%Y%m%d}"


def _iso_utc_or_none(moment: datetime.datetime | None) -> str | None:
    return moment.astimezone(datetime.UTC).isoformat() if moment else None
