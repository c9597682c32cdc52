"""A plan's terms as they were when it was sold: kept by the order's item and the subscription as JSON."""

from decimal import Decimal
from typing import TypedDict

from catalog.models import SellingPlan, Variant
from catalog.pricing import cycles_at_once, tiers, trial_price


class TermsTier(TypedDict):
    """The price of one unit in each of the cycles from `first_cycle` on."""

    first_cycle: int
    price: str
    base_price: str
    policy_type: str


class Terms(TypedDict):
    """What is charged how often; it outlives the plan, which may change or end."""

    selling_plan_id: str
    name: str
    interval: str
    interval_count: int  # of one cycle
    cycles_at_once: int  # more than one for a prepaid plan
    trial_period_days: int
    trial_price: str  # of one unit, paid at checkout; "0.00" for a free trial, and without one
    tiers: list[TermsTier]
    recurring_price: str  # of the first renewal: the one price that the store is told (R156 to R161)


def terms_of(*, variant: Variant, plan: SellingPlan) -> Terms:
    """Return the terms of a plan for a variant, now."""
    terms: Terms = {
        "selling_plan_id": plan.pk,
        "name": plan.name,
        "interval": plan.interval,
        "interval_count": plan.interval_count,
        "cycles_at_once": cycles_at_once(plan),
        "trial_period_days": plan.trial_period_days,
        "trial_price": str(trial_price(plan) if plan.trial_period_days else Decimal("0.00")),
        "tiers": [
            {
                "first_cycle": tier.first_cycle,
                "price": str(tier.price),
                "base_price": str(tier.base_price),
                "policy_type": tier.policy_type,
            }
            for tier in tiers(plan=plan, base_price=variant.price, currency=variant.product.default_currency)
        ],
        "recurring_price": "",
    }
    terms["recurring_price"] = str(price_of_renewal(terms, 1))
    return terms


def price_of_renewal(terms: Terms, renewal: int) -> Decimal:
    """Return what one unit costs at a renewal; the first order is number 0, the trial where there is one."""
    if renewal == 0 and terms["trial_period_days"]:
        return Decimal(terms["trial_price"])
    number = renewal if terms["trial_period_days"] else renewal + 1
    size = terms["cycles_at_once"]
    first = (number - 1) * size + 1
    return sum((_price_of_cycle(terms, cycle) for cycle in range(first, first + size)), Decimal(0))


def tier_of_renewal(terms: Terms, renewal: int) -> TermsTier:
    """Return the tier that the first cycle of a renewal belongs to."""
    number = renewal if terms["trial_period_days"] else renewal + 1
    return _tier(terms, max((number - 1) * terms["cycles_at_once"] + 1, 1))


def charged_every(terms: Terms) -> int:
    """Return how many intervals lie between two charges."""
    return terms["interval_count"] * terms["cycles_at_once"]


def _price_of_cycle(terms: Terms, cycle: int) -> Decimal:
    return Decimal(_tier(terms, cycle)["price"])


def _tier(terms: Terms, cycle: int) -> TermsTier:
    return next(tier for tier in reversed(terms["tiers"]) if tier["first_cycle"] <= cycle)
