"""Another plan, variant or quantity: chosen, then shown with what it will cost, then asked for (R162)."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.models import SellingPlan, Variant
from catalog.pricing import offered_plans
from stores.decorators import keep_origin, private_page
from stores.errors import Conflict, Problem
from stores.http import ShopRequest
from subscriptions import services
from subscriptions.forms import read_change
from subscriptions.models import Subscription
from subscriptions.plan_changes import offered_variants
from subscriptions.subscription_lines import how_often, next_charge, wanted
from subscriptions.views.subscription import find_subscription

FIELDS = ("variant", "plan", "quantity")


@private_page
@require_safe
def show(request: ShopRequest, token: str) -> HttpResponse:
    """The choices; with a choice in the query, also what it leads to. Changes nothing.

    Errors: NotFound; Conflict where nothing can be changed any more.
    """
    subscription = find_subscription(request, token)
    if subscription.is_over or subscription.cancel_at_period_end or not subscription.line:
        raise Conflict(_("This subscription cannot be changed any more."))
    variants = offered_variants(subscription)
    plans = plans_of(variants)
    now, charge = wanted(subscription.line), next_charge(subscription)
    context: dict[str, Any] = {
        "subscription": subscription,
        "store": subscription.store,
        "page_url": reverse("subscriptions:subscription", args=[token]),
        "act_url": reverse("subscriptions:subscription_act", args=[token]),
        "variants": variants if len(variants) > 1 else [],
        "plans": plans.values() if len(plans) > 1 else [],
        "now": now,
        "charge": charge,
        "chosen": {"variant": now["variant_id"], "plan": plan_of(now), "quantity": now["quantity"]},
    }
    if any(name in request.GET for name in FIELDS):
        context |= outcome(subscription, request)
        context["chosen"] |= {name: request.GET[name] for name in FIELDS if request.GET.get(name)}
        context["is_same"] = context.get("then") == now
    return keep_origin(render(request, "subscriptions/plan_change.html", context))


def outcome(subscription: Subscription, request: ShopRequest) -> dict[str, Any]:
    """What the choice in the query leads to: the line then, its charge and rhythm; or why it cannot be."""
    try:
        shown = services.preview(subscription=subscription, **read_change(request.GET))
    except Problem as problem:
        return {"problem": problem.message}
    return {"then": shown.line, "next_charge": next_charge(shown), "how_often": how_often(shown.line)}


def plans_of(variants: list[Variant]) -> dict[str, SellingPlan]:
    """Every plan that is offered for any of the variants, by id."""
    return {plan.pk: plan for variant in variants for plan in offered_plans(variant=variant)}


def plan_of(line: dict[str, Any]) -> str:
    return str((line["terms"] or {}).get("selling_plan_id", ""))
