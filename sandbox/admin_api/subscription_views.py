"""Subscriptions (3.7)."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from sandbox import subscriptions
from sandbox.catalog import CountField, MoneyField, Row
from sandbox.hosted_payments import plain
from sandbox.models import Subscription, SubscriptionLine
from sandbox.money import ZERO
from sandbox.renewals import renew
from sandbox.serializers.payments import transaction_json
from sandbox.serializers.subscriptions import subscription_json, subscription_line_json

from .base_views import AdminView
from .filters import days, several
from .pagination import page
from .serializers import AddressSerializer, AttributionSerializer, ShippingAddressSerializer

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
SEVERAL = {
    "status": "status",
    "payment_method": "payment_method",
    "product": "lines__product_id",
    "sku": "lines__sku",
}
ONE = {"customer_email": "customer__email__iexact", "order_number": "cycles__order__number"}
DAYS = {
    "next_renewal_date_from": "next_renewal_date__gte",
    "next_renewal_date_to": "next_renewal_date__lte",
    "date_from": "date_created__gte",
    "date_to": "date_created__lte",
}


class CancelSerializer(serializers.Serializer[Any]):
    cancel_reason = serializers.ChoiceField(choices=CANCEL_REASONS)
    cancel_reason_other_message = serializers.CharField(default=None, allow_null=True, allow_blank=True)
    send_cancel_notification = serializers.BooleanField(default=True)


class PauseSerializer(serializers.Serializer[Any]):
    pause_until = serializers.DateField(default=None, allow_null=True)


class ResumeSerializer(serializers.Serializer[Any]):
    next_renewal_date = serializers.DateTimeField()


class UpdateSerializer(serializers.Serializer[Any]):
    """PATCH. Pausing has an address of its own."""

    interval = serializers.ChoiceField(choices=("day", "week", "month", "year"))
    interval_count = CountField()
    next_renewal_date = serializers.DateTimeField(allow_null=True)
    status = serializers.ChoiceField(choices=("active", "past_due", "canceled", "retrying"))
    shipping_address = ShippingAddressSerializer(allow_null=True)
    billing_address = AddressSerializer(allow_null=True)
    shipping_code = serializers.CharField(allow_null=True, allow_blank=True)
    shipping_price = MoneyField(allow_null=True, min_value=0)
    attribution = AttributionSerializer()
    payment_details = serializers.DictField(allow_null=True)


class LineSerializer(serializers.Serializer[Any]):
    product_id = serializers.IntegerField()
    quantity = CountField()
    price = MoneyField(required=False, min_value=0)
    metadata = serializers.JSONField(required=False, allow_null=True)


class UpdateLineSerializer(serializers.Serializer[Any]):
    quantity = CountField()
    price = MoneyField(required=False, min_value=0)
    metadata = serializers.JSONField(required=False, allow_null=True)


class SubscriptionView(AdminView):
    def row(self, subscription_id: int) -> Subscription:
        row = Subscription.objects.filter(store=self.store, pk=subscription_id).first()
        if row is None:
            raise Http404("No Subscription matches the given query.")
        row.store = self.store
        return row

    def checked(self, serializer_class: type[serializers.Serializer[Any]], *, partial: bool = False) -> Row:
        serializer = serializer_class(data=self.request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def shown(self, subscription_id: int) -> Response:
        return Response(subscription_json(self.row(subscription_id)))


class Subscriptions(SubscriptionView):
    operations = {"GET": "subscriptionsList"}

    def get(self, request: Request) -> Response:
        rows = self.filtered(Subscription.objects.filter(store=self.store))
        return page(request=request, rows=rows, store=self.store, show=subscription_json)

    def filtered(self, rows: "QuerySet[Subscription]") -> "QuerySet[Subscription]":
        given = self.request.query_params
        for several_of in several(request=self.request, names=SEVERAL):
            rows = rows.filter(**several_of)
        for name, lookup in ONE.items():
            if given.get(name):
                rows = rows.filter(**{lookup: given[name]})
        rows = rows.filter(**days(request=self.request, zone=self.store.zone, names=DAYS))
        if is_test := given.get("is_test"):
            rows = rows.filter(is_test=is_test.lower() in ("true", "1"))
        return rows.distinct()


class SubscriptionDetail(SubscriptionView):
    operations = {"GET": "subscriptionsRetrieve", "PATCH": "subscriptionsPartialUpdate"}

    def get(self, request: Request, subscription_id: int) -> Response:
        return self.shown(subscription_id)

    def patch(self, request: Request, subscription_id: int) -> Response:
        wanted = self.checked(UpdateSerializer, partial=True)
        for key in ("shipping_address", "billing_address", "attribution"):
            if key in wanted:
                wanted[key] = plain(wanted[key])
        if "shipping_price" in wanted:
            wanted["shipping_price"] = wanted["shipping_price"] or ZERO
        if "shipping_code" in wanted:
            wanted["shipping_code"] = wanted["shipping_code"] or ""
        subscriptions.update(row=self.row(subscription_id), wanted=wanted)
        return self.shown(subscription_id)


class Cancel(SubscriptionView):
    operations = {"POST": "subscriptionsCancelCreate"}

    def post(self, request: Request, subscription_id: int) -> Response:
        wanted = self.checked(CancelSerializer)
        subscriptions.cancel(
            row=self.row(subscription_id),
            reason=wanted["cancel_reason"],
            message=wanted["cancel_reason_other_message"],
        )
        return self.shown(subscription_id)


class Pause(SubscriptionView):
    operations = {"POST": "subscriptionsPauseCreate"}

    def post(self, request: Request, subscription_id: int) -> Response:
        wanted = self.checked(PauseSerializer)
        subscriptions.pause(row=self.row(subscription_id), until=wanted["pause_until"])
        return self.shown(subscription_id)


class Resume(SubscriptionView):
    operations = {"POST": "subscriptionsResumeCreate"}

    def post(self, request: Request, subscription_id: int) -> Response:
        wanted = self.checked(ResumeSerializer)
        subscriptions.resume(row=self.row(subscription_id), next_renewal_date=wanted["next_renewal_date"])
        return self.shown(subscription_id)


class Renew(SubscriptionView):
    """The next cycle, early. Of active subscriptions alone."""

    operations = {"POST": "subscriptionsRenewCreate"}
    allowed: tuple[str, ...] = (Subscription.Status.ACTIVE,)

    def post(self, request: Request, subscription_id: int) -> Response:
        row = self.row(subscription_id)
        if row.status not in self.allowed:
            raise ValidationError({"detail": f"Subscription is {row.status}."})
        renew(row=row)
        return self.shown(subscription_id)


class Retry(Renew):
    operations = {"POST": "subscriptionsRetryCreate"}
    allowed = (Subscription.Status.PAST_DUE, Subscription.Status.RETRYING)


class Lines(SubscriptionView):
    operations = {"POST": "subscriptionsLinesCreate"}

    def post(self, request: Request, subscription_id: int) -> Response:
        wanted = self.checked(LineSerializer)
        line = subscriptions.create_line(row=self.row(subscription_id), wanted=wanted)
        return Response(subscription_line_json(line), status=201)


class Line(SubscriptionView):
    operations = {"PUT": "subscriptionsLinesUpdate", "DELETE": "subscriptionsLinesDestroy"}

    def line(self, subscription_id: int, line_id: int) -> SubscriptionLine:
        line = self.row(subscription_id).lines.filter(pk=line_id).first()
        if line is None:
            raise Http404("No SubscriptionLine matches the given query.")
        return line

    def put(self, request: Request, subscription_id: int, line_id: int) -> Response:
        line = self.line(subscription_id, line_id)
        subscriptions.update_line(line=line, wanted=self.checked(UpdateLineSerializer))
        return Response(subscription_line_json(line))

    def delete(self, request: Request, subscription_id: int, line_id: int) -> Response:
        subscriptions.remove_line(line=self.line(subscription_id, line_id))
        return Response(status=204)


class SubscriptionTransactions(SubscriptionView):
    operations = {"GET": "subscriptionsTransactionsList"}

    def get(self, request: Request, subscription_id: int) -> Response:
        rows = self.row(subscription_id).transactions.select_related("store", "order")
        return page(request=request, rows=rows, store=self.store, show=transaction_json)
