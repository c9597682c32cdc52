"""Selling plans as text: billing intervals, prices over time, and savings.

Every page and email that names a price or an interval of a subscription takes its words from here.
"""

from decimal import Decimal

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog.models import SellingPlan, Variant
from catalog.plan_snapshot import PlanSnapshot
from catalog.pricing import PriceTier, cycles_per_charge, first_price, price_tiers
from catalog.renewals import PriceStep, Renewals, RenewingLine, build_renewals
from stores.models import Store
from stores.money import format_money

_ONWARDS = {
    "day": gettext_lazy("Day %(first)d onwards"),
    "week": gettext_lazy("Week %(first)d onwards"),
    "month": gettext_lazy("Month %(first)d onwards"),
    "year": gettext_lazy("Year %(first)d onwards"),
}
_FIRST_ONE = {
    "day": gettext_lazy("First day"),
    "week": gettext_lazy("First week"),
    "month": gettext_lazy("First month"),
    "year": gettext_lazy("First year"),
}
_FIRST_COUNT = {
    "day": gettext_lazy("First %(last)d days"),
    "week": gettext_lazy("First %(last)d weeks"),
    "month": gettext_lazy("First %(last)d months"),
    "year": gettext_lazy("First %(last)d years"),
}
_SINGLE_CYCLE = {
    "day": gettext_lazy("Day %(first)d"),
    "week": gettext_lazy("Week %(first)d"),
    "month": gettext_lazy("Month %(first)d"),
    "year": gettext_lazy("Year %(first)d"),
}
_CYCLE_RANGE = {
    "day": gettext_lazy("Days %(first)d to %(last)d"),
    "week": gettext_lazy("Weeks %(first)d to %(last)d"),
    "month": gettext_lazy("Months %(first)d to %(last)d"),
    "year": gettext_lazy("Years %(first)d to %(last)d"),
}


def format_plan_terms(
    *, terms: PlanSnapshot, currency: str, quantity: int = 1, is_shipping_open: bool = False
) -> str:
    """Return all prices of a plan: `7 days free, then $39.99 for the first month, then $44.99 every month`.

    Says "plus shipping" if it ships and `is_shipping_open`: each charge includes a shipping price that isn't
    known yet.
    """
    parts = []
    if terms["trial_period_days"]:
        parts.append(_format_trial(terms, currency, quantity))
    renewals = build_renewals(
        [RenewingLine(terms=terms, quantity=quantity)],
        shipping=None,
        first_renewal=1 if terms["trial_period_days"] else 0,
    )
    charges = _(", then ").join([*parts, *_list_charges(renewals, currency)])
    return _("%(charges)s, plus shipping") % {"charges": charges} if is_shipping_open else charges


def format_renewals(renewals: Renewals, *, currency: str, is_tax_added: bool = False) -> str:
    """Return charges with shipping: `$18.60 every 2 weeks ($13.60 + $5.00 shipping)`."""
    charges = _(", then ").join(_list_charges(renewals, currency))
    if renewals.shipping is None:
        text = _("%(charges)s, plus shipping and tax") if is_tax_added else _("%(charges)s, plus shipping")
    else:
        text = _("%(charges)s, plus tax") if is_tax_added else "%(charges)s"
    return text % {"charges": charges}


def _list_charges(renewals: Renewals, currency: str) -> list[str]:
    """Return a text for each step of the price."""
    texts = []
    for place, step in enumerate(renewals.steps):
        is_first = place == 0 and renewals.starts_with_first
        text = _format_step(renewals, step, currency, is_first=is_first)
        if renewals.shipping:
            text = _("%(charges)s (%(price)s + %(shipping)s shipping)") % {
                "charges": text,
                "price": format_money(step.amount, currency),
                "shipping": format_money(renewals.shipping, currency),
            }
        texts.append(text)
    return texts


def _format_step(renewals: Renewals, step: PriceStep, currency: str, *, is_first: bool) -> str:
    """Return how much is charged how often and, unless that is forever, how long."""
    interval, count = renewals.interval, renewals.interval_count
    values = {
        "price": format_money(step.amount + (renewals.shipping or Decimal(0)), currency),
        "each": format_interval(interval, count),
        "time": _format_duration(interval, step.count * count, is_first=is_first),
    }
    if step.count == 0:
        return _("%(price)s %(each)s") % values
    if step.count == 1:
        return _("%(price)s for %(time)s") % values
    return _("%(price)s %(each)s for %(time)s") % values


