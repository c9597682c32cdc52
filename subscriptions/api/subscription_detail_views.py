"""`/v1/subscriptions/{id}`: get a subscription, change it, and preview a change."""

from dataclasses import replace
from typing import Any, Literal

from rest_framework.request import Request
from rest_framework.response import Response

from stores.api.endpoints import declare_endpoint
from stores.api.fields import (
    OpaqueIdField,
    StrictCharField,
    StrictIntegerField,
    StringMapField,
)
from stores.api.serializers import BodySerializer
from stores.errors import Problem
from subscriptions import services
from subscriptions.api.subscription_serializers import (
    ChangeSummary,
    SubscriptionChangeResponse,
    SubscriptionResponse,
)
from subscriptions.api.subscription_views import BaseSubscriptionView
from subscriptions.models import Subscription
from subscriptions.subscription_lines import upcoming_charge

ProrationBehavior = Literal["none", "create_prorations"]


class PrimaryVariantBody(BodySerializer):
    """What to charge from the next cycle on. Omitted fields stay unchanged."""

    selling_plan_id = OpaqueIdField("sp", default="")
    variant_id = OpaqueIdField("var", default="")
    quantity = StrictIntegerField(default=0, max_value=999)


class UpdateSubscriptionBody(BodySerializer):
    """A change of plan, variant, or quantity.

    Changes always apply from the next charge, because NEXT Commerce charges nothing in between. So the only
    values accepted are `create_prorations` for an upgrade, `none` for a downgrade, and
    `billing_cycle_anchor` `unchanged`, which are also the defaults.
    """

    primary_variant = PrimaryVariantBody(default=None)
    proration_behavior = StrictCharField(max_length=40, default="")
    billing_cycle_anchor = StrictCharField(max_length=40, default="")
    metadata = StringMapField(default=None, help_text="Saved with the subscription; ignored by a preview.")


class BaseSubscriptionChangeView(BaseSubscriptionView):
    def preview_change(
        self, subscription_id: str, body: dict[str, Any]
    ) -> tuple[Subscription, ChangeSummary]:
        """Return the subscription as the change would leave it, and a summary of the change.

        Raises Problem `invalid_proration_config`, and the errors of `services.preview_change`.
        """
        before = self.get_subscription(subscription_id)
        after = self.get_subscription(subscription_id)
        if body["primary_variant"] is not None:
            after = services.preview_change(
                subscription=after, **read_change_arguments(body["primary_variant"])
            )
        is_upgrade = upcoming_charge(after) > upcoming_charge(before)
        return after, ChangeSummary(
            applied=False,
            is_upgrade=is_upgrade,
            effective_date=after.next_renewal_at or after.scheduled_renewal_at,
            proration_behavior=resolve_proration(body, is_upgrade=is_upgrade),
        )


class SubscriptionDetailView(BaseSubscriptionChangeView):
    """One subscription."""

    @declare_endpoint(
        operation_id="subscriptions_get",
        summary="Get a subscription",
        response=SubscriptionResponse,
        errors=(401, 404),
    )
    def get(self, request: Request, subscription_id: str) -> Response:
        return self.respond(self.get_subscription(subscription_id))

    @declare_endpoint(
        operation_id="subscriptions_update",
        summary="Change plan, variant or quantity from the next charge on",
        response=SubscriptionChangeResponse,
        body=UpdateSubscriptionBody,
        errors=(400, 401, 404, 409),
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Nothing is charged or refunded now."""
        body = self.read_body()
        _preview, summary = self.preview_change(subscription_id, body)
        if body["metadata"] is not None:
            services.add_subscription_metadata(
                subscription=self.get_subscription(subscription_id), metadata=body["metadata"]
            )
        if body["primary_variant"] is not None:
            services.change_subscription(
                subscription=self.get_subscription(subscription_id),
                **read_change_arguments(body["primary_variant"]),
            )
        return self.respond(self.get_subscription(subscription_id), summary=replace(summary, applied=True))


class PreviewSubscriptionChangeView(BaseSubscriptionChangeView):
    """Preview a change."""

    @declare_endpoint(
        operation_id="subscriptions_preview",
        summary="Preview a change",
        response=SubscriptionChangeResponse,
        body=UpdateSubscriptionBody,
        errors=(400, 401, 404, 409),
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        preview, summary = self.preview_change(subscription_id, self.read_body())
        return self.respond(preview, summary=summary)


def read_change_arguments(primary_variant: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of `change_subscription` and `preview_change`."""
    return {
        "plan_id": primary_variant["selling_plan_id"],
        "variant_id": primary_variant["variant_id"],
        "quantity": primary_variant["quantity"] or None,
    }


def resolve_proration(body: dict[str, Any], *, is_upgrade: bool) -> ProrationBehavior:
    """Return the only proration behavior possible. Raises Problem if the body specifies another."""
    behavior: ProrationBehavior = "create_prorations" if is_upgrade else "none"
    requested = (body["proration_behavior"] or behavior, body["billing_cycle_anchor"] or "unchanged")
    if requested != (behavior, "unchanged"):
        kind = "upgrade" if is_upgrade else "downgrade"
        raise Problem(
            "NEXT Commerce charges nothing before the next cycle. "
            f"For this {kind}, set proration_behavior to {behavior} and billing_cycle_anchor to unchanged, "
            "or omit both.",
            code="invalid_proration_config",
        )
    return behavior
