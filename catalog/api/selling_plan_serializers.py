"""Serializers of selling plans, their groups, and their prices."""

from decimal import Decimal

from catalog.api.response_types import (
    BillingPolicyResponse,
    CalculatedPriceResponse,
    PricingPolicyResponse,
    PricingTierResponse,
    SellingPlanGroupResponse,
    SellingPlanPricingResponse,
    SellingPlanResponse,
)
from catalog.models import PricingPolicy, SellingPlan, SellingPlanGroup, Variant
from catalog.plan_text import describe_tier, format_billing_cycle
from catalog.pricing import PriceTier, cycles_per_charge, list_available_plans, price_of_charge, price_tiers
from stores.money import round_money


def serialize_selling_plan(plan: SellingPlan, *, merchant_id: str) -> SellingPlanResponse:
    """Serialize a plan; counts, priority, and trial days are strings (R71, X25, X26)."""
    billing: BillingPolicyResponse = {"interval": plan.interval, "interval_count": str(plan.interval_count)}
    if plan.min_cycles is not None:
        billing["min_cycles"] = str(plan.min_cycles)
    serialized: SellingPlanResponse = {
        "id": plan.pk,
        "selling_plan_group_id": plan.group_id,
        "merchant_id": merchant_id,
        "name": plan.name,
        "description": plan.description,
        "billing_policy_type": plan.billing_policy_type,
        "billing_policy": billing,
        "pricing_policy": [_serialize_pricing_policy(policy) for policy in plan.pricing_policies.all()],
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
        serialized["trial_price"] = _format_amount(plan.trial_price)
    return serialized


def serialize_selling_plan_group(group: SellingPlanGroup, *, merchant_id: str) -> SellingPlanGroupResponse:
    """Serialize a group with its plans (R70)."""
    return {
        "id": group.pk,
        "merchant_id": merchant_id,
        "name": group.name,
        "description": group.description,
        "options": [option.name for option in group.options.all()],
        "status": group.status,
        "selling_plans": [
            serialize_selling_plan(plan, merchant_id=merchant_id) for plan in group.selling_plans.all()
        ],
        "created_at": int(group.created_at.timestamp()),
        "updated_at": int(group.updated_at.timestamp()),
    }


def serialize_plan_pricing(variant: Variant) -> list[SellingPlanPricingResponse]:
    """Serialize the price of a variant on each plan offered for it (R72, X24)."""
    return [
        {
            "selling_plan_id": plan.pk,
            "selling_plan_name": plan.name,
            "billing_cycle": format_billing_cycle(plan),
            "currency": variant.product.default_currency,
            "trial_period_days": plan.trial_period_days,
            "pricing_tiers": serialize_pricing_tiers(plan, variant.price, variant.product.default_currency),
        }
        for plan in list_available_plans(variant=variant)
    ]


def serialize_pricing_tiers(
    plan: SellingPlan, base_price: Decimal, currency: str
) -> list[PricingTierResponse]:
    """Serialize every pricing tier of a plan (R73)."""
    return [
        _serialize_pricing_tier(tier, plan)
        for tier in price_tiers(plan=plan, base_price=base_price, currency=currency)
    ]


def serialize_calculated_price(
    *, plan: SellingPlan, base_price: Decimal, currency: str
) -> CalculatedPriceResponse:
    """Serialize the first charge, not counting a trial, and all pricing tiers."""
    cycles = cycles_per_charge(plan)
    before = base_price * cycles
    after = price_of_charge(plan=plan, base_price=base_price, currency=currency, number=1)
    return {
        "base_price": _format_amount(base_price),
        "total_cycles": cycles,
        "subtotal_before_policy": _format_amount(before),
        "selling_plan_discount": _format_amount(before - after),
        "subtotal_after_policy": _format_amount(after),
        "currency": currency,
        "billing_cycle": format_billing_cycle(plan),
        "trial_period_days": plan.trial_period_days,
        "pricing_tiers": serialize_pricing_tiers(plan, base_price, currency),
    }


def _serialize_pricing_policy(policy: PricingPolicy) -> PricingPolicyResponse:
    serialized: PricingPolicyResponse = {
        "policy_type": policy.policy_type,
        "adjustment_type": policy.adjustment_type,
        "adjustment_value": policy.adjustment_value,
    }
    if policy.after_cycle is not None:
        serialized["after_cycle"] = str(policy.after_cycle)
    return serialized


def _serialize_pricing_tier(tier: PriceTier, plan: SellingPlan) -> PricingTierResponse:
    count = tier.cycles or 1
    return {
        "policy_type": tier.policy_type,
        "after_cycle": tier.first_cycle,
        "cycle_description": describe_tier(tier, plan=plan),
        "total_cycles": tier.cycles,
        "base_price": _format_amount(tier.base_price),
        "selling_plan_discount": _format_amount(tier.discount * count),
        "subtotal_before_policy": _format_amount(tier.base_price * count),
        "subtotal_after_policy": _format_amount(tier.price * count),
        "price": _format_amount(tier.price),
    }


def _format_amount(amount: Decimal) -> str:
    return format(round_money(amount), "f")
