"""The selling plans to choose from on a product or payment link page."""

from dataclasses import dataclass

from catalog.models import SellingPlan, Variant
from catalog.plan_snapshot import snapshot_plan
from catalog.plan_text import format_free_start_notice, format_plan_saving, format_plan_terms
from catalog.pricing import list_available_plans
from catalog.product_listing import ProductListing


@dataclass(frozen=True)
class PlanChoice:
    """A plan with its texts, priced for the preselected variant."""

    plan: SellingPlan
    terms: str
    saving: str
    verification: str
    checked: bool
    is_available: bool


def build_plan_choices(listing: ProductListing, chosen: Variant, *, plan_id: str = "") -> list[PlanChoice]:
    """Return the plans of all variants. `plan_id` is preselected, or one if there is nothing but plans."""
    plans = {plan.pk: plan for variant in listing.variants for plan in list_available_plans(variant=variant)}
    for_chosen = [plan.pk for plan in list_available_plans(variant=chosen)]
    first = for_chosen[0] if for_chosen and listing.product.requires_selling_plan else None
    if plan_id in for_chosen:
        first = plan_id
    currency = listing.product.default_currency
    return [
        PlanChoice(
            plan=plan,
            terms=format_choice_terms(plan, chosen),
            saving=format_plan_saving(plan=plan, base_price=chosen.price, currency=currency),
            verification=format_free_start_notice(plan=plan, variant=chosen, store=listing.product.store),
            checked=plan.pk == first,
            is_available=plan.pk in for_chosen,
        )
        for plan in sorted(plans.values(), key=lambda plan: (plan.priority, plan.created_at, plan.pk))
    ]


def format_choice_terms(plan: SellingPlan, variant: Variant) -> str:
    return format_plan_terms(
        terms=snapshot_plan(variant=variant, plan=plan),
        currency=variant.product.default_currency,
        is_shipping_open=variant.product.collect_shipping_address,
    )
