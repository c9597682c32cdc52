"""The state of a subscription, and what it charges next, as staff read it."""

from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from catalog.plan_text import format_interval
from orders.models import Order
from stores.money import format_money
from subscriptions.models import Invoice, Subscription
from subscriptions.subscription_lines import renewal_interval, upcoming_charge

Status = Subscription.Status
STATE_BADGES: dict[str, str] = {
    Status.ACTIVE: "ok",
    Status.PAUSED: "warn",
    Status.PAST_DUE: "error",
    Status.CANCELED: "plain",
}


@dataclass(frozen=True)
class ChargeRow:
    """A part of the next charge. `value` may be a sentence instead of an amount."""

    label: str
    value: str
    is_sum: bool = False


def format_day(moment: object) -> str:
    return date_format(localtime(moment), "DATE_FORMAT")  # type: ignore[arg-type]


def describe_state(subscription: Subscription) -> tuple[str, str]:
    """Return the kind of the badge and its text, such as "Paused until May 4, 2026"."""
    kind = STATE_BADGES[subscription.status]
    if subscription.cancel_at_period_end and not subscription.is_over and subscription.ends_at:
        return "warn", _("Ends on %(date)s") % {"date": format_day(subscription.ends_at)}
    if subscription.status == Status.PAUSED and subscription.paused_until:
        return kind, _("Paused until %(date)s") % {"date": format_day(subscription.paused_until)}
    if subscription.status == Status.ACTIVE and subscription.is_in_trial:
        return kind, _("Free trial until %(date)s") % {"date": format_day(subscription.trial_end)}
    return kind, str(subscription.get_status_display()).capitalize()


def list_warnings(subscription: Subscription) -> list[tuple[str, str, str]]:
    """Return what stands out: kinds of badges, their texts, and tooltips."""
    warnings = []
    if subscription.sync_error:
        warnings.append(("error", _("Problem"), str(subscription.sync_error)))
    if subscription.pending_action:
        pending = str(subscription.get_pending_action_display())
        warnings.append(("warn", _("Change on its way"), pending))
    if subscription.duplicate_of_id:
        warnings.append(("warn", _("Possible duplicate"), ""))
    return warnings


def will_be_charged(subscription: Subscription) -> bool:
    """Return True unless it has ended or is about to."""
    return not subscription.is_over and not subscription.cancel_at_period_end


def format_next_charge(subscription: Subscription) -> str:
    """Return what the next renewal costs without added tax; "" if there is none or it isn't known."""
    if not subscription.active_lines or not will_be_charged(subscription):
        return ""
    return format_money(upcoming_charge(subscription), subscription.currency)


def format_rhythm(subscription: Subscription) -> str:
    """Return how often it renews, such as "every month"; "" if that isn't known."""
    interval = renewal_interval(subscription)
    return format_interval(*interval) if interval else ""


def list_next_charge_rows(subscription: Subscription) -> list[ChargeRow]:
    """Return items, delivery, tax, and total of the next charge; [] if nothing will be charged."""
    if not subscription.active_lines or not will_be_charged(subscription):
        return []
    total, currency = upcoming_charge(subscription), subscription.currency
    rows = [
        ChargeRow(_("Items"), format_money(total - subscription.shipping_price, currency)),
        ChargeRow(_("Shipping"), format_money(subscription.shipping_price, currency)),
        ChargeRow(_("Tax"), describe_tax(subscription)),
    ]
    label = _("Total before tax") if subscription.order.is_tax_added else _("Total")
    return [*rows, ChargeRow(label, format_money(total, currency), is_sum=True)]


def describe_tax(subscription: Subscription) -> str:
    """Return what is known of the next charge's tax, which NEXT calculates when it charges."""
    if not subscription.order.is_tax_added:
        return _("Included in the prices")
    last = find_last_charged_order(subscription)
    if last is None:
        return _("Added when it is charged")
    amount = format_money(last.tax_total, last.currency)
    return _("Added when it is charged; last time, %(amount)s") % {"amount": amount}


def find_last_charged_order(subscription: Subscription) -> Order | None:
    paid = subscription.invoices.filter(status=Invoice.Status.PAID, order__isnull=False)
    invoice = paid.select_related("order").order_by("-cycle").first()
    return invoice.order if invoice else None
