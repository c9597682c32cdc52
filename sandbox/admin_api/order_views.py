"""Orders: list, create, retrieve and update."""

from django.db.models import Q, QuerySet
from django.http import Http404
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from sandbox.catalog import JsonObject
from sandbox.hosted_payments import create_hosted_payment, to_plain_json
from sandbox.models import Order
from sandbox.nonsense import distort_order
from sandbox.order_service import create_order_from_quote, is_duplicate_order, update_order
from sandbox.payment_routing import require_least_amount, require_payable
from sandbox.quote import Quote, quote_order
from sandbox.serializers.orders import serialize_full_order, serialize_order_row
from sandbox.wallet import fill_from_wallet

from .base_views import AdminApiView
from .filters import parse_day_filters, parse_multiple_filters
from .pagination import paginate_rows
from .request_serializers import (
    TEST_CARD,
    THREE_DS_TEST_CARD,
    CreateOrderSerializer,
    UpdateOrderSerializer,
    is_redirect_payment,
)

MULTIPLE_FILTERS = {
    "status": "status",
    "payment_status": "payment_status",
    "payment_method": "payment_method",
    "fulfillment_status": "fulfillment_status",
    "sources": "source",
    "tags": "tags__tag",
    "sku": "lines__sku",
    "product": "lines__product_id",
    "offers": "discount_uses__offer_id",
}
DAY_FILTERS = {"date_placed_from": "date_placed__gte", "date_placed_to": "date_placed__lte"}


class AdminApiOrderView(AdminApiView):
    def get_order(self, number: str) -> Order:
        order = Order.objects.filter(store=self.store, number=number).first()
        if order is None:
            raise Http404("No Order matches the given query.")
        order.store = self.store
        return order

    def build_order_response(self, number: str) -> Response:
        order = serialize_full_order(self.get_order(number))
        return Response(distort_order(order, self.store.switches["nonsense"]))


class AdminApiOrderListView(AdminApiOrderView):
    operations = {"GET": "ordersList", "POST": "ordersCreate"}

    def get(self, request: Request) -> Response:
        rows = Order.objects.filter(store=self.store).select_related("store")
        rows = self.apply_filters(rows).prefetch_related("lines", "transactions")
        return paginate_rows(
            request=request,
            rows=rows,
            store=self.store,
            serialize=lambda order: serialize_order_row(
                order,
                lines=list(order.lines.all()),
                transactions=list(order.transactions.all()),
            ),
        )

    def apply_filters(self, rows: "QuerySet[Order]") -> "QuerySet[Order]":
        params = self.request.query_params
        for lookup in parse_multiple_filters(request=self.request, names=MULTIPLE_FILTERS):
            rows = rows.filter(**lookup)
        if number := params.get("order_number"):
            rows = rows.filter(number=number)
        if code := params.get("coupon_code"):
            rows = rows.filter(discount_uses__code=code.casefold())
        if currency := params.get("currency"):
            rows = rows.filter(currency=currency)
        if is_test := params.get("is_test"):
            rows = rows.filter(is_test=is_test.lower() in ("true", "1"))
        if search_text := params.get("search_text"):
            rows = rows.filter(
                Q(number=search_text)
                | Q(customer__email__icontains=search_text)
                | Q(customer__last_name__icontains=search_text)
            )
        return rows.filter(
            **parse_day_filters(request=self.request, zone=self.store.zone, names=DAY_FILTERS)
        ).distinct()

    def post(self, request: Request) -> Response:
        serializer = CreateOrderSerializer(data=request.data, context={"catalog": self.catalog})
        serializer.is_valid(raise_exception=True)
        data = fill_from_wallet(serializer.validated_data, store=self.store)
        payload: JsonObject = to_plain_json(data)
        currency = payload.get("currency") or self.store.currency
        require_payable(catalog=self.catalog, payload=payload, currency=currency)
        quote = quote_order(store=self.store, payload=data, currency=currency)
        require_least_amount(payload=payload, total=quote.total_incl_tax)
        if is_duplicate_order(store=self.store, payload=payload, quote=quote):
            raise ValidationError({"non_field_errors": ["Duplicate order detected."]})
        return self.take_payment(payload, quote)

    def take_payment(self, payload: JsonObject, quote: Quote) -> Response:
        """Create the order right away, or start a payment on the hosted page."""
        method = payload["payment_method"]
        card = (payload.get("payment_details") or {}).get("card_token")
        if is_redirect_payment(method, card):
            payment = create_hosted_payment(
                store=self.store, payload=payload, quote=quote, is_test=card == THREE_DS_TEST_CARD
            )
            return Response(
                {
                    "reference_transaction_id": None,
                    "payment_complete_url": self.request.build_absolute_uri(f"/link/{payment.token}/"),
                },
                status=201,
            )
        if method == "external":
            return self.create_order_response(
                payload, quote, payment_status=Order.PaymentStatus.PENDING, is_test=False
            )
        if card == TEST_CARD:
            return self.create_order_response(
                payload, quote, payment_status=Order.PaymentStatus.PAID, is_test=True
            )
        return Response(_build_declined_body(card), status=400)

    def create_order_response(
        self, payload: JsonObject, quote: Quote, *, payment_status: str, is_test: bool
    ) -> Response:
        order = create_order_from_quote(
            store=self.store,
            payload=payload,
            quote=quote,
            payment_status=payment_status,
            is_test=is_test,
        )
        return Response(serialize_full_order(order), status=201)


def _build_declined_body(card: str | None) -> JsonObject:
    """Return the one published decline. The sandbox declines every card but the test cards."""
    return {
        "payment_details": "Unable to process the purchase transaction.",
        "payment_response_code": "2000",
        "payment_method": {"card_token": card},
    }


class AdminApiOrderDetailView(AdminApiOrderView):
    operations = {"GET": "ordersRetrieve", "PATCH": "ordersPartialUpdate"}

    def get(self, request: Request, number: str) -> Response:
        return self.build_order_response(number)

    def patch(self, request: Request, number: str) -> Response:
        serializer = UpdateOrderSerializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        update_order(order=self.get_order(number), payload=to_plain_json(serializer.validated_data))
        return self.build_order_response(number)
