"""What a mail about a subscription says, from what was written down with it."""

import datetime
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from orders.models import Mail
from stores.models import Store
from stores.money import show_money
from subscriptions.billing_dates import day

Kind = Mail.Kind


@dataclass
class Words:
    """A mail's subject and heading, its sentences, and rows of what it comes to."""

    subject: str
    heading: str
    sentences: list[str] = field(default_factory=list)
    rows: list[tuple[str, str]] = field(default_factory=list)


def words(mail: Mail) -> Words:
    """Return what the mail says, in the language that is active."""
    told = _Told(mail)
    return {
        Kind.SUBSCRIBED: _subscribed,
        Kind.PAUSED: _paused,
        Kind.RESUMED: _goes_on,
        Kind.KEPT: _goes_on,
        Kind.SKIPPED: _skipped,
        Kind.CHANGED: _changed,
        Kind.CANCELED: _canceled,
        Kind.ENDED: _ended,
        Kind.TRIAL_ENDS: _trial_ends,
        Kind.PRICE_CHANGES: _price_changes,
        Kind.CHARGE_FAILED: _failed,
    }[Kind(mail.kind)](told)


class _Told:
    """The mail's details, read."""

    def __init__(self, mail: Mail) -> None:
        self.order = mail.order
        self.store: Store = mail.order.store
        self.details: dict[str, Any] = mail.details

    def money(self, name: str) -> str:
        """An amount; a store that adds tax says so, since it is known at the charge alone."""
        amount = show_money(Decimal(self.details[name]), self.order.currency)
        if self.store.prices_include_tax or not self.order.tax_total:
            return amount
        return _("%(amount)s plus tax") % {"amount": amount}

    def day(self, name: str) -> str:
        moment: datetime.datetime | None = parse_datetime(self.details.get(name) or "")
        return day(moment, self.store) if moment else ""

    def next_charge(self) -> list[tuple[str, str]]:
        """The rows of the next charge; none where none is to come."""
        if not self.details["date"]:
            return []
        return [(_("Next charge"), self.money("amount")), (_("On"), self.day("date"))]


def _subscribed(told: _Told) -> Words:
    paid = show_money(told.order.total, told.order.currency)
    number = told.order.number
    sentences = [_("Thank you for subscribing at %(store)s.") % {"store": told.store.name}]
    if told.details["trial_end"]:
        sentences.append(_("Your trial ends on %(date)s.") % {"date": told.day("trial_end")})
    if told.order.verification_amount:
        amount = show_money(told.order.verification_amount, told.order.currency)
        sentences.append(_("%(amount)s verified how you pay and is given back.") % {"amount": amount})
    sentences.append(_("You can change, pause or end your subscription at any time."))
    return Words(
        subject=_("Your subscription at %(store)s") % {"store": told.store.name},
        heading=_("Your subscription has begun"),
        sentences=sentences,
        rows=[(_("Paid with order %(number)s") % {"number": number}, paid), *told.next_charge()],
    )


def _paused(told: _Told) -> Words:
    until = told.day("paused_until")
    return Words(
        subject=_("Your subscription is paused"),
        heading=_("Your subscription is paused"),
        sentences=[
            _("Nothing is charged until %(date)s.") % {"date": until}
            if until
            else _("Nothing is charged until you go on. After six months it ends by itself.")
        ],
    )


def _goes_on(told: _Told) -> Words:
    heading = _("Your subscription goes on")
    return Words(subject=heading, heading=heading, rows=told.next_charge())


def _skipped(told: _Told) -> Words:
    return Words(
        subject=_("One charge is left out"),
        heading=_("One charge is left out"),
        sentences=[_("On %(date)s nothing is charged.") % {"date": told.day("charge_at")}],
        rows=told.next_charge(),
    )


def _changed(told: _Told) -> Words:
    return Words(
        subject=_("Your subscription is changed"),
        heading=_("Your subscription is changed"),
        sentences=[_("The change counts from the next charge on. Nothing is charged now.")],
        rows=told.next_charge(),
    )


def _canceled(told: _Told) -> Words:
    return Words(
        subject=_("Your subscription ends on %(date)s") % {"date": told.day("ends_at")},
        heading=_("Your subscription ends on %(date)s") % {"date": told.day("ends_at")},
        sentences=[_("Nothing more is charged. Until then you can still keep it.")],
    )


def _ended(told: _Told) -> Words:
    return Words(
        subject=_("Your subscription has ended"),
        heading=_("Your subscription has ended"),
        sentences=[_("Nothing more is charged.")],
    )


def _trial_ends(told: _Told) -> Words:
    date = told.day("trial_end") or told.day("date")
    return Words(
        subject=_("Your trial ends on %(date)s") % {"date": date},
        heading=_("Your trial ends on %(date)s") % {"date": date},
        sentences=[_("Then the first charge follows. If you do not want it, end your subscription before.")],
        rows=told.next_charge(),
    )


def _price_changes(told: _Told) -> Words:
    return Words(
        subject=_("Your next charge is %(amount)s") % {"amount": told.money("amount")},
        heading=_("Your next charge has another price"),
        rows=[(_("So far"), told.money("before")), *told.next_charge()],
    )


def _failed(told: _Told) -> Words:
    again = told.day("date")
    sentences = [
        _("It is tried again on %(date)s.") % {"date": again}
        if again
        else _("It is not tried again by itself. Please write to us, or end your subscription."),
        _("Please see to it that the payment method you use with Link works."),
    ]
    return Words(
        subject=_("A charge did not go through"),
        heading=_("A charge did not go through"),
        sentences=sentences,
        rows=[(_("Not paid"), told.money("amount"))],
    )
