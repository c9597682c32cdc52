"""API responses about selling plans (R71, X25, X26), their groups (R70), and their prices (R72, R73, X24)."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from catalog.models import PricingPolicy, SellingPlan, SellingPlanGroup, Variant
from catalog.models.selling_plan import AdjustmentType, PolicyType, SellingPlanStatus
from catalog.plan_text import describe_tier, format_billing_cycle
from catalog.pricing import (
    PriceTier,
    cycles_per_charge,
    list_available_plans,
    price_charge_tiers,
    price_of_charge,
)
from stores.api.fields import AmountStringField, StringListField, UnixTimeField
from stores.api.serializers import ResponseSerializer, make_list_response


class BillingPolicyResponse(ResponseSerializer):
    """How often subscribers pay. Counts are strings."""

    interval = serializers.ChoiceField(choices=SellingPlan.Interval.values)
    interval_count = serializers.CharField()
    min_cycles = serializers.CharField(required=False)


class PricingPolicyResponse(ResponseSerializer):
    """A step of a plan's price."""

    policy_type = serializers.ChoiceField(choices=PolicyType.values)
    adjustment_type = serializers.ChoiceField(choices=AdjustmentType.values)
    adjustment_value = serializers.CharField()
    after_cycle = serializers.CharField(required=False)

    def compute_after_cycle(self, policy: PricingPolicy) -> str | None:
        return None if policy.after_cycle is None else str(policy.after_cycle)


class SellingPlanResponse(ResponseSerializer):
    """A selling plan. `trial_period_days` and `priority` are strings."""

    id = serializers.CharField()
    selling_plan_group_id = serializers.CharField(source="group_id")
    merchant_id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    billing_policy_type = serializers.ChoiceField(choices=SellingPlan.Billing.values)
    billing_policy = BillingPolicyResponse(source="*")
    pricing_policy = PricingPolicyResponse(many=True, source="pricing_policies")
    trial_period_days = serializers.CharField()
    valid_from = UnixTimeField(allow_null=True)
    valid_until = UnixTimeField(allow_null=True)
    priority = serializers.CharField()
    status = serializers.ChoiceField(choices=SellingPlanStatus.values)
    created_at = UnixTimeField()
    updated_at = UnixTimeField()
    version = serializers.IntegerField()
    trial_price = AmountStringField(required=False)

    def compute_merchant_id(self, plan: SellingPlan) -> str:
        return self.context["store"].slug


SellingPlanListResponse = make_list_response(SellingPlanResponse)


class SellingPlanGroupResponse(ResponseSerializer):
    """Selling plans that are offered together."""

    id = serializers.CharField()
    merchant_id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    options = StringListField()
    status = serializers.ChoiceField(choices=SellingPlanStatus.values)
    selling_plans = SellingPlanResponse(many=True)
    created_at = UnixTimeField()
    updated_at = UnixTimeField()

    def compute_merchant_id(self, group: SellingPlanGroup) -> str:
        return self.context["store"].slug

    def compute_options(self, group: SellingPlanGroup) -> list[str]:
        return [option.name for option in group.options.all()]


SellingPlanGroupListResponse = make_list_response(SellingPlanGroupResponse)


class PricingTierResponse(ResponseSerializer):
    """The price of some charges.

    A cycle is what one charge covers: several billing cycles if the plan is prepaid. Subtotals cover
    `total_cycles` cycles, or one cycle if that is 0, which means forever. `price` is always one charge.
    """

    policy_type = serializers.ChoiceField(choices=PolicyType.values)
    after_cycle = serializers.IntegerField()
    cycle_description = serializers.CharField()
    total_cycles = serializers.IntegerField()
    base_price = AmountStringField()
    selling_plan_discount = AmountStringField()
    subtotal_before_policy = AmountStringField()
    subtotal_after_policy = AmountStringField()
    price = AmountStringField()


class SellingPlanPricingResponse(ResponseSerializer):
    """The price of a variant on a plan. `trial_period_days` is a number here.

    `billing_cycle` is what one charge covers: `3 months` if three monthly cycles are prepaid.
    """

    selling_plan_id = serializers.CharField()
    selling_plan_name = serializers.CharField()
    billing_cycle = serializers.CharField()
    currency = serializers.CharField()
    trial_period_days = serializers.IntegerField()
    pricing_tiers = PricingTierResponse(many=True)


class CalculatedPriceResponse(ResponseSerializer):
    """The first charge for one unit, not counting a trial, and all pricing tiers."""

    base_price = AmountStringField()
    total_cycles = serializers.IntegerField()
    subtotal_before_policy = AmountStringField()
    selling_plan_discount = AmountStringField()
    subtotal_after_policy = AmountStringField()
    currency = serializers.CharField()
    billing_cycle = serializers.CharField()
    trial_period_days = serializers.IntegerField()
    pricing_tiers = PricingTierResponse(many=True)


def build_plan_pricing(variant: Variant) -> list[dict[str, Any]]:
    """Return a `SellingPlanPricingResponse` for each plan offered for the variant."""
    currency = variant.product.default_currency
    return [
        {
            "selling_plan_id": plan.pk,
            "selling_plan_name": plan.name,
            "billing_cycle": format_billing_cycle(
                plan.interval, plan.interval_count * cycles_per_charge(plan)
            ),
            "currency": currency,
            "trial_period_days": plan.trial_period_days,
            "pricing_tiers": _build_tiers(plan, variant.price, currency),
        }
        for plan in list_available_plans(variant=variant)
    ]


def build_calculated_price(*, plan: SellingPlan, base_price: Decimal, currency: str) -> dict[str, Any]:
    """Return a `CalculatedPriceResponse`."""
    cycles = cycles_per_charge(plan)
    before = base_price * cycles
    after = price_of_charge(plan=plan, base_price=base_price, currency=currency, number=1)
    return {
        "base_price": base_price,
        "total_cycles": cycles,
        "subtotal_before_policy": before,
        "selling_plan_discount": before - after,
        "subtotal_after_policy": after,
        "currency": currency,
        "billing_cycle": format_billing_cycle(plan.interval, plan.interval_count),
        "trial_period_days": plan.trial_period_days,
        "pricing_tiers": _build_tiers(plan, base_price, currency),
    }


def _build_tiers(plan: SellingPlan, base_price: Decimal, currency: str) -> list[dict[str, Any]]:
    tiers = price_charge_tiers(plan=plan, base_price=base_price, currency=currency)
    return [_build_tier(tier, plan) for tier in tiers]


def _build_tier(tier: PriceTier, plan: SellingPlan) -> dict[str, Any]:
    count = tier.cycles or 1
    return {
        "policy_type": tier.policy_type,
        "after_cycle": tier.first_cycle,
        "cycle_description": describe_tier(tier, plan=plan),
        "total_cycles": tier.cycles,
        "base_price": tier.base_price,
        "selling_plan_discount": tier.discount * count,
        "subtotal_before_policy": tier.base_price * count,
        "subtotal_after_policy": tier.price * count,
        "price": tier.price,
    }
