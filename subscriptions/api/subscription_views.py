"""`/v1/subscriptions` (R153): list, cancel, pause, and resume; `subscription_detail_views` has the rest."""

from collections.abc import Callable
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from stores.api.base_views import StoreApiView
from stores.api.endpoints import declare_endpoint
from stores.api.fields import (
    OpaqueIdField,
    StrictBooleanField,
    StrictCharField,
    UnixTimeField,
)
from stores.api.pagination import OffsetLimitQuery, slice_queryset
from stores.api.serializers import BodySerializer
from stores.lookups import get_or_not_found
from subscriptions import services
from subscriptions.api.subscription_serializers import (
    SUBSCRIPTION_STATUSES,
    SubscriptionListResponse,
    SubscriptionResponse,
)
from subscriptions.models import Invoice, Subscription
from subscriptions.subscription_lines import LINES_PREFETCH


class SubscriptionListQuery(OffsetLimitQuery):
    customer_id = OpaqueIdField("cus", default="")
    status = serializers.ChoiceField(choices=SUBSCRIPTION_STATUSES, default="", allow_blank=True)
    external_id = StrictCharField(max_length=64, default="", help_text="The NEXT Commerce subscription ID.")


class CancelSubscriptionBody(BodySerializer):
    cancel_at_period_end = StrictBooleanField(default=True)
    cancel_reason = StrictCharField(
        max_length=300,
        default="",
        help_text=f"Free text, or one of {', '.join(Subscription.CancelReason.values)}.",
    )


class PauseSubscriptionBody(BodySerializer):
    """Both behaviors charge nothing and void open invoices, because NEXT Commerce has no draft invoices."""

    behavior = serializers.ChoiceField(choices=("void", "keep_as_draft"), default="void")
    resumes_at = UnixTimeField(default=None)


class BaseSubscriptionView(StoreApiView):
    def get_queryset(self) -> QuerySet[Subscription]:
        latest = (
            Invoice.objects.filter(subscription=OuterRef("pk")).order_by("-cycle", "-id").values("pk")[:1]
        )
        return (
            Subscription.objects.filter(store=self.store)
            .select_related("store", "order", "customer")
            .prefetch_related(LINES_PREFETCH)
            .annotate(latest_invoice_id=Subquery(latest))
        )

    def get_subscription(self, subscription_id: str) -> Subscription:
        return get_or_not_found(self.get_queryset(), "Subscription not found.", pk=subscription_id)

    def subscription_response(self, subscription: Subscription) -> Response:
        return self.respond(self.get_subscription(subscription.pk))


def declare_subscription_action(
    operation_id: str, summary: str, *, body: type[BodySerializer] | None = None
) -> Callable[[Any], Any]:
    """Declare an endpoint that acts on a subscription and returns it."""
    errors = (400, 401, 404, 409)
    return declare_endpoint(
        operation_id=operation_id, summary=summary, response=SubscriptionResponse, body=body, errors=errors
    )


class SubscriptionListView(BaseSubscriptionView):
    """The store's subscriptions."""

    @declare_endpoint(
        operation_id="subscriptions_list",
        summary="List subscriptions, newest first",
        response=SubscriptionListResponse,
        query=SubscriptionListQuery,
    )
    def get(self, request: Request) -> Response:
        query = self.read_query()
        rows = self.get_queryset()
        for name, column in (("customer_id", "customer"), ("status", "status")):
            if query[name]:
                rows = rows.filter(**{column: query[name]})
        if query["external_id"]:
            number = query["external_id"]
            is_valid = number.isascii() and number.isdecimal() and len(number) < 19
            rows = rows.filter(next_subscription_id=number) if is_valid else rows.none()
        window = {"offset": query["offset"], "limit": query["limit"]}
        found = slice_queryset(rows, **window)
        return self.respond({"data": found.rows, "total": found.total, **window})


class CancelSubscriptionView(BaseSubscriptionView):
    """Cancel a subscription."""

    @declare_subscription_action(
        "subscriptions_cancel", "Cancel at the end of the period, or right away", body=CancelSubscriptionBody
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        body = self.read_body()
        at_end, reason = body["cancel_at_period_end"], body["cancel_reason"]
        subscription = self.get_subscription(subscription_id)
        return self.subscription_response(
            services.cancel_subscription(subscription=subscription, at_period_end=at_end, reason=reason)
        )


class PauseSubscriptionView(BaseSubscriptionView):
    """Pause a subscription."""

    @declare_subscription_action("subscriptions_pause", "Pause charging", body=PauseSubscriptionBody)
    def post(self, request: Request, subscription_id: str) -> Response:
        body = self.read_body()
        return self.subscription_response(
            services.pause_subscription(
                subscription=self.get_subscription(subscription_id), until=body["resumes_at"]
            )
        )


class ResumeSubscriptionView(BaseSubscriptionView):
    """Resume a subscription."""

    @declare_subscription_action("subscriptions_resume", "Resume a paused subscription")
    def post(self, request: Request, subscription_id: str) -> Response:
        return self.subscription_response(
            services.resume_subscription(subscription=self.get_subscription(subscription_id))
        )


class RevokeCancellationView(BaseSubscriptionView):
    """Undo a cancellation."""

    @declare_subscription_action(
        "subscriptions_revoke_cancel", "Undo a cancellation that hasn't taken effect"
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        return self.subscription_response(
            services.revoke_cancellation(subscription=self.get_subscription(subscription_id))
        )
