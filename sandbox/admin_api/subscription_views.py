"""Subscriptions: list, retrieve, change, pause, resume, renew, cancel, and their lines."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from sandbox import subscriptions
from sandbox.catalog import CountField, JsonObject, MoneyField
from sandbox.hosted_payments import to_plain_json
from sandbox.models import Subscription, SubscriptionLine
from sandbox.money import ZERO
from sandbox.renewals import renew_subscription
from sandbox.serializers.payments import serialize_transaction
from sandbox.serializers.subscriptions import serialize_full_subscription, serialize_subscription_line

from .base_views import AdminApiView
from .filters import parse_day_filters, parse_multiple_filters
from .pagination import paginate_rows
from .request_serializers import (
    OrderAddressSerializer,
    OrderAttributionSerializer,
    OrderShippingAddressSerializer,
)

CANCEL_REASONS = (
    "not_satisfied_with_product",
    "product_too_expensive",
    "cancel_recurring",
    "unwanted_subscription",
    "recurring_payment_declined",
    "disputed_cancel_recurring",
    "schedule_ended",
    "other",
)
MULTIPLE_FILTERS = {
    "status": "status",
    "payment_method": "payment_method",
    "product": "lines__product_id",
    "sku": "lines__sku",
}
SINGLE_FILTERS = {"customer_email": "customer__email__iexact", "order_number": "cycles__order__number"}
DAY_FILTERS = {
    "next_renewal_date_from": "next_renewal_date__gte",
    "next_renewal_date_to": "next_renewal_date__lte",
    "date_from": "date_created__gte",
    "date_to": "date_created__lte",
}


class SubscriptionCancelSerializer(serializers.Serializer[Any]):
    cancel_reason = serializers.ChoiceField(choices=CANCEL_REASONS)
    cancel_reason_other_message = serializers.CharField(default=None, allow_null=True, allow_blank=True)
    send_cancel_notification = serializers.BooleanField(default=True)


class SubscriptionPauseSerializer(serializers.Serializer[Any]):
    pause_until = serializers.DateField(default=None, allow_null=True)


class SubscriptionResumeSerializer(serializers.Serializer[Any]):
    next_renewal_date = serializers.DateTimeField()


class SubscriptionUpdateSerializer(serializers.Serializer[Any]):
    """What PATCH may change. Pausing has its own endpoint."""

    interval = serializers.ChoiceField(choices=("day", "week", "month", "year"))
    interval_count = CountField()
    next_renewal_date = serializers.DateTimeField(allow_null=True)
    status = serializers.ChoiceField(choices=("active", "past_due", "canceled", "retrying"))
    shipping_address = OrderShippingAddressSerializer(allow_null=True)
    billing_address = OrderAddressSerializer(allow_null=True)
    shipping_code = serializers.CharField(allow_null=True, allow_blank=True)
    shipping_price = MoneyField(allow_null=True, min_value=0)
    attribution = OrderAttributionSerializer()
    payment_details = serializers.DictField(allow_null=True)


class SubscriptionLineCreateSerializer(serializers.Serializer[Any]):
    product_id = serializers.IntegerField()
    quantity = CountField()
    price = MoneyField(required=False, min_value=0)
    metadata = serializers.JSONField(required=False, allow_null=True)


class SubscriptionLineUpdateSerializer(serializers.Serializer[Any]):
    quantity = CountField()
    price = MoneyField(required=False, min_value=0)
    metadata = serializers.JSONField(required=False, allow_null=True)


class AdminApiSubscriptionView(AdminApiView):
    def get_subscription(self, subscription_id: int) -> Subscription:
        subscription = Subscription.objects.filter(store=self.store, pk=subscription_id).first()
        if subscription is None:
            raise Http404("No Subscription matches the given query.")
        subscription.store = self.store
        return subscription

    def validate_body(
        self, serializer_class: type[serializers.Serializer[Any]], *, partial: bool = False
    ) -> JsonObject:
        serializer = serializer_class(data=self.request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def build_subscription_response(self, subscription_id: int) -> Response:
        return Response(serialize_full_subscription(self.get_subscription(subscription_id)))


class AdminApiSubscriptionListView(AdminApiSubscriptionView):
    operations = {"GET": "subscriptionsList"}

    def get(self, request: Request) -> Response:
        rows = self.apply_filters(Subscription.objects.filter(store=self.store))
        return paginate_rows(
            request=request, rows=rows, store=self.store, serialize=serialize_full_subscription
        )

    def apply_filters(self, rows: "QuerySet[Subscription]") -> "QuerySet[Subscription]":
        params = self.request.query_params
        for multiple_filter in parse_multiple_filters(request=self.request, names=MULTIPLE_FILTERS):
            rows = rows.filter(**multiple_filter)
        for name, lookup in SINGLE_FILTERS.items():
            if params.get(name):
                rows = rows.filter(**{lookup: params[name]})
        rows = rows.filter(**parse_day_filters(request=self.request, zone=self.store.zone, names=DAY_FILTERS))
        if is_test := params.get("is_test"):
            rows = rows.filter(is_test=is_test.lower() in ("true", "1"))
        return rows.distinct()


class AdminApiSubscriptionDetailView(AdminApiSubscriptionView):
    operations = {"GET": "subscriptionsRetrieve", "PATCH": "subscriptionsPartialUpdate"}

    def get(self, request: Request, subscription_id: int) -> Response:
        return self.build_subscription_response(subscription_id)

    def patch(self, request: Request, subscription_id: int) -> Response:
        payload = self.validate_body(SubscriptionUpdateSerializer, partial=True)
        for key in ("shipping_address", "billing_address", "attribution"):
            if key in payload:
                payload[key] = to_plain_json(payload[key])
        if "shipping_price" in payload:
            payload["shipping_price"] = payload["shipping_price"] or ZERO
        if "shipping_code" in payload:
            payload["shipping_code"] = payload["shipping_code"] or ""
        subscriptions.update_subscription(
            subscription=self.get_subscription(subscription_id), payload=payload
        )
        return self.build_subscription_response(subscription_id)


class AdminApiCancelSubscriptionView(AdminApiSubscriptionView):
    operations = {"POST": "subscriptionsCancelCreate"}

    def post(self, request: Request, subscription_id: int) -> Response:
        payload = self.validate_body(SubscriptionCancelSerializer)
        subscriptions.mark_subscription_canceled(
            subscription=self.get_subscription(subscription_id),
            reason=payload["cancel_reason"],
            message=payload["cancel_reason_other_message"],
        )
        return self.build_subscription_response(subscription_id)


class AdminApiPauseSubscriptionView(AdminApiSubscriptionView):
    operations = {"POST": "subscriptionsPauseCreate"}

    def post(self, request: Request, subscription_id: int) -> Response:
        payload = self.validate_body(SubscriptionPauseSerializer)
        subscriptions.mark_subscription_paused(
            subscription=self.get_subscription(subscription_id), until=payload["pause_until"]
        )
        return self.build_subscription_response(subscription_id)


class AdminApiResumeSubscriptionView(AdminApiSubscriptionView):
    operations = {"POST": "subscriptionsResumeCreate"}

    def post(self, request: Request, subscription_id: int) -> Response:
        payload = self.validate_body(SubscriptionResumeSerializer)
        subscriptions.mark_subscription_resumed(
            subscription=self.get_subscription(subscription_id),
            next_renewal_date=payload["next_renewal_date"],
        )
        return self.build_subscription_response(subscription_id)


class AdminApiRenewSubscriptionView(AdminApiSubscriptionView):
    """Charges the next cycle early. Active subscriptions only."""

    operations = {"POST": "subscriptionsRenewCreate"}
    allowed: tuple[str, ...] = (Subscription.Status.ACTIVE,)

    def post(self, request: Request, subscription_id: int) -> Response:
        subscription = self.get_subscription(subscription_id)
        if subscription.status not in self.allowed:
            raise ValidationError({"detail": f"Subscription is {subscription.status}."})
        renew_subscription(subscription=subscription)
        return self.build_subscription_response(subscription_id)


class AdminApiRetrySubscriptionView(AdminApiRenewSubscriptionView):
    operations = {"POST": "subscriptionsRetryCreate"}
    allowed = (Subscription.Status.PAST_DUE, Subscription.Status.RETRYING)


class AdminApiSubscriptionLineListView(AdminApiSubscriptionView):
    operations = {"POST": "subscriptionsLinesCreate"}

    def post(self, request: Request, subscription_id: int) -> Response:
        payload = self.validate_body(SubscriptionLineCreateSerializer)
        line = subscriptions.add_subscription_line(
            subscription=self.get_subscription(subscription_id), payload=payload
        )
        return Response(serialize_subscription_line(line), status=201)


class AdminApiSubscriptionLineDetailView(AdminApiSubscriptionView):
    operations = {"PUT": "subscriptionsLinesUpdate", "DELETE": "subscriptionsLinesDestroy"}

    def get_line(self, subscription_id: int, line_id: int) -> SubscriptionLine:
        line = self.get_subscription(subscription_id).lines.filter(pk=line_id).first()
        if line is None:
            raise Http404("No SubscriptionLine matches the given query.")
        return line

    def put(self, request: Request, subscription_id: int, line_id: int) -> Response:
        line = self.get_line(subscription_id, line_id)
        subscriptions.update_subscription_line(
            line=line, payload=self.validate_body(SubscriptionLineUpdateSerializer)
        )
        return Response(serialize_subscription_line(line))

    def delete(self, request: Request, subscription_id: int, line_id: int) -> Response:
        subscriptions.remove_subscription_line(line=self.get_line(subscription_id, line_id))
        return Response(status=204)


class AdminApiSubscriptionTransactionListView(AdminApiSubscriptionView):
    operations = {"GET": "subscriptionsTransactionsList"}

    def get(self, request: Request, subscription_id: int) -> Response:
        rows = self.get_subscription(subscription_id).transactions.select_related("store", "order")
        return paginate_rows(request=request, rows=rows, store=self.store, serialize=serialize_transaction)
