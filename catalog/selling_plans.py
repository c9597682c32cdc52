"""Selling plan and plan group services: create, update, find, and delete."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from catalog.models import PricingPolicy, SellingPlan, SellingPlanGroup, SellingPlanGroupOption
from catalog.models.selling_plan import AdjustmentType, PolicyType, SellingPlanStatus
from catalog.plan_prices import require_chargeable_plan
from catalog.plan_rules import (
    require_chargeable_price,
    require_chargeable_steps,
    require_sold_by_next,
)
from stores.errors import Conflict, Problem
from stores.lookups import get_or_not_found
from stores.models import Store
from stores.money import MAX_AMOUNT, is_payable
from stores.page_cache import clear_page_cache

_MAX_POLICIES = 20
_MAX_CYCLES = 1200


@dataclass(frozen=True)
class SellingPlanGroupDraft:
    """Values for a new or updated plan group."""

    name: str
    description: str = ""
    options: Sequence[str] = ()
    status: str = SellingPlanStatus.ACTIVE


@dataclass(frozen=True)
class SellingPlanDraft:
    """Values for a new or updated plan. `pricing_policy` uses the API's keys with string values."""

    name: str
    interval: str
    interval_count: int = 1
    description: str = ""
    billing_policy_type: str = SellingPlan.Billing.RECURRING
    min_cycles: int | None = None
    pricing_policy: Sequence[Mapping[str, Any]] = field(default_factory=list)
    trial_period_days: int = 0
    trial_price: Decimal | None = None
    valid_from: datetime.datetime | None = None
    valid_until: datetime.datetime | None = None
    priority: int = 0
    status: str = SellingPlanStatus.ACTIVE


@transaction.atomic
def create_selling_plan_group(*, store: Store, draft: SellingPlanGroupDraft) -> SellingPlanGroup:
    """Create a group without plans. Raises Problem for an invalid status."""
    group = SellingPlanGroup.objects.create(store=store, **_clean_group_values(draft))
    _save_group_options(group, draft)
    return group


@transaction.atomic
def update_selling_plan_group(*, group: SellingPlanGroup, draft: SellingPlanGroupDraft) -> SellingPlanGroup:
    """Replace all values of a group. Raises Problem for an invalid status."""
    for name, value in _clean_group_values(draft).items():
        setattr(group, name, value)
    group.save()
    group.options.all().delete()
    _save_group_options(group, draft)
    return group


@transaction.atomic
def delete_selling_plan_group(*, group: SellingPlanGroup) -> None:
    """Delete a group. Raises Conflict if one of its plans is active or a product uses it."""
    SellingPlanGroup.objects.select_for_update().filter(pk=group.pk).first()
    if group.selling_plans.filter(status=SellingPlanStatus.ACTIVE).exists():
        raise Conflict(_("The group still has active plans. Disable or delete them first."))
    if group.uses.exists():
        raise Conflict(_("A product still uses this group. Remove the group from the product first."))
    group.delete()


def find_selling_plan_group(*, store: Store, group_id: str) -> SellingPlanGroup:
    """Return a group of the store. Raises NotFound."""
    groups = SellingPlanGroup.objects.filter(store=store)
    group = get_or_not_found(groups, _("Selling plan group not found"), pk=group_id)
    group.store = store
    return group


@transaction.atomic
def create_selling_plan(*, group: SellingPlanGroup, draft: SellingPlanDraft) -> SellingPlan:
    """Create a plan in a group. Raises Problem for invalid values."""
    policies = clean_pricing_policies(draft.pricing_policy)
    require_chargeable_steps(policies, group.store.currency)
    require_sold_by_next(draft, group.pk)
    plan = SellingPlan.objects.create(group=group, **clean_plan_values(draft, group))
    _save_pricing_policies(plan, policies)
    require_chargeable_plan(plan)
    if Store.objects.filter(pk=group.store_id, has_sold_plans=False).update(has_sold_plans=True):
        clear_page_cache(host=group.store.host)
    return plan


