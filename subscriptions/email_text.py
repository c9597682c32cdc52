"""The text of each email about a subscription, built from its notification's details."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from catalog.plan_text import format_renewals
from orders.models import Notification, Order
from stores.dates import format_store_day
from stores.models import Store
from stores.money import format_money
from subscriptions.charges import charges_from_json

Kind = Notification.Kind


@dataclass
class EmailText:
    """An email's subject, heading, sentences, and rows of labels and values."""

    subject: str
    heading: str
    sentences: list[str] = field(default_factory=list)
    rows: list[tuple[str, str]] = field(default_factory=list)


def build_email_text(notification: Notification) -> EmailText:
    """Return the text of a notification in the active language."""
    context = _EmailContext(notification)
    return EMAIL_TEXTS[notification.kind](context)


def list_next_charge_rows(*, order: Order, details: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the rows of the next charge, for `details` of `subscriptions.notifications`."""
    return _EmailContext(Notification(order=order, details=details)).next_charge()


class _EmailContext:
    """The notification's details, formatted."""

    def __init__(self, notification: Notification) -> None:
        self.order = notification.known_order
        self.store: Store = notification.known_order.store
        self.details: dict[str, Any] = notification.details

    def money(self, name: str) -> str:
        """Format an amount, marked “plus tax” if tax was added to the order's prices."""
        amount = format_money(Decimal(self.details[name]), self.order.currency)
        if not self.order.tax_total:
            return amount
        return _("%(amount)s plus tax") % {"amount": amount}

    def day(self, name: str) -> str:
        """Format a date in the store's time zone; empty if there is none."""
        moment: datetime.datetime | None = parse_datetime(self.details.get(name) or "")
        return format_store_day(moment, self.store) if moment else ""

    def next_charge(self) -> list[tuple[str, str]]:
        """Return the rows of the next charge, if one is scheduled."""
        if not self.details["date"]:
            return []
        rows = [(_("Next charge"), self.money("amount")), (_("Date"), self.day("date"))]
        if self.details["charges"]:
            charges = charges_from_json(self.details["charges"])
            is_tax_added = self.order.is_tax_added
            text = format_renewals(charges, currency=self.order.currency, is_tax_added=is_tax_added)
            rows.append((_("Price"), text))
        return rows

    def paid(self) -> list[tuple[str, str]]:
        """Return the rows of what was paid with the first order, and how much of it for this subscription."""
        number, currency = self.order.number, self.order.currency
        total = format_money(self.order.total, currency)
        if self.details["first_charge"] is None:
            return [(_("Paid with order %(number)s") % {"number": number}, total)]
        first = format_money(Decimal(self.details["first_charge"]), currency)
        return [
            (_("First charge, part of order %(number)s") % {"number": number}, first),
            (_("Total of order %(number)s") % {"number": number}, total),
        ]


def _subscribed_text(context: _EmailContext) -> EmailText:
    sentences = [_("Thank you for subscribing to %(store)s.") % {"store": context.store.name}]
    if context.details["trial_end"]:
        sentences.append(_("Your trial ends on %(date)s.") % {"date": context.day("trial_end")})
    if context.order.verification_amount:
        amount = format_money(context.order.verification_amount, context.order.currency)
        sentences.append(
            _("We charged %(amount)s to verify your payment method and are refunding it in full.")
            % {"amount": amount}
        )
    sentences.append(_("Your subscription renews automatically until you cancel."))
    sentences.append(_("You can change, pause, or cancel it at any time."))
    return EmailText(
        subject=_("Your %(store)s subscription") % {"store": context.store.name},
        heading=_("Your subscription has started"),
        sentences=sentences,
        rows=[*context.paid(), *context.next_charge()],
    )


def _subscribed_twice_text(context: _EmailContext) -> EmailText:
    items = ", ".join(line["name"] for line in context.details["lines"])
    return EmailText(
        subject=_("You subscribed to %(items)s twice") % {"items": items},
        heading=_("You have two subscriptions to %(items)s") % {"items": items},
        sentences=[
            _("You already had this subscription when you started another, and both renew."),
            _("Only want one? Cancel this one on its page."),
        ],
        rows=context.next_charge(),
    )


def _paused_text(context: _EmailContext) -> EmailText:
    until = context.day("paused_until")
    return EmailText(
        subject=_("Your subscription is paused"),
        heading=_("Your subscription is paused"),
        sentences=[
            _("You won't be charged until %(date)s.") % {"date": until}
            if until
            else _("You won't be charged until you resume. After six months, it is canceled automatically.")
        ],
    )


def _resumed_text(context: _EmailContext) -> EmailText:
    heading = _("Your subscription has resumed")
    return EmailText(subject=heading, heading=heading, rows=context.next_charge())


def _cancel_revoked_text(context: _EmailContext) -> EmailText:
    return EmailText(
        subject=_("Your subscription will continue"),
        heading=_("Your subscription will continue"),
        sentences=[
            _("Your cancellation was undone. Your subscription renews automatically until you cancel.")
        ],
        rows=context.next_charge(),
    )


def _skipped_text(context: _EmailContext) -> EmailText:
    return EmailText(
        subject=_("Your next charge is skipped"),
        heading=_("Your next charge is skipped"),
        sentences=[_("You won't be charged on %(date)s.") % {"date": context.day("charge_at")}],
        rows=context.next_charge(),
    )


def _changed_text(context: _EmailContext) -> EmailText:
    return EmailText(
        subject=_("Your subscription was changed"),
        heading=_("Your subscription was changed"),
        sentences=[_("The change applies from your next charge. You won't be charged today.")],
        rows=context.next_charge(),
    )


def _canceled_text(context: _EmailContext) -> EmailText:
    return EmailText(
        subject=_("Your subscription ends on %(date)s") % {"date": context.day("ends_at")},
        heading=_("Your subscription ends on %(date)s") % {"date": context.day("ends_at")},
        sentences=[
            _("You won't be charged again. Changed your mind? You can keep your subscription until then.")
        ],
    )


def _ended_text(context: _EmailContext) -> EmailText:
    return EmailText(
        subject=_("Your subscription has ended"),
        heading=_("Your subscription has ended"),
        sentences=[_("You won't be charged again.")],
    )


def _trial_ends_text(context: _EmailContext) -> EmailText:
    date = context.day("trial_end") or context.day("date")
    return EmailText(
        subject=_("Your trial ends on %(date)s") % {"date": date},
        heading=_("Your trial ends on %(date)s") % {"date": date},
        sentences=[_("Your first charge follows. To avoid it, cancel before your trial ends.")],
        rows=context.next_charge(),
    )


def _price_changes_text(context: _EmailContext) -> EmailText:
    return EmailText(
        subject=_("Your next charge is %(amount)s") % {"amount": context.money("amount")},
        heading=_("The price of your next charge is changing"),
        rows=[(_("Last charge"), context.money("before")), *context.next_charge()],
    )


def _renews_text(context: _EmailContext) -> EmailText:
    heading = _("Your subscription renews on %(date)s") % {"date": context.day("date")}
    return EmailText(
        subject=heading,
        heading=heading,
        sentences=[_("It renews automatically. To avoid the charge, cancel before this day.")],
        rows=context.next_charge(),
    )


def _yearly_text(context: _EmailContext) -> EmailText:
    return EmailText(
        subject=_("You're subscribed at %(store)s") % {"store": context.store.name},
        heading=_("A yearly reminder of your subscription"),
        sentences=[
            _("Your subscription renews automatically until you cancel."),
            _("You can change, pause, or cancel it at any time."),
        ],
        rows=context.next_charge(),
    )


def _charge_failed_text(context: _EmailContext) -> EmailText:
    retry_date = context.day("date")
    sentences = [
        _("We'll retry the charge on %(date)s.") % {"date": retry_date}
        if retry_date
        else _("We won't retry the charge automatically. Contact us or cancel your subscription."),
        _("Check that your payment method in %(wallet)s is up to date.")
        % {"wallet": context.order.payment_method_label},
    ]
    return EmailText(
        subject=_("Your payment didn't go through"),
        heading=_("Your payment didn't go through"),
        sentences=sentences,
        rows=[(_("Amount due"), context.money("amount"))],
    )


EMAIL_TEXTS: dict[str, Callable[[_EmailContext], EmailText]] = {
    Kind.SUBSCRIBED: _subscribed_text,
    Kind.SUBSCRIBED_TWICE: _subscribed_twice_text,
    Kind.PAUSED: _paused_text,
    Kind.RESUMED: _resumed_text,
    Kind.CANCEL_REVOKED: _cancel_revoked_text,
    Kind.SKIPPED: _skipped_text,
    Kind.CHANGED: _changed_text,
    Kind.CANCELED: _canceled_text,
    Kind.ENDED: _ended_text,
    Kind.TRIAL_ENDS: _trial_ends_text,
    Kind.PRICE_CHANGES: _price_changes_text,
    Kind.RENEWS: _renews_text,
    Kind.YEARLY: _yearly_text,
    Kind.CHARGE_FAILED: _charge_failed_text,
}
