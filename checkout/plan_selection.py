"""The plan a shopper chose for a variant."""

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from catalog.models import SellingPlan, Variant
from catalog.pricing import PLANS_PREFETCH, find_available_plan
from stores.errors import Problem


def find_selected_plan(*, variant: Variant, plan_id: str) -> SellingPlan | None:
    """Return the plan if it is offered for the variant now, or None where none is named.

    Errors: Problem where it is not offered, or the product is sold by subscription only.
    """
    if not plan_id:
        if variant.product.requires_selling_plan:
            raise Problem(_("Please choose how often you want to receive this."), field="plan")
        return None
    prefetch_related_objects([variant], PLANS_PREFETCH)
    plan = find_available_plan(variant=variant, plan_id=plan_id)
    if plan is None:
        raise Problem(_("This subscription is no longer offered. Please choose another."), field="plan")
    return plan