def update_selling_plan(
    *, plan: SellingPlan, draft: SellingPlanDraft, version: int | None = None
) -> SellingPlan:
    """Replace all values of a plan. Existing subscriptions keep their terms.

    Raises Problem for invalid values, and Conflict if `version` is given and no longer current.
    """
    rows = SellingPlan.objects.filter(pk=plan.pk)
    if version is not None:
        rows = rows.filter(version=version)
    values = clean_plan_values(draft, plan.group)
    policies = clean_pricing_policies(draft.pricing_policy)
    require_chargeable_steps(policies, plan.group.store.currency)
    require_sold_by_next(draft, plan.group_id)
    with transaction.atomic():
        if not rows.update(version=F("version") + 1):
            raise Conflict(
                _("The plan has changed since you loaded it. Load it again, then repeat your change.")
            )
        plan.refresh_from_db()
        for name, value in values.items():
            setattr(plan, name, value)
        plan.save()
        plan.pricing_policies.all().delete()
        _save_pricing_policies(plan, policies)
        require_chargeable_plan(plan)
    return plan


def _save_pricing_policies(plan: SellingPlan, policies: list[PricingPolicy]) -> None:
    for policy in policies:
        policy.plan = plan
    PricingPolicy.objects.bulk_create(policies)


def delete_selling_plan(*, plan: SellingPlan) -> None:
    """Delete a plan. Existing subscriptions keep their terms."""
    plan.delete()


def find_selling_plan(*, store: Store, plan_id: str) -> SellingPlan:
    """Return a plan of the store with its group loaded. Raises NotFound."""
    plans = SellingPlan.objects.filter(group__store=store).select_related("group")
    plan = get_or_not_found(plans, _("Selling plan not found"), pk=plan_id)
    plan.group.store = store
    return plan


def _clean_group_values(draft: SellingPlanGroupDraft) -> dict[str, Any]:
    if draft.status not in SellingPlanStatus.values:
        raise Problem(_("The status must be active or disabled."), field="status")
    return {name: value for name, value in vars(draft).items() if name != "options"}


def _save_group_options(group: SellingPlanGroup, draft: SellingPlanGroupDraft) -> None:
    SellingPlanGroupOption.objects.bulk_create(
        SellingPlanGroupOption(group=group, name=name, position=position)
        for position, name in enumerate(draft.options)
    )


def clean_plan_values(draft: SellingPlanDraft, group: SellingPlanGroup) -> dict[str, Any]:
    """Return the values of the plan's own columns. Raises Problem if they are invalid."""
    _validate_billing(draft)
    if draft.status not in SellingPlanStatus.values:
        raise Problem(_("The status must be active or disabled."), field="status")
    min_cycles = _clean_min_cycles(draft)
    if draft.valid_from and draft.valid_until and draft.valid_until <= draft.valid_from:
        raise Problem(_("The plan must end after it starts."), field="valid_until")
    values = {name: value for name, value in vars(draft).items() if name != "pricing_policy"}
    return values | {
        "min_cycles": min_cycles,
        "trial_price": _clean_trial_price(draft, group),
    }


def _validate_billing(draft: SellingPlanDraft) -> None:
    if draft.interval not in SellingPlan.Interval.values:
        raise Problem(_("The interval must be day, week, month, or year."), field="billing_policy.interval")
    if not 1 <= draft.interval_count <= 1000:
        raise Problem(
            _("The interval count must be between 1 and 1000."), field="billing_policy.interval_count"
        )
    if draft.billing_policy_type not in SellingPlan.Billing.values:
        raise Problem(_("The billing policy type must be RECURRING or PREPAID."), field="billing_policy_type")


def _clean_min_cycles(draft: SellingPlanDraft) -> int | None:
    """Return how many cycles a prepaid plan charges at once, or None for other plans. Raises Problem."""
    if draft.billing_policy_type != SellingPlan.Billing.PREPAID:
        return None
    if not 1 <= (draft.min_cycles or 0) <= 120:
        raise Problem(
            _("A prepaid plan needs 1 to 120 cycles to be paid up front."), field="billing_policy.min_cycles"
        )
    return draft.min_cycles


