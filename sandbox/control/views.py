"""The control API: stores, switches, payments, order edits, the clock, and what a store holds."""

from datetime import timedelta
from http import HTTPStatus

from django.db.models import QuerySet
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sandbox import clock, hosted_payments
from sandbox.catalog import JsonObject
from sandbox.models import (
    ApiCall,
    HostedPayment,
    Order,
    Store,
    Transaction,
    WebhookDelivery,
    exclusive_transaction,
)
from sandbox.money import format_decimal
from sandbox.quote import Quote
from sandbox.serializers.carts import serialize_full_cart
from sandbox.serializers.common import build_sandbox_url, format_store_datetime
from sandbox.serializers.orders import serialize_full_order
from sandbox.serializers.subscriptions import serialize_full_subscription
from sandbox.switches import default_switches, merge_switches

from . import merchant_actions
from .request_serializers import (
    AdvanceClockSerializer,
    OrderEditSerializer,
    PaymentAction,
    PaymentActionSerializer,
    StoreSettingsSerializer,
)
from .return_post import post_return

# Made once: making a serializer copies all its fields, which takes longer than validating.
STORE_SETTINGS = StoreSettingsSerializer()


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
        "taxes": store.taxes,
        "discounts": store.discounts,
        "wallet": store.wallet,
        "now": format_store_datetime(store.now(), store),
        "admin_api_url": build_sandbox_url("/api/admin/"),
    }


class ControlStoreView(APIView):
    """A store's settings and catalog. PUT keeps its orders and switches; DELETE removes everything."""

    def get(self, request: Request, name: str) -> Response:
        return Response(serialize_store_settings(get_object_or_404(Store, name=name)))

    def put(self, request: Request, name: str) -> Response:
        settings = STORE_SETTINGS.run_validation(request.data)
        data: JsonObject = dict(STORE_SETTINGS.to_representation(settings))
        starts_at = settings.get("starts_at")
        if Store.objects.filter(token=data["token"]).exclude(name=name).exists():
            return Response({"token": ["Another store has this token."]}, status=HTTPStatus.BAD_REQUEST)
        data["title"] = data.pop("name", name)
        data["catalog"] = data.pop("catalogue") or {}
        data["changed_at"] = timezone.now()
        with exclusive_transaction():
            store, created = Store.objects.update_or_create(
                name=name,
                defaults=data,
                create_defaults={
                    **data,
                    "switches": default_switches(),
                    "clock_offset": starts_at - timezone.now() if starts_at else timedelta(),
                },
            )
        return Response(
            serialize_store_settings(store), status=HTTPStatus.CREATED if created else HTTPStatus.OK
        )

    def delete(self, request: Request, name: str) -> Response:
        with exclusive_transaction():
            store = get_object_or_404(Store, name=name)
            Order.objects.filter(store=store).delete()
            store.delete()
        return Response(status=HTTPStatus.NO_CONTENT)


class ControlRequestLogView(APIView):
    def get(self, request: Request, name: str) -> Response:
        store = get_object_or_404(Store, name=name)
        return Response([_serialize_api_call(call, store) for call in store.calls.all()])

    def delete(self, request: Request, name: str) -> Response:
        with exclusive_transaction():
            get_object_or_404(Store, name=name).calls.all().delete()
        return Response(status=HTTPStatus.NO_CONTENT)


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
    """Every charge and refund that moved money, oldest first."""

    def get(self, request: Request, name: str) -> Response:
        store = get_object_or_404(Store, name=name)
        rows = store.transactions.filter(
            succeeded=True,
            is_external=False,
            is_test=False,
            type__in=(Transaction.Type.DEBIT, Transaction.Type.REFUND),
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
    quote = Quote.from_json(payment.quote)
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
    """Pay, decline or abandon without a browser. ``post_return`` also posts the return form."""

    def post(self, request: Request, name: str, token: str) -> Response:
        payment = get_object_or_404(HostedPayment, store__name=name, token=token)
        serializer = PaymentActionSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        payload: JsonObject = serializer.validated_data
        shopper_return = perform_payment_action(payment, payload["action"])
        if shopper_return is None:
            return Response({"return_url": payment.return_url, "response": None, "order_number": None})
        result: JsonObject = {
            "return_url": shopper_return.return_url,
            "response": shopper_return.response,
            "order_number": shopper_return.order.number if shopper_return.order else None,
        }
        if payload["post_return"]:
            result["return_statuses"] = post_return(shopper_return)
        return Response(result)


def perform_payment_action(payment: HostedPayment, action: str) -> hosted_payments.ShopperReturn | None:
    """Pay or decline. Return None if the shopper abandons the payment: nothing is posted."""
    if action == PaymentAction.PAY:
        return hosted_payments.complete_hosted_payment(payment=payment)
    if action == PaymentAction.DECLINE:
        return hosted_payments.decline_hosted_payment(payment=payment)
    return None


class ControlOrderEditView(APIView):
    def post(self, request: Request, name: str, number: str) -> Response:
        order = get_object_or_404(Order.objects.select_related("store"), store__name=name, number=number)
        serializer = OrderEditSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        merchant_actions.apply_merchant_edits(order=order, payload=dict(serializer.validated_data))
        return Response(serialize_full_order(Order.objects.select_related("store").get(pk=order.pk)))


class ControlClockView(APIView):
    """The store's clock. It only moves forward."""

    def get(self, request: Request, name: str) -> Response:
        store = get_object_or_404(Store, name=name)
        return Response({"now": format_store_datetime(store.now(), store)})

    def post(self, request: Request, name: str) -> Response:
        store = get_object_or_404(Store, name=name)
        serializer = AdvanceClockSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        payload = serializer.validated_data
        step = timedelta(seconds=payload["advance_seconds"], days=payload["advance_days"])
        to = payload.get("to") or store.now() + step
        if "to" in payload and to < store.now():
            return Response({"to": ["The clock only moves forward."]}, status=HTTPStatus.BAD_REQUEST)
        event_count = clock.advance_clock(store=store, to=to)
        return Response({"now": format_store_datetime(store.now(), store), "happened": event_count})


class ControlSubscriptionListView(APIView):
    def get(self, request: Request, name: str) -> Response:
        store = get_object_or_404(Store, name=name)
        rows = store.subscriptions.select_related("store").order_by("id")
        return Response([serialize_full_subscription(row) for row in rows])


class ControlCartListView(APIView):
    def get(self, request: Request, name: str) -> Response:
        store = get_object_or_404(Store, name=name)
        return Response([serialize_full_cart(cart) for cart in store.carts.select_related("store")])


class ControlDeliveryListView(APIView):
    """Every webhook delivery, oldest first, with the status of each attempt (0: no response)."""

    def get(self, request: Request, name: str) -> Response:
        store = get_object_or_404(Store, name=name)
        rows = WebhookDelivery.objects.filter(webhook__store=store).select_related("webhook")
        return Response(
            [
                {
                    "event_id": str(row.event_id),
                    "event_type": row.event_type,
                    "subject_id": row.subject_id,
                    "target": row.webhook.target,
                    "state": row.state,
                    "statuses": row.statuses,
                }
                for row in rows
            ]
        )
