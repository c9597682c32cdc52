"""What a notification about a subscription says, from what was written down with it."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from orders.models import Notification
from stores.dates import format_store_day
from stores.models import Store
from stores.money import format_money

Kind = Notification.Kind


@dataclass
class EmailText:
    """A notification's subject and heading, its sentences, and rows of what it comes to."""

    subject: str
    heading: str
    sentences: list[str] = field(default_factory=list)
    rows: list[tuple[str, str]] = field(default_factory=list)


def build_email_text(notification: Notification) -> EmailText:
    """Return what the notification says, in the language that is active."""
    context = _EmailContext(notification)
    return EMAIL_TEXTS[notification.kind](context)


class _EmailContext:
    """The notification's details, read."""

    def __init__(self, notification: Notification) -> None:
        self.order = notification.order
        self.store: Store = notification.order.store
        self.details: dict[str, Any] = notification.details

    def money(self, name: str) -> str:
        """An amount; a store that adds tax says so, since it is known at the charge alone."""
        amount = format_money(Decimal(self.details[name]), self.order.currency)
        if self.store.prices_include_tax or not self.order.tax_total:
            return amount
        return _("%(amount)s plus tax") % {"amount": amount}

    def day(self, name: str) -> str:
        moment: datetime.datetime | None = parse_datetime(self.details.get(name) or "")
        return format_store_day(moment, self.store) if moment else ""

    def next_charge(self) -> list[tuple[str, str]]:
        """The rows of the next charge; none where none is to come."""
        if not self.details["date"]:
            return []
        return [(_("Next charge"), self.money("amount")), (_("On"), self.day("date"))]


def _subscribed_text(context: _EmailContext) -> EmailText:
    paid = format_money(context.order.total, context.order.currency)
    number = context.order.number
    sentences = [_("Thank you for subscribing at %(store)s.") % {"store": context.store.name}]
    if context.details["trial_end"]:
        sentences.append(_("Your trial ends on %(date)s.") % {"date": context.day("trial_end")})
    if context.order.verification_amount:
        amount = format_money(context.order.verification_amount, context.order.currency)
        sentences.append(_("%(amount)s verified how you pay and is given back.") % {"amount": amount})
    sentences.append(_("You can change, pause or end your subscription at any time."))
    return EmailText(
        subject=_("Your subscription at %(store)s") % {"store": context.store.name},
        heading=_("Your subscription has begun"),
        sentences=sentences,
        rows=[(_("Paid with order %(number)s") % {"number": number}, paid), *context.next_charge()],
    )


def _paused_text(context: _EmailContext) -> EmailText:
    until = context.day("paused_until")
    return EmailText(
        subject=_("Your subscription is paused"),
        heading=_("Your subscription is paused"),
        sentences=[
            _("Nothing is charged until %(date)s.") % {"date": until}
            if until
            else _("Nothing is charged until you go on. After six months it ends by itself.")
        ],
    )


def _continues_text(context: _EmailContext) -> EmailText:
    heading = _("Your subscription goes on")
    return EmailText(subject=heading, heading=heading, rows=context.next_charge())


def _skipped_text(context: _EmailContext) -> EmailText:
    return EmailText(
        subject=_("One charge is left out"),
        heading=_("One charge is left out"),
        sentences=[_("On %(date)s nothing is charged.") % {"date": context.day("charge_at")}],
        rows=context.next_charge(),
    )


def _changed_text(context: _EmailContext) -> EmailText:
    return EmailText(
        subject=_("Your subscription is changed"),
        heading=_("Your subscription is changed"),
        sentences=[_("The change counts from the next charge on. Nothing is charged now.")],
        rows=context.next_charge(),
    )


def _canceled_text(context: _EmailContext) -> EmailText:
    return EmailText(
        subject=_("Your subscription ends on %(date)s") % {"date": context.day("ends_at")},
        heading=_("Your subscription ends on %(date)s") % {"date": context.day("ends_at")},
        sentences=[_("Nothing more is charged. Until then you can still keep it.")],
    )


def _ended_text(context: _EmailContext) -> EmailText:
    return EmailText(
        subject=_("Your subscription has ended"),
        heading=_("Your subscription has ended"),
        sentences=[_("Nothing more is charged.")],
    )


def _trial_ends_text(context: _EmailContext) -> EmailText:
    date = context.day("trial_end") or context.day("date")
    return EmailText(
        subject=_("Your trial ends on %(date)s") % {"date": date},
        heading=_("Your trial ends on %(date)s") % {"date": date},
        sentences=[_("Then the first charge follows. If you do not want it, end your subscription before.")],
        rows=context.next_charge(),
    )


def _price_changes_text(context: _EmailContext) -> EmailText:
    return EmailText(
        subject=_("Your next charge is %(amount)s") % {"amount": context.money("amount")},
        heading=_("Your next charge has another price"),
        rows=[(_("So far"), context.money("before")), *context.next_charge()],
    )


def _charge_failed_text(context: _EmailContext) -> EmailText:
    again = context.day("date")
    sentences = [
        _("It is tried again on %(date)s.") % {"date": again}
        if again
        else _("It is not tried again by itself. Please write to us, or end your subscription."),
        _("Please see to it that the payment method you use with Link works."),
    ]
    return EmailText(
        subject=_("A charge did not go through"),
        heading=_("A charge did not go through"),
        sentences=sentences,
        rows=[(_("Not paid"), context.money("amount"))],
    )


EMAIL_TEXTS: dict[str, Callable[[_EmailContext], EmailText]] = {
    Kind.SUBSCRIBED: _subscribed_text,
    Kind.PAUSED: _paused_text,
    Kind.RESUMED: _continues_text,
    Kind.CANCEL_REVOKED: _continues_text,
    Kind.SKIPPED: _skipped_text,
    Kind.CHANGED: _changed_text,
    Kind.CANCELED: _canceled_text,
    Kind.ENDED: _ended_text,
    Kind.TRIAL_ENDS: _trial_ends_text,
    Kind.PRICE_CHANGES: _price_changes_text,
    Kind.CHARGE_FAILED: _charge_failed_text,
}