def _clean_trial_price(draft: SellingPlanDraft, group: SellingPlanGroup) -> Decimal | None:
    """Return the trial price, or None for a free trial. Raises Problem."""
    price = draft.trial_price
    if not price:
        return None
    if not draft.trial_period_days:
        raise Problem(_("A trial price requires a trial of at least one day."), field="trial_price")
    if not 0 < price <= MAX_AMOUNT or not is_payable(price, group.store.currency):
        raise Problem(
            _("The trial price must be a valid amount in the store's currency."), field="trial_price"
        )
    require_chargeable_price(price, group.store.currency, field="trial_price")
    return price


def clean_pricing_policies(policies: Sequence[Mapping[str, Any]]) -> list[PricingPolicy]:
    """Return the policies, not yet saved. Raises Problem if they are invalid or contradict each other.

    There can be one FIXED policy, without `after_cycle`. Each RECURRING policy has a unique `after_cycle`.
    """
    if len(policies) > _MAX_POLICIES:
        raise _pricing_policy_error(
            _("A plan can have at most %(count)d price steps.") % {"count": _MAX_POLICIES}
        )
    rows = [_build_pricing_policy(policy, position) for position, policy in enumerate(policies)]
    starts = [row.after_cycle for row in rows]
    if starts.count(None) > 1:
        raise _pricing_policy_error(_("A plan can have only one FIXED price step."))
    if len(set(starts)) < len(starts):
        raise _pricing_policy_error(_("Two price steps start after the same cycle."))
    if {None, 0} <= set(starts):
        raise _pricing_policy_error(_("A price step after cycle 0 leaves no cycle for the FIXED price step."))
    return rows


def _build_pricing_policy(policy: Mapping[str, Any], position: int) -> PricingPolicy:
    kind, adjustment = policy.get("policy_type"), policy.get("adjustment_type")
    if kind not in PolicyType.values:
        raise _pricing_policy_error(_("A price step must be FIXED or RECURRING."))
    if adjustment not in AdjustmentType.values:
        raise _pricing_policy_error(_("The adjustment type must be PERCENTAGE, FIXED_AMOUNT, or PRICE."))
    after = policy.get("after_cycle")
    if kind == PolicyType.FIXED and after not in {None, ""}:
        raise _pricing_policy_error(
            _("A FIXED price step starts with the first cycle. Leave after_cycle empty.")
        )
    return PricingPolicy(
        position=position,
        policy_type=kind,
        adjustment_type=adjustment,
        adjustment_value=_clean_adjustment_value(policy.get("adjustment_value"), adjustment),
        after_cycle=_clean_after_cycle(after) if kind == PolicyType.RECURRING else None,
    )


def _clean_adjustment_value(value: Any, adjustment: str) -> str:
    try:
        amount = Decimal(str(value).strip()) if not isinstance(value, bool) else Decimal("NaN")
    except InvalidOperation:
        amount = Decimal("NaN")
    maximum = Decimal(100) if adjustment == AdjustmentType.PERCENTAGE else MAX_AMOUNT
    if not amount.is_finite() or not 0 <= amount <= maximum or amount != round(amount, 2):
        raise _pricing_policy_error(
            _("The adjustment must be a valid amount, or a percentage from 0 to 100.")
        )
    return format(amount, "f")


def _clean_after_cycle(value: Any) -> int:
    text = str(value).strip()
    if not text.isascii() or not text.isdigit() or len(text) > 4 or int(text) > _MAX_CYCLES:
        raise _pricing_policy_error(
            _("A RECURRING price step needs the number of the cycle it starts after.")
        )
    return int(text)


def _pricing_policy_error(message: str) -> Problem:
    return Problem(message, field="pricing_policy")
