"""What subscribers are told by mail (R139): noted with what was asked for, told when the store has done it.

Reminders are decided from what there is: the date of the next charge, its price, and the last one's. Each
is a row of the outbox with a key of its own, so that it is told once, whoever looks and how often.
"""

import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from orders.models import Mail
from subscriptions.models import Invoice, Subscription
from subscriptions.subscription_lines import next_charge, wanted

Kind = Mail.Kind
# Of these the last one said counts.
STATES = {Kind.PAUSED, Kind.RESUMED, Kind.CANCELED, Kind.KEPT, Kind.ENDED}
REMINDERS = {Kind.TRIAL_ENDS, Kind.PRICE_CHANGES}


def said(what: str, **facts: str) -> dict[str, str]:
    """A piece of news, as `Subscription.news` keeps it."""
    return {"what": what, "at": timezone.now().isoformat(), **facts}


def note(subscription: Subscription, what: str, **facts: str) -> None:
    """Note, unsaved, what the subscriber is to be told once it is done."""
    gone = STATES if what in STATES else {what}
    kept = [item for item in subscription.news if item["what"] not in gone]
    subscription.news = [*kept, said(what, **facts)]


def unsay(subscription: Subscription) -> None:
    """Forget, unsaved, what the store would not do."""
    subscription.news = [item for item in subscription.news if item["what"] == Kind.SUBSCRIBED]


def to_tell(subscription: Subscription) -> list[tuple[str, str, dict[str, str]]]:
    """Return kind, key and details of each mail that the subscriber should have by now.

    To be asked where nothing is left to be done at the store.
    """
    number = subscription.next_subscription_id
    mails: list[tuple[str, str, dict[str, str]]] = []
    for item in subscription.news:
        if _is_true(subscription, item):
            moment = parse_datetime(item["at"]) or timezone.now()
            mails.append((item["what"], f"{item['what']}-{number}-{moment:%Y%m%d%H%M%S%f}", item))
    if kind := due_reminder(subscription):
        mails.append((kind, f"reminder-{number}-{_day(subscription)}", {}))
    if subscription.status == Subscription.Status.PAST_DUE:
        key = f"failed-{number}-{subscription.cycle + 1}-{subscription.store_status}"
        mails.append((Kind.CHARGE_FAILED, key, {}))
    return mails


def _is_true(subscription: Subscription, item: dict[str, str]) -> bool:
    """A charge was left out if the next one is later in the same cycle; everything else was brought about."""
    if item["what"] != Kind.SKIPPED:
        return True
    at, skipped = subscription.next_renewal_at, parse_datetime(item["charge_at"])
    return bool(at and skipped and at > skipped and item["cycle"] == str(subscription.cycle))


def facts(subscription: Subscription) -> dict[str, Any]:
    """What a mail tells of the subscription, as it is now."""
    last = last_charge(subscription)
    return {
        "lines": [
            {key: wanted(line)[key] for key in ("quantity", "name", "title")}
            | {"plan": (line["terms"] or {}).get("name", "")}
            for line in subscription.goods
        ],
        "amount": str(next_charge(subscription)),
        "before": None if last is None else str(last + subscription.shipping_price),
        "date": _text(subscription.next_renewal_at),
        "trial_end": _text(subscription.trial_end) if subscription.is_in_trial else None,
        "paused_until": _text(subscription.paused_until),
        "ends_at": _text(subscription.ends_at),
        "store_status": subscription.store_status,
    }


def reminder_at(subscription: Subscription) -> datetime.datetime | None:
    """When to look whether the next charge is one to remind of, by the store's clock."""
    at = subscription.next_renewal_at
    return at - _lead() if at and _goes_on(subscription) else None


def due_reminder(subscription: Subscription) -> str | None:
    """The kind of reminder that the subscriber should have by now of the next charge; None for none."""
    at, now = subscription.next_renewal_at, subscription.store.now()
    if at is None or not _goes_on(subscription) or not now < at <= now + _lead():
        return None
    if subscription.is_in_trial:
        return Kind.TRIAL_ENDS
    last = last_charge(subscription)
    return Kind.PRICE_CHANGES if last is not None and last != _goods(subscription) else None


def is_outdated(mail: Mail) -> bool:
    """Tell whether a reminder is no longer true: date or price moved, or nothing is charged then."""
    subscription = mail.subscription
    if mail.kind not in REMINDERS or subscription is None:
        return False
    now = facts(subscription)
    same = all(now[name] == mail.details.get(name) for name in ("date", "amount"))
    return not same or not _goes_on(subscription)


def last_charge(subscription: Subscription) -> Decimal | None:
    """What the lines cost when they were charged last, without delivery; None before the first time."""
    last = subscription.invoices.filter(status=Invoice.Status.PAID).order_by("-cycle").first()
    if last is None:
        return None
    return sum((Decimal(line["price"]) * line["quantity"] for line in last.lines), Decimal(0))


def _goods(subscription: Subscription) -> Decimal:
    return next_charge(subscription) - subscription.shipping_price


def _goes_on(subscription: Subscription) -> bool:
    return (
        subscription.status == Subscription.Status.ACTIVE
        and subscription.store_status == "active"
        and not subscription.cancel_at_period_end
        and not subscription.wish
    )


def _lead() -> datetime.timedelta:
    return datetime.timedelta(days=settings.REMINDER_DAYS)


def _day(subscription: Subscription) -> str:
    assert subscription.next_renewal_at is not None
    return f"{subscription.next_renewal_at.astimezone(ZoneInfo(subscription.store.time_zone)):%Y%m%d}"


def _text(moment: datetime.datetime | None) -> str | None:
    return moment.astimezone(datetime.UTC).isoformat() if moment else None