def _format_trial(terms: PlanSnapshot, currency: str, quantity: int) -> str:
    count, price = terms["trial_period_days"], Decimal(terms["trial_price"]) * quantity
    text = (
        ngettext("%(price)s for the first day", "%(price)s for the first %(count)d days", count)
        if price
        else ngettext("%(count)d day free", "%(count)d days free", count)
    )
    return text % {"count": count, "price": format_money(price, currency)}


def format_plan_saving(*, plan: SellingPlan, base_price: Decimal, currency: str) -> str:
    """Return the saving over a one-time purchase, or "" if there is none."""
    tiers = price_tiers(plan=plan, base_price=base_price, currency=currency)
    lasting, first = _discount_percent(tiers[-1]), _discount_percent(tiers[0])
    if lasting:
        return _("Save %(percent)d%%") % {"percent": lasting}
    if first:
        return _("Save %(percent)d%% to start") % {"percent": first}
    return ""


def format_free_start_notice(*, plan: SellingPlan, variant: Variant, store: Store) -> str:
    """Return what is charged at checkout although the plan starts free, or ""."""
    if first_price(variant=variant, plan=plan):
        return ""
    amount = format_money(store.verification_amount or Decimal(0), store.currency)
    if not variant.product.collect_shipping_address:
        text = _("We charge %(amount)s to verify your payment method and refund it right away.")
        return text % {"amount": amount} if store.verification_amount else ""
    if not store.verification_amount:
        return _("You pay only shipping today.")
    return _(
        "You pay only shipping today. If shipping is free, we charge %(amount)s to verify your payment "
        "method and refund it right away."
    ) % {"amount": amount}


def format_billing_cycle(interval: str, count: int) -> str:
    """Return the API's untranslated billing cycle, `month` or `3 months`."""
    return interval if count == 1 else f"{count} {interval}s"


def format_interval(interval: str, count: int) -> str:
    """Return how often something is charged: `every month` or `every 3 months`."""
    text = {
        "day": ngettext("every day", "every %(count)d days", count),
        "week": ngettext("every week", "every %(count)d weeks", count),
        "month": ngettext("every month", "every %(count)d months", count),
        "year": ngettext("every year", "every %(count)d years", count),
    }[interval]
    return text % {"count": count} if count > 1 else text


def describe_tier(tier: PriceTier, *, plan: SellingPlan) -> str:
    """Return when a tier counted in charges applies: "First month", "Month 2 onwards", "Every year"."""
    count = plan.interval_count * cycles_per_charge(plan)
    first = (tier.first_cycle - 1) * count + 1
    last = first + tier.cycles * count - 1
    if tier.cycles == 0 and first == 1:
        return capfirst(format_interval(plan.interval, count))
    if tier.cycles == 0:
        text = _ONWARDS
    elif first == 1:
        text = _FIRST_ONE if last == 1 else _FIRST_COUNT
    else:
        text = _SINGLE_CYCLE if first == last else _CYCLE_RANGE
    return text[plan.interval] % {"first": first, "last": last}


def _format_duration(interval: str, count: int, *, is_first: bool) -> str:
    if is_first:
        text = {
            "day": ngettext("the first day", "the first %(count)d days", count),
            "week": ngettext("the first week", "the first %(count)d weeks", count),
            "month": ngettext("the first month", "the first %(count)d months", count),
            "year": ngettext("the first year", "the first %(count)d years", count),
        }[interval]
    else:
        text = {
            "day": ngettext("another day", "another %(count)d days", count),
            "week": ngettext("another week", "another %(count)d weeks", count),
            "month": ngettext("another month", "another %(count)d months", count),
            "year": ngettext("another year", "another %(count)d years", count),
        }[interval]
    return text % {"count": count} if count > 1 else text


def _discount_percent(tier: PriceTier) -> int:
    return int(tier.discount * 100 / tier.base_price) if tier.base_price and tier.discount > 0 else 0
