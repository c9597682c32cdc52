"""`/v1/subscriptions/{id}`: shown, changed, and what a change would lead to (part 3)."""

from typing import Any, Literal

from rest_framework.request import Request
from rest_framework.response import Response

from stores.api.request_fields import (
    BodySerializer,
    OpaqueIdField,
    StrictCharField,
    StrictIntegerField,
    StringMapField,
)
from stores.api.response_schemas import describe_endpoint, to_unix_seconds
from stores.errors import Problem
from subscriptions import services
from subscriptions.api.response_types import SubscriptionChangeResponse, SubscriptionResponse
from subscriptions.api.subscription_serializers import serialize_subscription
from subscriptions.api.subscription_views import BaseSubscriptionView
from subscriptions.subscription_lines import upcoming_charge

ProrationBehavior = Literal["none", "create_prorations"]


class PrimaryVariantBody(BodySerializer):
    """What is to be charged from the next cycle on; what is left out stays."""

    selling_plan_id = OpaqueIdField("sp", default="")
    variant_id = OpaqueIdField("var", default="")
    quantity = StrictIntegerField(default=0, max_value=999)


class UpdateSubscriptionBody(BodySerializer):
    """A change of plan, variant or quantity.

    It always counts from the next charge on, for the store charges nothing in between: `create_prorations`
    for an upgrade, `none` for a downgrade, `billing_cycle_anchor` `unchanged`. Left out, they are that.
    """

    primary_variant = PrimaryVariantBody(default=None)
    proration_behavior = StrictCharField(max_length=40, default="")
    billing_cycle_anchor = StrictCharField(max_length=40, default="")
    metadata = StringMapField(
        default=None, help_text="Kept with the subscription; a preview leaves it aside."
    )


class BaseSubscriptionChangeView(BaseSubscriptionView):
    def preview_change(self, subscription_id: str, body: dict[str, Any]) -> SubscriptionChangeResponse:
        """Return what the change would lead to. Errors: Problem `invalid_proration_config`; of `preview`."""
        before = self.get_subscription(subscription_id)
        after = self.get_subscription(subscription_id)
        if body["primary_variant"] is not None:
            after = services.preview_change(
                subscription=after, **read_change_arguments(body["primary_variant"])
            )
        is_upgrade = upcoming_charge(after) > upcoming_charge(before)
        return {
            **serialize_subscription(after),
            "applied": False,
            "is_upgrade": is_upgrade,
            "effective_date": to_unix_seconds(after.next_renewal_at or after.scheduled_renewal_at),
            "charge_today": "0.00",
            "proration_behavior": resolve_proration(body, is_upgrade=is_upgrade),
        }


class SubscriptionDetailView(BaseSubscriptionChangeView):
    """One subscription."""

    @describe_endpoint(
        operation_id="subscriptions_get",
        summary="Get a subscription",
        response=SubscriptionResponse,
        errors=(401, 404),
    )
    def get(self, request: Request, subscription_id: str) -> Response:
        return Response(serialize_subscription(self.get_subscription(subscription_id)))

    @describe_endpoint(
        operation_id="subscriptions_update",
        summary="Change plan, variant or quantity from the next charge on",
        response=SubscriptionChangeResponse,
        body=UpdateSubscriptionBody,
        errors=(400, 401, 404, 409),
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Nothing is charged or given back now."""
        body = self.read_body(UpdateSubscriptionBody)
        found = self.preview_change(subscription_id, body)
        if body["metadata"] is not None:
            services.add_subscription_metadata(
                subscription=self.get_subscription(subscription_id), metadata=body["metadata"]
            )
        if body["primary_variant"] is not None:
            services.change_subscription(
                subscription=self.get_subscription(subscription_id),
                **read_change_arguments(body["primary_variant"]),
            )
        response: SubscriptionChangeResponse = {
            **found,
            **serialize_subscription(self.get_subscription(subscription_id)),
            "applied": True,
        }
        return Response(response)


class PreviewSubscriptionChangeView(BaseSubscriptionChangeView):
    """What a change would lead to."""

    @describe_endpoint(
        operation_id="subscriptions_preview",
        summary="Show what a change would lead to, and change nothing",
        response=SubscriptionChangeResponse,
        body=UpdateSubscriptionBody,
        errors=(400, 401, 404, 409),
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        return Response(self.preview_change(subscription_id, self.read_body(UpdateSubscriptionBody)))


def read_change_arguments(wanted: dict[str, Any]) -> dict[str, Any]:
    """Return what of the body's `primary_variant` `change` and `preview` take."""
    return {
        "plan_id": wanted["selling_plan_id"],
        "variant_id": wanted["variant_id"],
        "quantity": wanted["quantity"] or None,
    }


def resolve_proration(body: dict[str, Any], *, is_upgrade: bool) -> ProrationBehavior:
    """Return how the change is settled. Errors: Problem for every way but the one that the store knows."""
    behavior: ProrationBehavior = "create_prorations" if is_upgrade else "none"
    asked = (body["proration_behavior"] or behavior, body["billing_cycle_anchor"] or "unchanged")
    if asked != (behavior, "unchanged"):
        kind = "upgrade" if is_upgrade else "downgrade"
        raise Problem(
            "The store charges nothing before the next cycle: this change is settled with proration_behavior "
            f"{behavior} (it is {'an' if is_upgrade else 'a'} {kind}) and billing_cycle_anchor unchanged.",
            code="invalid_proration_config",
        )
    return behavior
