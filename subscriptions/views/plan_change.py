"""Change plan, variant, or quantity: choose, preview the cost, then confirm (R162)."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.models import SellingPlan, Variant
from catalog.pricing import list_available_plans
from stores.consumer_law import needs_fixed_order_button
from stores.decorators import allow_origin_referrer, private_page
from stores.errors import Conflict, Problem
from stores.http import ShopRequest
from subscriptions import services
from subscriptions.charges import describe_charges
from subscriptions.forms import parse_change_form
from subscriptions.models import Subscription, SubscriptionLine
from subscriptions.plan_changes import offered_variants
from subscriptions.subscription_lines import upcoming_charge
from subscriptions.views.subscription import find_subscription_by_token

CHANGE_FIELDS = ("variant", "plan", "quantity")


@private_page
@require_safe
def show_plan_change(request: ShopRequest, token: str) -> HttpResponse:
    """Show the options and, with a selection in the query, a preview. Changes nothing.

    Raises NotFound, and Conflict if the subscription can no longer be changed.
    """
    subscription = find_subscription_by_token(request, token)
    line = subscription.main_line
    if subscription.is_over or subscription.cancel_at_period_end or line is None:
        raise Conflict(_("This subscription can no longer be changed."))
    now = line.after_change
    context: dict[str, Any] = {
        "subscription": subscription,
        "store": subscription.store,
        "has_fixed_button": needs_fixed_order_button(
            store=subscription.store, country=subscription.order.tax_country
        ),
        "page_url": reverse("subscriptions:subscription", args=[token]),
        "act_url": reverse("subscriptions:subscription_act", args=[token]),
        "now": now,
        "charge": upcoming_charge(subscription),
        "chosen": {"variant": now.variant_id, "plan": current_plan_id(now), "quantity": now.quantity},
        **list_choices(subscription),
    }
    if any(name in request.GET for name in CHANGE_FIELDS):
        context |= preview_context(subscription, request)
        context["chosen"] |= {name: request.GET[name] for name in CHANGE_FIELDS if request.GET.get(name)}
        then = context.get("then")
        context["is_same"] = then is not None and _described(then) == _described(now)
    return allow_origin_referrer(render(request, "subscriptions/plan_change.html", context))


def list_choices(subscription: Subscription) -> dict[str, Any]:
    """Return the variants and plans to choose from; none if there is only one."""
    variants = offered_variants(subscription)
    plans = offered_plans_by_id(variants)
    return {
        "variants": variants if len(variants) > 1 else [],
        "plans": plans.values() if len(plans) > 1 else [],
    }


def preview_context(subscription: Subscription, request: ShopRequest) -> dict[str, Any]:
    """Return the line, charge, and interval after the selected change, or why it isn't possible."""
    try:
        changed = services.preview_change(subscription=subscription, **parse_change_form(request.GET))
    except Problem as problem:
        return {"problem": problem.message}
    return {
        "then": changed.main_line,
        "next_charge": upcoming_charge(changed),
        "charges": describe_charges(changed),
    }


def offered_plans_by_id(variants: list[Variant]) -> dict[str, SellingPlan]:
    """Return every plan available for any of the variants, by ID."""
    return {plan.pk: plan for variant in variants for plan in list_available_plans(variant=variant)}


def current_plan_id(line: SubscriptionLine) -> str:
    return str(line.terms.get("selling_plan_id", ""))


def _described(line: SubscriptionLine) -> tuple[object, ...]:
    return line.next_variant_id, line.terms, line.quantity
