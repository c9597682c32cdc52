"""Selling plans as text: billing cycles, prices over time, and savings."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog.models import SellingPlan, Variant
from catalog.pricing import (
    PriceTier,
    cycles_per_charge,
    first_price,
    price_of_charge,
    price_tiers,
    trial_price,
)
from stores.models import Store
from stores.money import format_money

_EVERY_ONE = {
    "day": gettext_lazy("Every day"),
    "week": gettext_lazy("Every week"),
    "month": gettext_lazy("Every month"),
    "year": gettext_lazy("Every year"),
}
_EVERY_COUNT = {
    "day": gettext_lazy("Every %(count)d days"),
    "week": gettext_lazy("Every %(count)d weeks"),
    "month": gettext_lazy("Every %(count)d months"),
    "year": gettext_lazy("Every %(count)d years"),
}
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


def format_plan_terms(*, plan: SellingPlan, base_price: Decimal, currency: str) -> str:
    """Return all prices of a plan: `7 days free, then $39.99 for the first month, then $44.99 a month`."""
    parts = []
    if plan.trial_period_days:
        parts.append(_format_trial(plan, currency))
    for tier in _merge_equal_tiers(_list_charge_tiers(plan, base_price, currency)):
        price = format_money(tier.price, currency)
        if tier.cycles:
            parts.append(
                _("%(price)s for %(time)s") % {"price": price, "time": _format_tier_duration(plan, tier)}
            )
        else:
            parts.append(_("%(price)s %(each)s") % {"price": price, "each": format_charge_interval(plan)})
    return _(", then ").join(parts)


def _format_trial(plan: SellingPlan, currency: str) -> str:
    count, price = plan.trial_period_days, trial_price(plan)
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


def format_verification_notice(*, plan: SellingPlan, variant: Variant, store: Store) -> str:
    """Return the notice about a charge that verifies a free start and is refunded, or ""."""
    if not store.verification_amount or first_price(variant=variant, plan=plan):
        return ""
    amount = format_money(store.verification_amount, store.currency)
    return _("We charge %(amount)s to verify your payment method and refund it right away.") % {
        "amount": amount
    }


def format_billing_cycle(plan: SellingPlan) -> str:
    """Return the API's untranslated billing cycle, `month` or `3 months`."""
    return plan.interval if plan.interval_count == 1 else f"{plan.interval_count} {plan.interval}s"


def format_billing_interval(interval: str, count: int) -> str:
    """Return "Every month" or "Every 3 months"."""
    return (_EVERY_ONE if count == 1 else _EVERY_COUNT)[interval] % {"count": count}


def describe_tier(tier: PriceTier, *, plan: SellingPlan) -> str:
    """Return when a tier applies: "First month", "Month 2 onwards", "Every year"."""
    count = plan.interval_count
    first = (tier.first_cycle - 1) * count + 1
    last = first + tier.cycles * count - 1
    if tier.cycles == 0 and first > 1:
        text = _ONWARDS
    elif tier.cycles == 0:
        text = _EVERY_ONE if count == 1 else _EVERY_COUNT
    elif first == 1:
        text = _FIRST_ONE if last == 1 else _FIRST_COUNT
    else:
        text = _SINGLE_CYCLE if first == last else _CYCLE_RANGE
    return text[plan.interval] % {"count": count, "first": first, "last": last}


def format_charge_interval(plan: SellingPlan) -> str:
    """Return how often a plan charges: `a month` or `every 3 months`."""
    count = plan.interval_count * cycles_per_charge(plan)
    text = {
        "day": ngettext("a day", "every %(count)d days", count),
        "week": ngettext("a week", "every %(count)d weeks", count),
        "month": ngettext("a month", "every %(count)d months", count),
        "year": ngettext("a year", "every %(count)d years", count),
    }[plan.interval]
    return text % {"count": count} if count > 1 else text


def _format_tier_duration(plan: SellingPlan, tier: PriceTier) -> str:
    count = tier.cycles * plan.interval_count * cycles_per_charge(plan)
    if tier.first_cycle == 1:
        text = {
            "day": ngettext("the first day", "the first %(count)d days", count),
            "week": ngettext("the first week", "the first %(count)d weeks", count),
            "month": ngettext("the first month", "the first %(count)d months", count),
            "year": ngettext("the first year", "the first %(count)d years", count),
        }[plan.interval]
    else:
        text = {
            "day": ngettext("another day", "another %(count)d days", count),
            "week": ngettext("another week", "another %(count)d weeks", count),
            "month": ngettext("another month", "another %(count)d months", count),
            "year": ngettext("another year", "another %(count)d years", count),
        }[plan.interval]
    return text % {"count": count} if count > 1 else text


def _list_charge_tiers(plan: SellingPlan, base_price: Decimal, currency: str) -> list[PriceTier]:
    """Return tiers counted in charges. One charge of a prepaid plan covers several cycles."""
    tiers = price_tiers(plan=plan, base_price=base_price, currency=currency)
    cycles = cycles_per_charge(plan)
    if cycles == 1:
        return tiers
    last = -(-tiers[-1].first_cycle // cycles) + 1
    prices = [
        price_of_charge(plan=plan, base_price=base_price, currency=currency, number=number)
        for number in range(1, last + 1)
    ]
    return [
        PriceTier(tiers[0].policy_type, number, 1 if number < last else 0, base_price * cycles, price)
        for number, price in enumerate(prices, start=1)
    ]


def _merge_equal_tiers(tiers: Sequence[PriceTier]) -> list[PriceTier]:
    """Merge consecutive tiers with the same price."""
    merged: list[PriceTier] = []
    for tier in tiers:
        if merged and merged[-1].price == tier.price:
            last = merged.pop()
            cycles = last.cycles + tier.cycles if tier.cycles else 0
            tier = PriceTier(last.policy_type, last.first_cycle, cycles, last.base_price, last.price)
        merged.append(tier)
    return merged


def _discount_percent(tier: PriceTier) -> int:
    return int(tier.discount * 100 / tier.base_price) if tier.base_price and tier.discount > 0 else 0
