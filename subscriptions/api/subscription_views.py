"""`/v1/subscriptions` (R153, part 3); one of them, and its changes, are in `one_subscription`."""

from collections.abc import Callable
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from stores.api.base_views import ApiView
from stores.api.pagination import OffsetPage, cut
from stores.api.request_fields import Body, Flag, Id, Moment, Text
from stores.api.response_schemas import ListShape, described, list_shape
from stores.errors import NotFound
from subscriptions import services
from subscriptions.api.response_types import SubscriptionShape
from subscriptions.api.subscription_serializers import subscription_shape
from subscriptions.models import Invoice, Subscription

STATUSES = ("incomplete", *Subscription.Status.values)


class SubscriptionsQuery(OffsetPage):
    customer_id = Id("cus", default="")
    status = serializers.ChoiceField(choices=STATUSES, default="", allow_blank=True)
    external_id = Text(max_length=64, default="", help_text="The subscription's id in the store.")


class CancelBody(Body):
    cancel_at_period_end = Flag(default=True)
    cancel_reason = Text(
        max_length=300,
        default="",
        help_text=f"Own words, or one of {', '.join(Subscription.EndReason.values)}.",
    )


class PauseBody(Body):
    """Both behaviours charge nothing and void what is open: the store knows no drafts."""

    behavior = serializers.ChoiceField(choices=("void", "keep_as_draft"), default="void")
    resumes_at = Moment(default=None)


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


def acting(operation_id: str, summary: str, *, body: type[Body] | None = None) -> Callable[[Any], Any]:
    """Describe a call that does something with a subscription and answers with it."""
    errors = (400, 401, 404, 409)
    return described(
        operation_id=operation_id, summary=summary, answer=SubscriptionShape, body=body, errors=errors
    )


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


class Cancel(SubscriptionView):
    """The end of a subscription."""

    @acting("subscriptions_cancel", "Cancel at the period's end, or at once", body=CancelBody)
    def post(self, request: Request, subscription_id: str) -> Response:
        body = self.read_body(CancelBody)
        at_end, reason = body["cancel_at_period_end"], body["cancel_reason"]
        subscription = self.one(subscription_id)
        return self.done(services.cancel(subscription=subscription, at_period_end=at_end, reason=reason))


class Pause(SubscriptionView):
    """A pause."""

    @acting("subscriptions_pause", "Charge nothing for a while", body=PauseBody)
    def post(self, request: Request, subscription_id: str) -> Response:
        body = self.read_body(PauseBody)
        return self.done(services.pause(subscription=self.one(subscription_id), until=body["resumes_at"]))


class Resume(SubscriptionView):
    """The end of a pause."""

    @acting("subscriptions_resume", "Go on after a pause")
    def post(self, request: Request, subscription_id: str) -> Response:
        return self.done(services.resume(subscription=self.one(subscription_id)))


class RevokeCancel(SubscriptionView):
    """A cancellation taken back."""

    @acting("subscriptions_revoke_cancel", "Take back a cancellation that has not begun")
    def post(self, request: Request, subscription_id: str) -> Response:
        return self.done(services.revoke_cancel(subscription=self.one(subscription_id)))
