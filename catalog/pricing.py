"""What a variant costs, once or by a plan, cycle by cycle (R72, R73, R156 to R161, X22, X23)."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from catalog.models import SellingPlan, Variant
from catalog.models.selling_plan import SellingPlanStatus
from stores.money import round_money

FIXED = "FIXED"
RECURRING = "RECURRING"


@dataclass(frozen=True)
class PriceTier:
    """The price of one unit in each of the cycles from `first_cycle` on; `cycles` 0 means for ever."""

    policy_type: str
    first_cycle: int
    cycles: int
    base_price: Decimal
    price: Decimal

    @property
    def discount(self) -> Decimal:
        return self.base_price - self.price


# Of a variant: with this loaded, `offered_plans` asks the database nothing.
PLANS_PREFETCH = "product__plan_group_uses__group__selling_plans"


def list_available_plans(*, variant: Variant) -> list[SellingPlan]:
    """Return the plans one can choose for the variant now, the most important first.

    Its own groups take the place of the product's (R143).
    """
    now = timezone.now()
    uses = list(variant.product.plan_group_uses.all())
    own = [use for use in uses if use.variant_id == variant.pk]
    plans = {
        plan.pk: plan
        for use in own or [use for use in uses if use.variant_id is None]
        if use.group.status == SellingPlanStatus.ACTIVE
        for plan in use.group.selling_plans.all()
        if is_plan_available(plan, at=now)
    }
    return sorted(plans.values(), key=lambda plan: (plan.priority, plan.created_at, plan.pk))


def find_available_plan(*, variant: Variant, plan_id: str) -> SellingPlan | None:
    """Return the plan if one can choose it for the variant now, else None."""
    return next((plan for plan in list_available_plans(variant=variant) if plan.pk == plan_id), None)


def is_plan_available(plan: SellingPlan, *, at: datetime.datetime) -> bool:
    """Tell whether a plan is active and within its dates."""
    return (
        plan.status == SellingPlanStatus.ACTIVE
        and (plan.valid_from is None or plan.valid_from <= at)
        and (plan.valid_until is None or plan.valid_until > at)
    )


def price_tiers(*, plan: SellingPlan, base_price: Decimal, currency: str) -> list[PriceTier]:
    """Return the tiers of a plan; together they cover every cycle exactly once.

    FIXED policies start with the first cycle and last until the first RECURRING one starts, or for
    ever (X23); a RECURRING policy after cycle N starts with cycle N + 1 (X22). Cycles that no policy
    speaks of cost the base price.
    """
    starts: dict[int, tuple[str, Decimal]] = {}
    fixed = [policy for policy in plan.pricing_policy if policy["policy_type"] == FIXED]
    if fixed:
        starts[1] = (FIXED, apply_pricing_policy(base_price, fixed[-1], currency))
    for policy in plan.pricing_policy:
        if policy["policy_type"] == RECURRING:
            after = int(policy.get("after_cycle") or (1 if fixed else 0))
            starts[after + 1] = (RECURRING, apply_pricing_policy(base_price, policy, currency))
    starts.setdefault(1, (FIXED if starts else RECURRING, round_money(base_price)))
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


def apply_pricing_policy(base_price: Decimal, policy: dict[str, str], currency: str) -> Decimal:
    """Return the base price after one policy, never below zero."""
    value = Decimal(policy["adjustment_value"])
    price = {
        "PERCENTAGE": base_price - base_price * value / 100,
        "FIXED_AMOUNT": base_price - value,
        "PRICE": value,
    }[policy["adjustment_type"]]
    return max(round_money(price, currency), Decimal("0.00"))


def price_of_cycle(of: Sequence[PriceTier], cycle: int) -> Decimal:
    """Return the price of one unit in a cycle, counted from 1."""
    return next(tier.price for tier in reversed(of) if tier.first_cycle <= cycle)


def first_price(*, variant: Variant, plan: SellingPlan | None) -> Decimal:
    """Return what one unit costs at checkout: once, or in the plan's first cycle.

    A trial costs its own price, or nothing; the first cycle is charged when it ends (R154).
    """
    if plan is None:
        return variant.price
    if plan.trial_period_days:
        return trial_price(plan)
    return price_of_charge(
        plan=plan, base_price=variant.price, currency=variant.product.default_currency, number=1
    )


def trial_price(plan: SellingPlan) -> Decimal:
    """Return what one unit costs for the trial: zero unless the plan names a price."""
    return round_money(plan.trial_price or 0)


def price_of_charge(*, plan: SellingPlan, base_price: Decimal, currency: str, number: int) -> Decimal:
    """Return what one unit costs each time money is taken, `number` counted from 1.

    A prepaid plan takes several cycles at once, the others one.
    """
    steps = price_tiers(plan=plan, base_price=base_price, currency=currency)
    size = cycles_per_charge(plan)
    first = (number - 1) * size + 1
    return sum((price_of_cycle(steps, cycle) for cycle in range(first, first + size)), Decimal(0))


def cycles_per_charge(plan: SellingPlan) -> int:
    """Return how many cycles are paid for together."""
    return max(plan.min_cycles or 1, 1) if plan.billing_policy_type == SellingPlan.Billing.PREPAID else 1


def price_range(variants: Iterable[Variant]) -> tuple[Decimal, Decimal]:
    """Return the lowest and the highest one-time price (R47); of nothing, zero."""
    prices = [variant.price for variant in variants] or [Decimal("0.00")]
    return min(prices), max(prices)
