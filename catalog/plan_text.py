"""Plans in the shopper's words: what is charged when, and what it saves."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

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


def format_plan_terms(*, plan: SellingPlan, base_price: Decimal, currency: str) -> str:
    """Say every price of a plan, e.g. `7 days free, then $39.99 for the first month, then $44.99 a month`."""
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
    words = (
        ngettext("%(price)s for the first day", "%(price)s for the first %(count)d days", count)
        if price
        else ngettext("%(count)d day free", "%(count)d days free", count)
    )
    return words % {"count": count, "price": format_money(price, currency)}


def format_plan_saving(*, plan: SellingPlan, base_price: Decimal, currency: str) -> str:
    """Say what the plan saves against buying once, or nothing where it saves nothing."""
    steps = price_tiers(plan=plan, base_price=base_price, currency=currency)
    lasting, at_first = _discount_percent(steps[-1]), _discount_percent(steps[0])
    if lasting:
        return _("Save %(percent)d%%") % {"percent": lasting}
    if at_first:
        return _("Save %(percent)d%% at first") % {"percent": at_first}
    return ""


def format_verification_notice(*, plan: SellingPlan, variant: Variant, store: Store) -> str:
    """Say what is charged and given back where the plan begins with nothing to pay, or nothing."""
    if not store.verification_amount or first_price(variant=variant, plan=plan):
        return ""
    amount = format_money(store.verification_amount, store.currency)
    return _("%(amount)s verifies how you pay and is given back right after.") % {"amount": amount}


def format_charge_interval(plan: SellingPlan) -> str:
    """Say how often one pays, e.g. `a month` or `every 3 months`."""
    count = plan.interval_count * cycles_per_charge(plan)
    words = {
        "day": ngettext("a day", "every %(count)d days", count),
        "week": ngettext("a week", "every %(count)d weeks", count),
        "month": ngettext("a month", "every %(count)d months", count),
        "year": ngettext("a year", "every %(count)d years", count),
    }[plan.interval]
    return words % {"count": count} if count > 1 else words


def _format_tier_duration(plan: SellingPlan, tier: PriceTier) -> str:
    count = tier.cycles * plan.interval_count * cycles_per_charge(plan)
    if tier.first_cycle == 1:
        words = {
            "day": ngettext("the first day", "the first %(count)d days", count),
            "week": ngettext("the first week", "the first %(count)d weeks", count),
            "month": ngettext("the first month", "the first %(count)d months", count),
            "year": ngettext("the first year", "the first %(count)d years", count),
        }[plan.interval]
    else:
        words = {
            "day": ngettext("another day", "another %(count)d days", count),
            "week": ngettext("another week", "another %(count)d weeks", count),
            "month": ngettext("another month", "another %(count)d months", count),
            "year": ngettext("another year", "another %(count)d years", count),
        }[plan.interval]
    return words % {"count": count} if count > 1 else words


def _list_charge_tiers(plan: SellingPlan, base_price: Decimal, currency: str) -> list[PriceTier]:
    """Return the tiers by what is charged at a time: of a prepaid plan, several cycles together."""
    steps = price_tiers(plan=plan, base_price=base_price, currency=currency)
    size = cycles_per_charge(plan)
    if size == 1:
        return steps
    last = -(-steps[-1].first_cycle // size) + 1
    prices = [
        price_of_charge(plan=plan, base_price=base_price, currency=currency, number=number)
        for number in range(1, last + 1)
    ]
    return [
        PriceTier(steps[0].policy_type, number, 1 if number < last else 0, base_price * size, price)
        for number, price in enumerate(prices, start=1)
    ]


def _merge_equal_tiers(steps: Sequence[PriceTier]) -> list[PriceTier]:
    """Leave out tiers that go on at the same price."""
    kept: list[PriceTier] = []
    for step in steps:
        if kept and kept[-1].price == step.price:
            last = kept.pop()
            cycles = last.cycles + step.cycles if step.cycles else 0
            step = PriceTier(last.policy_type, last.first_cycle, cycles, last.base_price, last.price)
        kept.append(step)
    return kept


def _discount_percent(tier: PriceTier) -> int:
    return int(tier.discount * 100 / tier.base_price) if tier.base_price and tier.discount > 0 else 0
