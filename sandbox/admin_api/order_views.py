"""ordersCreate, ordersRetrieve and ordersList."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from sandbox.catalog import Row
from sandbox.hosted_payments import open_payment, plain
from sandbox.models import Order
from sandbox.order_service import is_duplicate, place_order, update_order
from sandbox.quote import Quote, quote_order
from sandbox.serializers.orders import order_json, order_row

from .base_views import AdminView
from .filters import days, several
from .pagination import page
from .serializers import REDIRECT_METHODS, CreateOrderSerializer, UpdateOrderSerializer

SEVERAL = {
    "status": "status",
    "payment_status": "payment_status",
    "payment_method": "payment_method",
    "fulfillment_status": "fulfillment_status",
    "sources": "source",
    "tags": "tags__tag",
    "sku": "lines__sku",
    "product": "lines__product_id",
}
DAYS = {"date_placed_from": "date_placed__gte", "date_placed_to": "date_placed__lte"}


class OrdersView(AdminView):
    def order(self, number: str) -> Order:
        order = Order.objects.filter(store=self.store, number=number).first()
        if order is None:
            raise Http404("No Order matches the given query.")
        order.store = self.store
        return order


class Orders(OrdersView):
    operations = {"GET": "ordersList", "POST": "ordersCreate"}

    def get(self, request: Request) -> Response:
        rows = Order.objects.filter(store=self.store).select_related("store")
        rows = self.filtered(rows).prefetch_related("lines", "transactions")
        return page(
            request=request,
            rows=rows,
            store=self.store,
            show=lambda order: order_row(
                order,
                lines=list(order.lines.all()),
                transactions=list(order.transactions.all()),
            ),
        )

    def filtered(self, rows: "QuerySet[Order]") -> "QuerySet[Order]":
        given = self.request.query_params
        for lookup in several(request=self.request, names=SEVERAL):
            rows = rows.filter(**lookup)
        if number := given.get("order_number"):
            rows = rows.filter(number=number)
        if currency := given.get("currency"):
            rows = rows.filter(currency=currency)
        if is_test := given.get("is_test"):
            rows = rows.filter(is_test=is_test.lower() in ("true", "1"))
        if words := given.get("search_text"):
            rows = rows.filter(
                Q(number=words)
                | Q(customer__email__icontains=words)
                | Q(customer__last_name__icontains=words)
            )
        return rows.filter(**days(request=self.request, zone=self.store.zone, names=DAYS)).distinct()

    def post(self, request: Request) -> Response:
        serializer = CreateOrderSerializer(data=request.data, context={"catalogue": self.catalogue})
        serializer.is_valid(raise_exception=True)
        wanted: Row = plain(serializer.validated_data)
        currency = wanted.get("currency") or self.store.currency
        quote = quote_order(catalogue=self.catalogue, wanted=serializer.validated_data, currency=currency)
        if is_duplicate(store=self.store, wanted=wanted, quote=quote):
            raise ValidationError({"non_field_errors": ["Duplicate order detected."]})
        return self.take_payment(wanted, quote)

    def take_payment(self, wanted: Row, quote: Quote) -> Response:
        """At once, or by a redirect to the hosted page."""
        method = wanted["payment_method"]
        card = (wanted.get("payment_details") or {}).get("card_token")
        if method in REDIRECT_METHODS or card == "test_3ds_card":
            payment = open_payment(
                store=self.store, wanted=wanted, quote=quote, is_test=card == "test_3ds_card"
            )
            return Response(
                {
                    "reference_transaction_id": None,
                    "payment_complete_url": self.request.build_absolute_uri(f"/link/{payment.token}/"),
                },
                status=201,
            )
        if method == "external":
            return self.placed(wanted, quote, payment_status="pending", is_test=False)
        if card == "test_card":
            return self.placed(wanted, quote, payment_status="paid", is_test=True)
        return Response(_declined(card), status=400)

    def placed(self, wanted: Row, quote: Quote, **how: Any) -> Response:
        order = place_order(store=self.store, wanted=wanted, quote=quote, **how)
        return Response(order_json(order), status=201)


def _declined(card: str | None) -> Row:
    """The one decline that is published; the sandbox knows no real cards."""
    return {
        "payment_details": "Unable to process the purchase transaction.",
        "payment_response_code": "2000",
        "payment_method": {"card_token": card},
    }


class OrderDetail(OrdersView):
    operations = {"GET": "ordersRetrieve", "PATCH": "ordersPartialUpdate"}

    def get(self, request: Request, number: str) -> Response:
        return Response(order_json(self.order(number)))

    def patch(self, request: Request, number: str) -> Response:
        serializer = UpdateOrderSerializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        update_order(order=self.order(number), wanted=plain(serializer.validated_data))
        return Response(order_json(self.order(number)))
