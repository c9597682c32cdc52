from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sandbox import hosted_payments
from sandbox.catalog import Row
from sandbox.models import ApiCall, Order, Payment, Store, Transaction
from sandbox.money import text
from sandbox.serializers.common import address, when
from sandbox.serializers.orders import order_json
from sandbox.switches import default_switches, merged
from sandbox.write_lock import writing

from .return_post import post_return
from .serializers import PaymentActionSerializer, StoreSerializer


def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok", "stores": Store.objects.count()})


def store_settings(store: Store) -> Row:
    return {
        "name": store.name,
        "title": store.title,
        "token": store.token,
        "currency": store.currency,
        "timezone": store.timezone,
        "webhook_secret": store.webhook_secret,
        "rate_limit": store.rate_limit,
        "page_size": store.page_size,
        "catalogue": store.catalogue,
        "now": when(store.now(), store),
        "admin_api_url": address("/api/admin/"),
    }


class StoreView(APIView):
    """Settings and catalogue; orders outlive a PUT, and nothing outlives a DELETE."""

    def get(self, request: Request, name: str) -> Response:
        return Response(store_settings(get_object_or_404(Store, name=name)))

    def put(self, request: Request, name: str) -> Response:
        serializer = StoreSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        data: Row = dict(serializer.data)
        if Store.objects.filter(token=data["token"]).exclude(name=name).exists():
            return Response({"token": ["Another store has this token."]}, status=400)
        data["title"] = data.pop("name", name)
        data["catalogue"] = data.get("catalogue") or {}
        data["changed_at"] = timezone.now()
        with writing():
            store, created = Store.objects.update_or_create(
                name=name,
                defaults=data,
                create_defaults={**data, "switches": default_switches()},
            )
        return Response(store_settings(store), status=201 if created else 200)

    def delete(self, request: Request, name: str) -> Response:
        with writing():
            store = get_object_or_404(Store, name=name)
            Order.objects.filter(store=store).delete()
            store.delete()
        return Response(status=204)


class Requests(APIView):
    def get(self, request: Request, name: str) -> Response:
        store = get_object_or_404(Store, name=name)
        return Response([_call_json(call, store) for call in store.calls.all()])

    def delete(self, request: Request, name: str) -> Response:
        with writing():
            get_object_or_404(Store, name=name).calls.all().delete()
        return Response(status=204)


def _call_json(call: ApiCall, store: Store) -> Row:
    keys = ("operation", "method", "path", "query", "status", "body", "response", "ip")
    return {"at": when(call.at, store), **{key: getattr(call, key) for key in keys}}


class Switches(APIView):
    def get(self, request: Request, name: str) -> Response:
        return Response(get_object_or_404(Store, name=name).switches)

    def patch(self, request: Request, name: str) -> Response:
        with writing():
            store = get_object_or_404(Store, name=name)
            store.switches = merged(store.switches, dict(request.data))
            store.save(update_fields=["switches"])
        return Response(store.switches)


class Charges(APIView):
    """Every charge and refund that moved money: the truth for proofs."""

    def get(self, request: Request, name: str) -> Response:
        store = get_object_or_404(Store, name=name)
        rows = store.transactions.filter(
            succeeded=True, is_external=False, is_test=False, type__in=("debit", "refund")
        ).select_related("order")
        return Response([_charge_json(row, store) for row in rows])


def _charge_json(row: Transaction, store: Store) -> Row:
    return {
        "id": row.pk,
        "kind": "refund" if row.type == Transaction.Type.REFUND else "charge",
        "amount": text(row.amount),
        "currency": row.currency,
        "order_number": row.order.number if row.order else None,
        "transaction_id": row.pk,
        "at": when(row.date_created, store),
    }


class Orders(APIView):
    def get(self, request: Request, name: str) -> Response:
        store = get_object_or_404(Store, name=name)
        rows: QuerySet[Order] = (
            store.orders.order_by("id")
            .select_related("store")
            .prefetch_related("lines", "transactions", "tags")
        )
        return Response([order_json(order) for order in rows])


class Payments(APIView):
    def get(self, request: Request, name: str) -> Response:
        store = get_object_or_404(Store, name=name)
        rows = store.payments.select_related("order")
        return Response([_payment_json(payment, store) for payment in rows])


def _payment_json(payment: Payment, store: Store) -> Row:
    quote = hosted_payments.Quote.from_json(payment.quote)
    return {
        "token": payment.token,
        "url": address(f"/link/{payment.token}/"),
        "status": payment.status,
        "return_url": payment.return_url,
        "amount": text(quote.total_incl_tax),
        "currency": quote.currency,
        "lines": payment.quote["lines"],
        "order_number": payment.order.number if payment.order else None,
        "created_at": when(payment.created_at, store),
    }


class PaymentAction(APIView):
    """Pay, decline or abandon without a browser; with ``post_return`` posts the form too."""

    def post(self, request: Request, name: str, token: str) -> Response:
        payment = get_object_or_404(Payment, store__name=name, token=token)
        serializer = PaymentActionSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        wanted: dict[str, Any] = serializer.validated_data
        leg = act(payment, wanted["action"])
        if leg is None:
            return Response({"return_url": payment.return_url, "response": None, "order_number": None})
        answer: Row = {
            "return_url": leg.return_url,
            "response": leg.response,
            "order_number": leg.order.number if leg.order else None,
        }
        if wanted["post_return"]:
            answer["return_statuses"] = post_return(leg)
        return Response(answer)


def act(payment: Payment, action: str) -> hosted_payments.Leg | None:
    """None: the shopper walked away, and nothing is posted."""
    if action == "pay":
        return hosted_payments.pay(payment=payment)
    if action == "decline":
        return hosted_payments.decline(payment=payment)
    return None
