"""A plan's terms as they were when it was sold: kept by the order's item and the subscription as JSON."""

from decimal import Decimal
from typing import TypedDict

from catalog.models import SellingPlan, Variant
from catalog.pricing import cycles_per_charge, price_tiers, trial_price


class PlanSnapshotTier(TypedDict):
    """The price of one unit in each of the cycles from `first_cycle` on."""

    first_cycle: int
    price: str
    base_price: str
    policy_type: str


class PlanSnapshot(TypedDict):
    """What is charged how often; it outlives the plan, which may change or end."""

    selling_plan_id: str
    name: str
    interval: str
    interval_count: int  # of one cycle
    cycles_per_charge: int  # more than one for a prepaid plan
    trial_period_days: int
    trial_price: str  # of one unit, paid at checkout; "0.00" for a free trial, and without one
    tiers: list[PlanSnapshotTier]
    recurring_price: str  # of the first renewal: the one price that the store is told (R156 to R161)


def snapshot_plan(*, variant: Variant, plan: SellingPlan) -> PlanSnapshot:
    """Return the terms of a plan for a variant, now."""
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
            for tier in price_tiers(
                plan=plan, base_price=variant.price, currency=variant.product.default_currency
            )
        ],
        "recurring_price": "",
    }
    terms["recurring_price"] = str(price_of_renewal(terms, 1))
    return terms


def price_of_renewal(terms: PlanSnapshot, renewal: int) -> Decimal:
    """Return what one unit costs at a renewal; the first order is number 0, the trial where there is one."""
    if renewal == 0 and terms["trial_period_days"]:
        return Decimal(terms["trial_price"])
    number = renewal if terms["trial_period_days"] else renewal + 1
    size = terms["cycles_per_charge"]
    first = (number - 1) * size + 1
    return sum((_snapshot_cycle_price(terms, cycle) for cycle in range(first, first + size)), Decimal(0))


def tier_of_renewal(terms: PlanSnapshot, renewal: int) -> PlanSnapshotTier:
    """Return the tier that the first cycle of a renewal belongs to."""
    number = renewal if terms["trial_period_days"] else renewal + 1
    return _find_snapshot_tier(terms, max((number - 1) * terms["cycles_per_charge"] + 1, 1))


def intervals_per_charge(terms: PlanSnapshot) -> int:
    """Return how many intervals lie between two charges."""
    return terms["interval_count"] * terms["cycles_per_charge"]


def _snapshot_cycle_price(terms: PlanSnapshot, cycle: int) -> Decimal:
    return Decimal(_find_snapshot_tier(terms, cycle)["price"])


def _find_snapshot_tier(terms: PlanSnapshot, cycle: int) -> PlanSnapshotTier:
    return next(tier for tier in reversed(terms["tiers"]) if tier["first_cycle"] <= cycle)
