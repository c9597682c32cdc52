"""Carts: list, create, retrieve, update and delete."""

from typing import Any

from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from sandbox.carts import abandon_due_carts, create_cart, update_cart
from sandbox.models import Cart
from sandbox.serializers.carts import MAX_CART_LINES, serialize_cart_row, serialize_full_cart

from .base_views import AdminApiView
from .filters import parse_day_filters
from .pagination import paginate_rows
from .request_serializers import (
    CurrencyField,
    OrderAttributionSerializer,
    OrderLineSerializer,
    OrderUserSerializer,
)

DAY_FILTERS = {"date_created_from": "created_at__gte", "date_created_to": "created_at__lte"}
ATTRIBUTION_FILTERS = (
    "affiliate",
    *(f"subaffiliate{number}" for number in range(1, 6)),
    *(f"utm_{name}" for name in ("source", "campaign", "term", "content")),
)


class CartUserSerializer(OrderUserSerializer):
    """All of it is optional: a cart without an id or an email is anonymous."""

    id = serializers.IntegerField(required=False, allow_null=True)
    email = serializers.EmailField(required=False, allow_null=True)


class UpdateCartSerializer(serializers.Serializer[Any]):
    """What PUT may change. Codes, attribution and metadata stay if they are left out."""

    lines = OrderLineSerializer(many=True, allow_empty=False, max_length=MAX_CART_LINES - 1)  # type: ignore[call-arg]
    vouchers = serializers.ListField(child=serializers.CharField(), required=False, allow_null=True)
    attribution = OrderAttributionSerializer(required=False)
    metadata = serializers.JSONField(required=False, allow_null=True)


class CreateCartSerializer(UpdateCartSerializer):
    user = CartUserSerializer(required=False)
    currency = CurrencyField(required=False)


class AdminApiCartView(AdminApiView):
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        abandon_due_carts(self.store)

    def validate_body(self, serializer_class: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        serializer = serializer_class(data=self.request.data, context={"catalog": self.catalog})
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class AdminApiCartListView(AdminApiCartView):
    """The list leaves anonymous carts out."""

    operations = {"GET": "cartsList", "POST": "cartsCreate"}

    def get(self, request: Request) -> Response:
        params = request.query_params
        rows = self.store.carts.exclude(customer=None).select_related("store")
        if abandoned := params.get("abandoned"):
            rows = rows.filter(is_abandoned=abandoned.lower() in ("true", "1"))
        if currency := params.get("currency"):
            rows = rows.filter(currency=currency)
        if funnels := params.getlist("funnels"):
            rows = rows.filter(attribution__funnel__in=funnels)
        for name in ATTRIBUTION_FILTERS:
            if value := params.get(name):
                rows = rows.filter(**{f"attribution__{name}": value})
        rows = rows.filter(**parse_day_filters(request=request, zone=self.store.zone, names=DAY_FILTERS))
        return paginate_rows(request=request, rows=rows, store=self.store, serialize=serialize_cart_row)

    def post(self, request: Request) -> Response:
        cart = create_cart(store=self.store, payload=self.validate_body(CreateCartSerializer))
        return Response(serialize_full_cart(cart), status=201)


class AdminApiCartDetailView(AdminApiCartView):
    operations = {"GET": "cartsRetrieve", "PUT": "cartsUpdate", "DELETE": "cartsDestroy"}

    def get_cart(self, cart_id: int) -> Cart:
        cart = self.store.carts.select_related("customer").filter(pk=cart_id).first()
        if cart is None:
            raise Http404("No Cart matches the given query.")
        cart.store = self.store
        return cart

    def get(self, request: Request, cart_id: int) -> Response:
        return Response(serialize_full_cart(self.get_cart(cart_id)))

    def put(self, request: Request, cart_id: int) -> Response:
        cart = self.get_cart(cart_id)
        update_cart(cart=cart, payload=self.validate_body(UpdateCartSerializer))
        return Response(serialize_full_cart(cart))

    def delete(self, request: Request, cart_id: int) -> Response:
        self.get_cart(cart_id).delete()
        return Response(status=204)
