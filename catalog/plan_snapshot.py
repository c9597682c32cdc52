"""A plan's terms at the time of sale, stored as JSON on the order item and the subscription."""

from decimal import Decimal
from typing import TypedDict

from catalog.models import SellingPlan, Variant
from catalog.pricing import cycles_per_charge, price_tiers, trial_price


class PlanSnapshotTier(TypedDict):
    """The price of one unit per cycle, starting with cycle `first_cycle`. Amounts are decimal strings."""

    first_cycle: int
    price: str
    base_price: str
    policy_type: str


class PlanSnapshot(TypedDict):
    """What is charged and how often, independent of later changes to the plan."""

    selling_plan_id: str
    name: str
    interval: str
    interval_count: int  # of one cycle
    cycles_per_charge: int  # more than one for a prepaid plan
    trial_period_days: int
    trial_price: str  # for one unit, paid at checkout; "0.00" for a free trial or no trial
    tiers: list[PlanSnapshotTier]
    recurring_price: str  # of the first renewal, the only price that NEXT Commerce receives


def snapshot_plan(*, variant: Variant, plan: SellingPlan) -> PlanSnapshot:
    """Return the current terms of a plan for a variant. Needs `product` loaded."""
    return snapshot_plan_at_price(
        plan=plan, base_price=variant.price, currency=variant.product.default_currency
    )


def snapshot_plan_at_price(*, plan: SellingPlan, base_price: Decimal, currency: str) -> PlanSnapshot:
    """Return the current terms of a plan for a variant of this price."""
    terms: PlanSnapshot = {
        "selling_plan_id": plan.pk,
        "name": plan.name,
        "interval": plan.interval,
        "interval_count": plan.interval_count,
        "cycles_per_charge": cycles_per_charge(plan),
        "trial_period_days": plan.trial_period_days,
        "trial_price": str(trial_price(plan) if plan.trial_period_days else Decimal("0.00")),
        "tiers": [
            {
                "first_cycle": tier.first_cycle,
                "price": str(tier.price),
                "base_price": str(tier.base_price),
                "policy_type": tier.policy_type,
            }
            for tier in price_tiers(plan=plan, base_price=base_price, currency=currency)
        ],
        "recurring_price": "",
    }
    terms["recurring_price"] = str(price_of_renewal(terms, 1))
    return terms


def price_of_renewal(terms: PlanSnapshot, renewal: int) -> Decimal:
    """Return the unit price at a renewal. Renewal 0 is the first order, or the trial if there is one."""
    if renewal == 0 and terms["trial_period_days"]:
        return Decimal(terms["trial_price"])
    number = renewal if terms["trial_period_days"] else renewal + 1
    cycles = terms["cycles_per_charge"]
    first = (number - 1) * cycles + 1
    return sum((_snapshot_cycle_price(terms, cycle) for cycle in range(first, first + cycles)), Decimal(0))


def tier_of_renewal(terms: PlanSnapshot, renewal: int) -> PlanSnapshotTier:
    """Return the tier of a renewal's first cycle."""
    number = renewal if terms["trial_period_days"] else renewal + 1
    return _find_snapshot_tier(terms, max((number - 1) * terms["cycles_per_charge"] + 1, 1))


def intervals_per_charge(terms: PlanSnapshot) -> int:
    """Return the number of intervals between two charges."""
    return terms["interval_count"] * terms["cycles_per_charge"]


def _snapshot_cycle_price(terms: PlanSnapshot, cycle: int) -> Decimal:
    return Decimal(_find_snapshot_tier(terms, cycle)["price"])


def _find_snapshot_tier(terms: PlanSnapshot, cycle: int) -> PlanSnapshotTier:
    return next(tier for tier in reversed(terms["tiers"]) if tier["first_cycle"] <= cycle)
