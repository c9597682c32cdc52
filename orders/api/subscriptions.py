"""`/v1/subscriptions` (R153, part 3)."""

from collections.abc import Callable
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from orders import subscription_verbs as verbs
from orders.api.subscription_answers import subscription_shape
from orders.api.subscription_shapes import SubscriptionShape
from orders.models import Invoice, Subscription
from stores.api.fields import Body, Flag, Id, Moment, Text, Whole
from stores.api.paging import OffsetPage, cut
from stores.api.shapes import ListShape, described, list_shape
from stores.api.views import ApiView
from stores.errors import NotFound, Problem

STATUSES = ("incomplete", *Subscription.Status.values)
ERRORS = (400, 401, 404, 409)


class SubscriptionsQuery(OffsetPage):
    customer_id = Id("cus", default="")
    status = serializers.ChoiceField(choices=STATUSES, default="", allow_blank=True)
    external_id = Text(max_length=64, default="", help_text="The subscription's id in the store.")


class CancelBody(Body):
    cancel_at_period_end = Flag(default=True)
    cancel_reason = Text(max_length=300, default="")


class PauseBody(Body):
    """Both behaviours charge nothing and void what is open: the store knows no drafts."""

    behavior = serializers.ChoiceField(choices=("void", "keep_as_draft"), default="void")
    resumes_at = Moment(default=None)


class PrimaryVariantBody(Body):
    selling_plan_id = Id("sp", default="")
    variant_id = Id("var", default="")
    quantity = Whole(default=0, max_value=999)


class ChangeBody(Body):
    """From the next charge on: the store charges nothing in between."""

    primary_variant = PrimaryVariantBody()
    proration_behavior = Text(max_length=40, default="")
    billing_cycle_anchor = Text(max_length=40, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["proration_behavior"] not in {"", "none"} or attrs["billing_cycle_anchor"] not in {
            "",
            "unchanged",
        }:
            raise Problem(
                "A change counts from the next charge on: proration_behavior none, "
                "billing_cycle_anchor unchanged.",
                code="invalid_proration_config",
            )
        return attrs


class SubscriptionView(ApiView):
    def rows(self) -> QuerySet[Subscription]:
        latest = (
            Invoice.objects.filter(subscription=OuterRef("pk")).order_by("-cycle", "-id").values("pk")[:1]
        )
        return (
            Subscription.objects.filter(store=self.store)
            .select_related("store", "order", "customer")
            .annotate(latest_invoice_id=Subquery(latest))
        )

    def one(self, subscription_id: str) -> Subscription:
        subscription = self.rows().filter(pk=subscription_id).first()
        if subscription is None:
            raise NotFound("No such subscription.")
        return subscription

    def done(self, subscription: Subscription) -> Response:
        return Response(subscription_shape(self.one(subscription.pk)))


class Subscriptions(SubscriptionView):
    """The store's subscriptions."""

    @described(
        operation_id="subscriptions_list",
        summary="List subscriptions, newest first",
        answer=ListShape[SubscriptionShape],
        query=SubscriptionsQuery,
    )
    def get(self, request: Request) -> Response:
        query = self.read_query(SubscriptionsQuery)
        rows = self.rows()
        for name, column in (("customer_id", "customer"), ("status", "status")):
            if query[name]:
                rows = rows.filter(**{column: query[name]})
        if query["external_id"]:
            number = query["external_id"]
            known = number.isascii() and number.isdecimal() and len(number) < 19
            rows = rows.filter(next_subscription_id=number) if known else rows.none()
        place = {"offset": query["offset"], "limit": query["limit"]}
        return Response(list_shape(cut(rows, **place), subscription_shape, **place))


def variant_change(subscription: Subscription, body: dict[str, Any]) -> dict[str, Any]:
    """Return what of the body `change` takes. Errors: Problem for another variant."""
    wanted = body["primary_variant"]
    if wanted["variant_id"] not in {"", subscription.line.get("variant_id")}:
        raise Problem("The variant of a subscription cannot be changed.", field="primary_variant.variant_id")
    return {"plan_id": wanted["selling_plan_id"], "quantity": wanted["quantity"] or None}


class OneSubscription(SubscriptionView):
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
        summary="Change plan or quantity from the next charge on",
        answer=SubscriptionShape,
        body=ChangeBody,
        errors=ERRORS,
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        subscription = self.one(subscription_id)
        wanted = variant_change(subscription, self.read_body(ChangeBody))
        return self.done(verbs.change(subscription=subscription, **wanted))


class Preview(SubscriptionView):
    """What a change would lead to."""

    @described(
        operation_id="subscriptions_preview",
        summary="Show what a change would lead to, and change nothing",
        answer=SubscriptionShape,
        body=ChangeBody,
        errors=ERRORS,
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        subscription = self.one(subscription_id)
        wanted = variant_change(subscription, self.read_body(ChangeBody))
        return Response(subscription_shape(verbs.preview(subscription=subscription, **wanted)))


class Cancel(SubscriptionView):
    """The end of a subscription."""

    @described(
        operation_id="subscriptions_cancel",
        summary="Cancel at the period's end, or at once",
        answer=SubscriptionShape,
        body=CancelBody,
        errors=ERRORS,
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        body = self.read_body(CancelBody)
        return self.done(
            verbs.cancel(
                subscription=self.one(subscription_id),
                at_period_end=body["cancel_at_period_end"],
                reason=body["cancel_reason"],
            )
        )


class Pause(SubscriptionView):
    """A pause."""

    @described(
        operation_id="subscriptions_pause",
        summary="Charge nothing for a while",
        answer=SubscriptionShape,
        body=PauseBody,
        errors=ERRORS,
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        body = self.read_body(PauseBody)
        return self.done(verbs.pause(subscription=self.one(subscription_id), until=body["resumes_at"]))


def plain_action(
    operation_id: str, summary: str, verb: Callable[..., Subscription]
) -> type[SubscriptionView]:
    """A view that does one thing and needs no body."""

    class Action(SubscriptionView):
        @described(operation_id=operation_id, summary=summary, answer=SubscriptionShape, errors=ERRORS)
        def post(self, request: Request, subscription_id: str) -> Response:
            return self.done(verb(subscription=self.one(subscription_id)))

    return Action


Resume = plain_action("subscriptions_resume", "Go on after a pause", verbs.resume)
RevokeCancel = plain_action(
    "subscriptions_revoke_cancel", "Take back a cancellation that has not begun", verbs.revoke_cancel
)
