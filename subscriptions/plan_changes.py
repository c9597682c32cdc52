"""Another plan, variant or quantity, written into a subscription's line to be brought about."""

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
    """Write a change down, unsaved. Errors: Conflict, NotFound, Problem; see `services.preview_change`."""
    if subscription.is_over or subscription.cancel_at_period_end or not subscription.main_line:
        raise Conflict(_("This subscription cannot be changed any more."))
    line = subscription.main_line
    variant_now = line_after_changes(line)["variant_id"]
    plan_now = (line["terms"] or {}).get("selling_plan_id", "")
    if (plan_id or plan_now, variant_id or variant_now) != (plan_now, variant_now):
        _apply_variant_and_plan(
            subscription, line, plan_id=plan_id or plan_now, variant_id=variant_id or variant_now
        )
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
        raise Conflict(_("Several products renew together here; their plan cannot be changed."))
    variant = next((row for row in offered_variants(subscription) if row.pk == variant_id), None)
    if variant is None:
        raise NotFound(_("This variant is not offered for the subscription."))
    plan = find_available_plan(variant=variant, plan_id=plan_id)
    if plan is None:
        raise NotFound(_("This plan is not offered for the product."))
    line.setdefault("previous_terms", line["terms"])
    # A trial was had, if there was one; the price goes on with the cycle that comes next.
    before = line["terms"] or {}
    line["terms"] = snapshot_plan(variant=variant, plan=plan) | {
        "trial_period_days": before.get("trial_period_days", 0),
        "trial_price": before.get("trial_price", "0.00"),
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
    """What the subscriber may change to: the variants of the same product that are sold now, in order."""
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
        .prefetch_related(PLANS_PREFETCH)
    )
