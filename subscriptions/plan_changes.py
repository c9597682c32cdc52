"""Write a change of plan, variant, or quantity into a subscription's line, pending until it is synced."""

from django.utils.translation import gettext as _

from catalog.models import Variant
from catalog.plan_snapshot import snapshot_plan
from catalog.pricing import PLANS_PREFETCH, find_available_plan
from stores.errors import Conflict, NotFound, Problem
from subscriptions.models import Subscription
from subscriptions.subscription_lines import LineData, line_after_changes

MAX_LINE_QUANTITY = 999


def apply_plan_change(
    subscription: Subscription, *, plan_id: str = "", variant_id: str = "", quantity: int | None = None
) -> None:
    """Apply a change to the main line, unsaved. Raises the errors of `services.preview_change`."""
    if subscription.is_over or subscription.cancel_at_period_end or not subscription.main_line:
        raise Conflict(_("This subscription can no longer be changed."))
    line = subscription.main_line
    current_variant_id = line_after_changes(line)["variant_id"]
    current_plan_id = (line["terms"] or {}).get("selling_plan_id", "")
    plan_id, variant_id = plan_id or current_plan_id, variant_id or current_variant_id
    if (plan_id, variant_id) != (current_plan_id, current_variant_id):
        _apply_variant_and_plan(subscription, line, plan_id=plan_id, variant_id=variant_id)
    if quantity is not None:
        if not 1 <= quantity <= MAX_LINE_QUANTITY:
            raise Problem(_("Choose a quantity from 1 to 999."), field="quantity")
        line["pending_quantity"] = quantity
    if line.get("pending_quantity") == line["quantity"]:
        del line["pending_quantity"]


def _apply_variant_and_plan(
    subscription: Subscription, line: LineData, *, plan_id: str, variant_id: str
) -> None:
    if len(subscription.active_lines) > 1:
        raise Conflict(_("This subscription renews several products together, so its plan can't be changed."))
    variant = next((row for row in offered_variants(subscription) if row.pk == variant_id), None)
    if variant is None:
        raise NotFound(_("This variant isn't available for this subscription."))
    plan = find_available_plan(variant=variant, plan_id=plan_id)
    if plan is None:
        raise NotFound(_("This plan isn't available for the product."))
    line.setdefault("previous_terms", line["terms"])
    # A trial counts as used, and the price continues with the next cycle, so keep the trial's terms.
    old_terms = line["terms"] or {}
    line["terms"] = snapshot_plan(variant=variant, plan=plan) | {
        "trial_period_days": old_terms.get("trial_period_days", 0),
        "trial_price": old_terms.get("trial_price", "0.00"),
    }
    line.pop("pending_variant", None)
    if variant.next_variant_id != line["next_variant_id"]:
        line["pending_variant"] = {
            "next_variant_id": variant.next_variant_id,
            "variant_id": variant.pk,
            "name": variant.product.name,
            "title": variant.title,
        }


def offered_variants(subscription: Subscription) -> list[Variant]:
    """Return the variants the subscriber can switch to: those of the same product now on sale, in order."""
    product_id = subscription.main_line.get("product_id")
    if not product_id or len(subscription.active_lines) > 1:
        return []
    return list(
        Variant.objects.filter(
            product=product_id,
            product__store=subscription.store_id,
            product__active=True,
            active=True,
            next_variant_id__isnull=False,
        )
        .select_related("product")
        .prefetch_related(PLANS_PREFETCH, "values")
    )
