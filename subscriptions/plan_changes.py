"""Build a change of plan, variant, or quantity of a subscription's main line, pending until it is synced."""

from typing import Any

from django.utils.translation import gettext as _

from catalog.availability import filter_for_sale
from catalog.models import Variant
from catalog.plan_snapshot import snapshot_plan
from catalog.pricing import PLANS_PREFETCH, find_available_plan
from stores.errors import Conflict, NotFound, Problem
from subscriptions.models import Subscription, SubscriptionLine, SubscriptionLineChange
from subscriptions.models.subscription_line import VARIANT_FIELDS

MAX_LINE_QUANTITY = 999


def apply_plan_change(
    subscription: Subscription, *, plan_id: str = "", variant_id: str = "", quantity: int | None = None
) -> SubscriptionLineChange:
    """Return the main line's requested change with this one applied, unsaved, and set on the line.

    Raises the errors of `services.preview_change`.
    """
    line = subscription.main_line
    if subscription.is_over or subscription.cancel_at_period_end or line is None:
        raise Conflict(_("This subscription can no longer be changed."))
    change = line.requested_change or SubscriptionLineChange(line=line, **_variant_values(line))
    current_plan_id = change.terms.get("selling_plan_id", "")
    plan_id, variant_id = plan_id or current_plan_id, variant_id or change.variant_id
    if (plan_id, variant_id) != (current_plan_id, change.variant_id):
        _set_variant_and_plan(subscription, change, plan_id=plan_id, variant_id=variant_id)
    if quantity is not None:
        if not 1 <= quantity <= MAX_LINE_QUANTITY:
            raise Problem(_("Choose a quantity from 1 to 999."), field="quantity")
        change.quantity = quantity
    return change


def _variant_values(line: SubscriptionLine) -> dict[str, Any]:
    return {name: getattr(line, name) for name in VARIANT_FIELDS}


def _set_variant_and_plan(
    subscription: Subscription, change: SubscriptionLineChange, *, plan_id: str, variant_id: str
) -> None:
    if len(subscription.active_lines) > 1:
        raise Conflict(_("This subscription renews several products together, so its plan can't be changed."))
    variant = next((row for row in offered_variants(subscription) if row.pk == variant_id), None)
    if variant is None:
        raise NotFound(_("This variant isn't available for this subscription."))
    plan = find_available_plan(variant=variant, plan_id=plan_id)
    if plan is None:
        raise NotFound(_("This plan isn't available for the product."))
    # A trial counts as used, and the price continues with the next cycle, so keep the trial's terms.
    old_terms = change.terms
    change.terms = snapshot_plan(variant=variant, plan=plan) | {
        "trial_period_days": old_terms.get("trial_period_days", 0),
        "trial_price": old_terms.get("trial_price", "0.00"),
    }
    change.next_variant_id = variant.next_variant_id
    change.variant_id = variant.pk
    change.name = variant.product.name
    change.title = variant.title[:300]


def offered_variants(subscription: Subscription) -> list[Variant]:
    """Return the variants the subscriber can switch to: those of the same product now on sale, in order."""
    line = subscription.main_line
    if line is None or not line.product_id or len(subscription.active_lines) > 1:
        return []
    variants = Variant.objects.filter(product=line.product_id, store=subscription.store_id)
    return list(
        filter_for_sale(variants, store=subscription.store)
        .select_related("product")
        .prefetch_related(PLANS_PREFETCH, "values")
    )
