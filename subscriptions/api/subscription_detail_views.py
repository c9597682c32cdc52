"""`/v1/subscriptions/{id}`: shown, changed, and what a change would lead to (part 3)."""

from typing import Any, Literal

from rest_framework.request import Request
from rest_framework.response import Response

from stores.api.request_fields import Body, Id, Text, TextMap, Whole
from stores.api.response_schemas import described, seconds
from stores.errors import Problem
from subscriptions import services
from subscriptions.api.response_types import SubscriptionChangeShape, SubscriptionShape
from subscriptions.api.subscription_serializers import subscription_shape
from subscriptions.api.subscription_views import SubscriptionView
from subscriptions.subscription_lines import next_charge

Proration = Literal["none", "create_prorations"]


class PrimaryVariantBody(Body):
    """What is to be charged from the next cycle on; what is left out stays."""

    selling_plan_id = Id("sp", default="")
    variant_id = Id("var", default="")
    quantity = Whole(default=0, max_value=999)


class ChangeBody(Body):
    """A change of plan, variant or quantity.

    It always counts from the next charge on, for the store charges nothing in between: `create_prorations`
    for an upgrade, `none` for a downgrade, `billing_cycle_anchor` `unchanged`. Left out, they are that.
    """

    primary_variant = PrimaryVariantBody(default=None)
    proration_behavior = Text(max_length=40, default="")
    billing_cycle_anchor = Text(max_length=40, default="")
    metadata = TextMap(default=None, help_text="Kept with the subscription; a preview leaves it aside.")


class ChangeView(SubscriptionView):
    def preview(self, subscription_id: str, body: dict[str, Any]) -> SubscriptionChangeShape:
        """Return what the change would lead to. Errors: Problem `invalid_proration_config`; of `preview`."""
        before = self.one(subscription_id)
        after = self.one(subscription_id)
        if body["primary_variant"] is not None:
            after = services.preview(subscription=after, **asked_for(body["primary_variant"]))
        is_upgrade = next_charge(after) > next_charge(before)
        return {
            **subscription_shape(after),
            "applied": False,
            "is_upgrade": is_upgrade,
            "effective_date": seconds(after.next_renewal_at or after.resume_to),
            "charge_today": "0.00",
            "proration_behavior": proration(body, is_upgrade=is_upgrade),
        }


class OneSubscription(ChangeView):
    """One subscription."""

    @described(
        operation_id="subscriptions_get",
        summary="Get a subscription",
        answer=SubscriptionShape,
        errors=(401, 404),
    )
    def get(self, request: Request, subscription_id: str) -> Response:
        return Response(subscription_shape(self.one(subscription_id)))

    @described(
        operation_id="subscriptions_update",
        summary="Change plan, variant or quantity from the next charge on",
        answer=SubscriptionChangeShape,
        body=ChangeBody,
        errors=(400, 401, 404, 409),
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Nothing is charged or given back now."""
        body = self.read_body(ChangeBody)
        found = self.preview(subscription_id, body)
        if body["metadata"] is not None:
            services.describe(subscription=self.one(subscription_id), metadata=body["metadata"])
        if body["primary_variant"] is not None:
            services.change(subscription=self.one(subscription_id), **asked_for(body["primary_variant"]))
        answer: SubscriptionChangeShape = {
            **found,
            **subscription_shape(self.one(subscription_id)),
            "applied": True,
        }
        return Response(answer)


class Preview(ChangeView):
    """What a change would lead to."""

    @described(
        operation_id="subscriptions_preview",
        summary="Show what a change would lead to, and change nothing",
        answer=SubscriptionChangeShape,
        body=ChangeBody,
        errors=(400, 401, 404, 409),
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        return Response(self.preview(subscription_id, self.read_body(ChangeBody)))


def asked_for(wanted: dict[str, Any]) -> dict[str, Any]:
    """Return what of the body's `primary_variant` `change` and `preview` take."""
    return {
        "plan_id": wanted["selling_plan_id"],
        "variant_id": wanted["variant_id"],
        "quantity": wanted["quantity"] or None,
    }


def proration(body: dict[str, Any], *, is_upgrade: bool) -> Proration:
    """Return how the change is settled. Errors: Problem for every way but the one that the store knows."""
    behavior: Proration = "create_prorations" if is_upgrade else "none"
    asked = (body["proration_behavior"] or behavior, body["billing_cycle_anchor"] or "unchanged")
    if asked != (behavior, "unchanged"):
        kind = "upgrade" if is_upgrade else "downgrade"
        raise Problem(
            "The store charges nothing before the next cycle: this change is settled with proration_behavior "
            f"{behavior} (it is {'an' if is_upgrade else 'a'} {kind}) and billing_cycle_anchor unchanged.",
            code="invalid_proration_config",
        )
    return behavior
