"""Prices of variants: one-time, and cycle by cycle under a selling plan."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal

from django.utils import timezone

from catalog.models import PlanGroupUse, PricingPolicy, SellingPlan, Variant
from catalog.models.selling_plan import AdjustmentType, PolicyType, SellingPlanStatus
from catalog.plan_rules import is_sold_by_next
from nextcommerce.currencies import smallest_unit
from stores.money import CENT, is_chargeable, round_money


@dataclass(frozen=True)
class PriceTier:
    """The price of one unit for `cycles` cycles starting with `first_cycle`. `cycles` 0 means no end."""

    policy_type: str
    first_cycle: int
    cycles: int
    base_price: Decimal
    price: Decimal

    @property
    def discount(self) -> Decimal:
        return self.base_price - self.price


# With this loaded on a variant, `list_available_plans` runs no query.
PLANS_PREFETCH = "product__plan_group_uses__group__selling_plans__pricing_policies"


def list_available_plans(*, variant: Variant) -> list[SellingPlan]:
    """Return the plans that can be chosen for the variant now, by priority.

    A plan is left out if NEXT doesn't sell the product on it, or one of its prices can't be charged.
    """
    now = timezone.now()
    plans = {
        plan.pk: plan
        for use in list_plan_group_uses(variant)
        if use.group.status == SellingPlanStatus.ACTIVE
        for plan in use.group.selling_plans.all()
        if is_plan_available(plan, at=now)
        and is_sold_by_next(variant.product, terms=plan)
        and find_uncharged_price(
            plan=plan, base_price=variant.price, currency=variant.product.default_currency
        )
        is None
    }
    return sorted(plans.values(), key=lambda plan: (plan.priority, plan.created_at, plan.pk))


def list_plan_group_uses(variant: Variant) -> list[PlanGroupUse]:
    """Return the variant's own plan groups, or else the product's."""
    uses = list(variant.product.plan_group_uses.all())
    own = [use for use in uses if use.variant_id == variant.pk]
    return own or [use for use in uses if use.variant_id is None]


def find_available_plan(*, variant: Variant, plan_id: str) -> SellingPlan | None:
    """Return the plan if it can be chosen for the variant now, else None."""
    return next((plan for plan in list_available_plans(variant=variant) if plan.pk == plan_id), None)


def is_plan_available(plan: SellingPlan, *, at: datetime.datetime) -> bool:
    """Return True if the plan is active and within its dates."""
    return (
        plan.status == SellingPlanStatus.ACTIVE
        and (plan.valid_from is None or plan.valid_from <= at)
        and (plan.valid_until is None or plan.valid_until > at)
    )


def price_tiers(*, plan: SellingPlan, base_price: Decimal, currency: str) -> list[PriceTier]:
    """Return the tiers of a plan; together they cover every cycle exactly once.

    A FIXED policy starts with the first cycle and lasts until the first RECURRING policy starts, if any.
    A RECURRING policy after cycle N starts with cycle N + 1. Cycles without a policy cost the base price.
    """
    starts = _price_first_cycles(plan, base_price, currency)
    firsts = sorted(starts)
    lasts = [following - 1 for following in firsts[1:]]
    return [
        PriceTier(
            policy_type=starts[first][0],
            first_cycle=first,
            cycles=last - first + 1 if last else 0,
            base_price=round_money(base_price),
            price=starts[first][1],
        )
        for first, last in zip(firsts, [*lasts, 0], strict=True)
    ]


def _price_first_cycles(
    plan: SellingPlan, base_price: Decimal, currency: str
) -> dict[int, tuple[str, Decimal]]:
    """Return the policy type and price that start with each cycle, always with the first."""
    starts = {
        policy.first_cycle: (policy.policy_type, apply_pricing_policy(base_price, policy, currency))
        for policy in plan.pricing_policies.all()
    }
    first_type = PolicyType.FIXED if starts else PolicyType.RECURRING
    starts.setdefault(1, (first_type.value, round_money(base_price)))
    return starts


def apply_pricing_policy(base_price: Decimal, policy: PricingPolicy, currency: str) -> Decimal:
    """Return the base price after one policy, at least zero."""
    value = Decimal(policy.adjustment_value)
    price = {
        AdjustmentType.PERCENTAGE: base_price - base_price * value / 100,
        AdjustmentType.FIXED_AMOUNT: base_price - value,
        AdjustmentType.PRICE: value,
    }[AdjustmentType(policy.adjustment_type)]
    return max(round_money(price, currency), Decimal("0.00"))


def price_of_cycle(tiers: Sequence[PriceTier], cycle: int) -> Decimal:
    """Return the price of one unit in a cycle, counted from 1."""
    return _tier_of_cycle(tiers, cycle).price


def _tier_of_cycle(tiers: Sequence[PriceTier], cycle: int) -> PriceTier:
    return next(tier for tier in reversed(tiers) if tier.first_cycle <= cycle)


def first_price(*, variant: Variant, plan: SellingPlan | None) -> Decimal:
    """Return what one unit costs at checkout: the one-time price or the plan's first charge.

    With a trial that is the trial price, often zero. The first cycle is charged when the trial ends.
    """
    if plan is None:
        return variant.price
    if plan.trial_period_days:
        return trial_price(plan)
    return price_of_charge(
        plan=plan, base_price=variant.price, currency=variant.product.default_currency, number=1
    )


def trial_price(plan: SellingPlan) -> Decimal:
    """Return the trial price of one unit, zero unless the plan sets one."""
    return round_money(plan.trial_price or 0)


def price_of_charge(*, plan: SellingPlan, base_price: Decimal, currency: str, number: int) -> Decimal:
    """Return the price of one unit for charge `number`, counted from 1.

    One charge of a prepaid plan covers several cycles; other plans charge every cycle.
    """
    tiers = price_tiers(plan=plan, base_price=base_price, currency=currency)
    cycles = cycles_per_charge(plan)
    first = (number - 1) * cycles + 1
    return sum((price_of_cycle(tiers, cycle) for cycle in range(first, first + cycles)), Decimal(0))


def price_charge_tiers(*, plan: SellingPlan, base_price: Decimal, currency: str) -> list[PriceTier]:
    """Return the tiers of a plan counted in charges: one charge of a prepaid plan covers several cycles.

    A charge that spans two tiers costs the sum of its cycles and has the policy type of its first cycle.
    """
    tiers = price_tiers(plan=plan, base_price=base_price, currency=currency)
    cycles = cycles_per_charge(plan)
    if cycles == 1:
        return tiers
    starts = sorted(
        {
            charge + 1
            for tier in tiers
            for charge in ((tier.first_cycle - 1) // cycles, -(-(tier.first_cycle - 1) // cycles))
        }
    )
    ends = [*starts[1:], None]
    return [
        PriceTier(
            policy_type=_tier_of_cycle(tiers, (start - 1) * cycles + 1).policy_type,
            first_cycle=start,
            cycles=end - start if end else 0,
            base_price=round_money(base_price * cycles),
            price=price_of_charge(plan=plan, base_price=base_price, currency=currency, number=start),
        )
        for start, end in zip(starts, ends, strict=True)
    ]


def cycles_per_charge(plan: SellingPlan) -> int:
    """Return how many cycles one charge covers."""
    return max(plan.min_cycles or 1, 1) if plan.billing_policy_type == SellingPlan.Billing.PREPAID else 1


def find_uncharged_price(*, plan: SellingPlan, base_price: Decimal, currency: str) -> Decimal | None:
    """Return the first price of a charge that is too low to be charged, or None.

    The start may be free: a trial, or a first charge that the plan itself makes free.
    """
    tiers = price_charge_tiers(plan=plan, base_price=base_price, currency=currency)
    if _has_free_first_charge(plan, tiers[0]):
        tiers = tiers[1:]
    return next((tier.price for tier in tiers if not is_chargeable(tier.price, currency)), None)


def _has_free_first_charge(plan: SellingPlan, first: PriceTier) -> bool:
    """Return True if a plan without a trial takes all off its first charge alone, whatever the variant costs.

    An amount off isn't meant to make a variant free: it is larger than the variant's price.
    """
    amounts_off = [
        policy
        for policy in plan.pricing_policies.all()
        if policy.first_cycle == 1 and policy.adjustment_type == AdjustmentType.FIXED_AMOUNT
    ]
    return not (plan.trial_period_days or amounts_off or first.price) and first.cycles == 1


def verification_unit_price(*, amount: Decimal, quantity: int, currency: str) -> Decimal:
    """Return each unit's share of a verification charge, rounded up: NEXT Commerce prices single units."""
    share = amount / quantity
    return share.quantize(smallest_unit(currency), rounding=ROUND_UP).quantize(CENT)


def price_range(variants: Iterable[Variant]) -> tuple[Decimal, Decimal]:
    """Return the lowest and highest one-time price, both zero without variants."""
    prices = [variant.price for variant in variants] or [Decimal("0.00")]
    return min(prices), max(prices)
