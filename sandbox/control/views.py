from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sandbox import hosted_payments
from sandbox.catalog import JsonObject
from sandbox.models import ApiCall, HostedPayment, Order, Store, Transaction
from sandbox.money import format_decimal
from sandbox.serializers.common import build_sandbox_url, format_store_datetime
from sandbox.serializers.orders import serialize_full_order
from sandbox.switches import default_switches, merge_switches
from sandbox.write_lock import exclusive_transaction

from .request_serializers import PaymentActionSerializer, StoreSettingsSerializer
from .return_post import post_return


def sandbox_health(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok", "stores": Store.objects.count()})


def serialize_store_settings(store: Store) -> JsonObject:
    return {
        "name": store.name,
        "title": store.title,
        "token": store.token,
        "currency": store.currency,
        "timezone": store.timezone,
        "webhook_secret": store.webhook_secret,
        "rate_limit": store.rate_limit,
        "page_size": store.page_size,
        "catalogue": store.catalog,
        "now": format_store_datetime(store.now(), store),
        "admin_api_url": build_sandbox_url("/api/admin/"),
    }


class ControlStoreView(APIView):
    """Settings and catalog; orders outlive a PUT, and nothing outlives a DELETE."""

    def get(self, request: Request, name: str) -> Response:
        return Response(serialize_store_settings(get_object_or_404(Store, name=name)))

    def put(self, request: Request, name: str) -> Response:
        serializer = StoreSettingsSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        data: JsonObject = dict(serializer.data)
        if Store.objects.filter(token=data["token"]).exclude(name=name).exists():
            return Response({"token": ["Another store has this token."]}, status=400)
        data["title"] = data.pop("name", name)
        data["catalog"] = data.pop("catalogue") or {}
        data["changed_at"] = timezone.now()
        with exclusive_transaction():
            store, created = Store.objects.update_or_create(
                name=name,
                defaults=data,
                create_defaults={**data, "switches": default_switches()},
            )
        return Response(serialize_store_settings(store), status=201 if created else 200)

    def delete(self, request: Request, name: str) -> Response:
        with exclusive_transaction():
            store = get_object_or_404(Store, name=name)
            Order.objects.filter(store=store).delete()
            store.delete()
        return Response(status=204)


class ControlRequestLogView(APIView):
    def get(self, request: Request, name: str) -> Response:
        store = get_object_or_404(Store, name=name)
        return Response([_serialize_api_call(call, store) for call in store.calls.all()])

    def delete(self, request: Request, name: str) -> Response:
        with exclusive_transaction():
            get_object_or_404(Store, name=name).calls.all().delete()
        return Response(status=204)


def _serialize_api_call(call: ApiCall, store: Store) -> JsonObject:
    keys = ("operation", "method", "path", "query", "status", "body", "response", "ip")
    return {"at": format_store_datetime(call.at, store), **{key: getattr(call, key) for key in keys}}


class ControlSwitchesView(APIView):
    def get(self, request: Request, name: str) -> Response:
        return Response(get_object_or_404(Store, name=name).switches)

    def patch(self, request: Request, name: str) -> Response:
        with exclusive_transaction():
            store = get_object_or_404(Store, name=name)
            store.switches = merge_switches(store.switches, dict(request.data))
            store.save(update_fields=["switches"])
        return Response(store.switches)


class ControlChargeListView(APIView):
    """Every charge and refund that moved money: the truth for proofs."""

    def get(self, request: Request, name: str) -> Response:
        store = get_object_or_404(Store, name=name)
        rows = store.transactions.filter(
            succeeded=True, is_external=False, is_test=False, type__in=("debit", "refund")
        ).select_related("order")
        return Response([_serialize_charge(row, store) for row in rows])


def _serialize_charge(row: Transaction, store: Store) -> JsonObject:
    return {
        "id": row.pk,
        "kind": "refund" if row.type == Transaction.Type.REFUND else "charge",
        "amount": format_decimal(row.amount),
        "currency": row.currency,
        "order_number": row.order.number if row.order else None,
        "transaction_id": row.pk,
        "at": format_store_datetime(row.date_created, store),
    }


class ControlOrderListView(APIView):
    def get(self, request: Request, name: str) -> Response:
        store = get_object_or_404(Store, name=name)
        rows: QuerySet[Order] = (
            store.orders.order_by("id")
            .select_related("store")
            .prefetch_related("lines", "transactions", "tags")
        )
        return Response([serialize_full_order(order) for order in rows])


class ControlPaymentListView(APIView):
    def get(self, request: Request, name: str) -> Response:
        store = get_object_or_404(Store, name=name)
        rows = store.payments.select_related("order")
        return Response([_serialize_hosted_payment(payment, store) for payment in rows])


def _serialize_hosted_payment(payment: HostedPayment, store: Store) -> JsonObject:
    quote = hosted_payments.Quote.from_json(payment.quote)
    return {
        "token": payment.token,
        "url": build_sandbox_url(f"/link/{payment.token}/"),
        "status": payment.status,
        "return_url": payment.return_url,
        "amount": format_decimal(quote.total_incl_tax),
        "currency": quote.currency,
        "lines": payment.quote["lines"],
        "order_number": payment.order.number if payment.order else None,
        "created_at": format_store_datetime(payment.created_at, store),
    }


class ControlPaymentActionView(APIView):
    """Pay, decline or abandon without a browser; with ``post_return`` posts the form too."""

    def post(self, request: Request, name: str, token: str) -> Response:
        payment = get_object_or_404(HostedPayment, store__name=name, token=token)
        serializer = PaymentActionSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        payload: dict[str, Any] = serializer.validated_data
        shopper_return = perform_payment_action(payment, payload["action"])
        if shopper_return is None:
            return Response({"return_url": payment.return_url, "response": None, "order_number": None})
        answer: JsonObject = {
            "return_url": shopper_return.return_url,
            "response": shopper_return.response,
            "order_number": shopper_return.order.number if shopper_return.order else None,
        }
        if payload["post_return"]:
            answer["return_statuses"] = post_return(shopper_return)
        return Response(answer)


def perform_payment_action(payment: HostedPayment, action: str) -> hosted_payments.ShopperReturn | None:
    """None: the shopper walked away, and nothing is posted."""
    if action == "pay":
        return hosted_payments.complete_hosted_payment(payment=payment)
    if action == "decline":
        return hosted_payments.decline_hosted_payment(payment=payment)
    return None
