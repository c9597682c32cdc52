"""Selling plans and their prices as the API shows them."""

from decimal import Decimal

from catalog.api.response_types import (
    BillingPolicyShape,
    CalculatedPriceShape,
    PricingPolicyShape,
    PricingTierShape,
    SellingPlanGroupShape,
    SellingPlanPricingShape,
    SellingPlanShape,
)
from catalog.billing_cycle_text import billing_cycle, describe
from catalog.models import SellingPlan, SellingPlanGroup, Variant
from catalog.pricing import Tier, charge, cycles_at_once, offered_plans, tiers
from stores.money import cents


def plan_answer(plan: SellingPlan, *, merchant_id: str) -> SellingPlanShape:
    """Return a plan (R71, X25, X26)."""
    billing: BillingPolicyShape = {"interval": plan.interval, "interval_count": str(plan.interval_count)}
    if plan.min_cycles is not None:
        billing["min_cycles"] = str(plan.min_cycles)
    shown: SellingPlanShape = {
        "id": plan.pk,
        "selling_plan_group_id": plan.group_id,
        "merchant_id": merchant_id,
        "name": plan.name,
        "description": plan.description,
        "billing_policy_type": plan.billing_policy_type,
        "billing_policy": billing,
        "pricing_policy": [_policy(policy) for policy in plan.pricing_policy],
        "trial_period_days": str(plan.trial_period_days),
        "valid_from": int(plan.valid_from.timestamp()) if plan.valid_from else None,
        "valid_until": int(plan.valid_until.timestamp()) if plan.valid_until else None,
        "priority": str(plan.priority),
        "status": plan.status,
        "created_at": int(plan.created_at.timestamp()),
        "updated_at": int(plan.updated_at.timestamp()),
        "version": plan.version,
    }
    if plan.trial_price is not None:
        shown["trial_price"] = _text(plan.trial_price)
    return shown


def group_answer(group: SellingPlanGroup, *, merchant_id: str) -> SellingPlanGroupShape:
    """Return a group with its plans (R70)."""
    return {
        "id": group.pk,
        "merchant_id": merchant_id,
        "name": group.name,
        "description": group.description,
        "options": list(group.options),
        "status": group.status,
        "selling_plans": [plan_answer(plan, merchant_id=merchant_id) for plan in group.selling_plans.all()],
        "created_at": int(group.created_at.timestamp()),
        "updated_at": int(group.updated_at.timestamp()),
    }


def pricing_answers(variant: Variant) -> list[SellingPlanPricingShape]:
    """Return what a variant costs by each plan that is offered for it (R72, X24)."""
    return [
        {
            "selling_plan_id": plan.pk,
            "selling_plan_name": plan.name,
            "billing_cycle": billing_cycle(plan),
            "currency": variant.product.default_currency,
            "trial_period_days": plan.trial_period_days,
            "pricing_tiers": tier_answers(plan, variant.price, variant.product.default_currency),
        }
        for plan in offered_plans(variant=variant)
    ]


def tier_answers(plan: SellingPlan, base_price: Decimal, currency: str) -> list[PricingTierShape]:
    """Return every tier of a plan (R73)."""
    return [_tier(tier, plan) for tier in tiers(plan=plan, base_price=base_price, currency=currency)]


def calculated(*, plan: SellingPlan, base_price: Decimal, currency: str) -> CalculatedPriceShape:
    """Return the first charge, a trial apart, and all tiers."""
    size = cycles_at_once(plan)
    before = base_price * size
    after = charge(plan=plan, base_price=base_price, currency=currency, number=1)
    return {
        "base_price": _text(base_price),
        "total_cycles": size,
        "subtotal_before_policy": _text(before),
        "selling_plan_discount": _text(before - after),
        "subtotal_after_policy": _text(after),
        "currency": currency,
        "billing_cycle": billing_cycle(plan),
        "trial_period_days": plan.trial_period_days,
        "pricing_tiers": tier_answers(plan, base_price, currency),
    }


def _policy(policy: dict[str, str]) -> PricingPolicyShape:
    shown: PricingPolicyShape = {
        "policy_type": policy["policy_type"],
        "adjustment_type": policy["adjustment_type"],
        "adjustment_value": str(policy["adjustment_value"]),
    }
    if policy.get("after_cycle"):
        shown["after_cycle"] = str(policy["after_cycle"])
    return shown


def _tier(tier: Tier, plan: SellingPlan) -> PricingTierShape:
    count = tier.cycles or 1
    return {
        "policy_type": tier.policy_type,
        "after_cycle": tier.first_cycle,
        "cycle_description": describe(tier, plan=plan),
        "total_cycles": tier.cycles,
        "base_price": _text(tier.base_price),
        "selling_plan_discount": _text(tier.discount * count),
        "subtotal_before_policy": _text(tier.base_price * count),
        "subtotal_after_policy": _text(tier.price * count),
        "price": _text(tier.price),
    }


def _text(amount: Decimal) -> str:
    return format(cents(amount), "f")
