"""`/v1/orders`: read only; orders change by paying, by the store, and by staff (R191)."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from orders.api.response_types import OrderListShape, SingleOrderShape
from orders.api.serializers import order_shape, single_order
from orders.models import Order
from orders.search import find_order, list_orders
from stores.api.base_views import ApiView
from stores.api.pagination import OneBasedPage
from stores.api.request_fields import Text
from stores.api.response_schemas import described


class OrdersQuery(OneBasedPage):
    """R164."""

    search = Text(max_length=200, default="", help_text="Part of a number, a name or an e-mail address.")
    status = serializers.ChoiceField(choices=Order.Status.values, default="", allow_blank=True)


class Orders(ApiView):
    """The store's orders."""

    @described(
        operation_id="orders_list",
        summary="List orders, newest first",
        answer=OrderListShape,
        query=OrdersQuery,
    )
    def get(self, request: Request) -> Response:
        query = self.read_query(OrdersQuery)
        found = list_orders(
            store=self.store,
            text=query["search"],
            status=query["status"],
            page=query["page"],
            page_size=query["page_size"],
        )
        answer: OrderListShape = {
            "orders": [order_shape(order, whole=False) for order in found.orders],
            "page": query["page"],
            "page_size": query["page_size"],
            "total": found.total,
        }
        return Response(answer)


class SingleOrder(ApiView):
    """One order."""

    @described(
        operation_id="orders_get",
        summary="Get an order by its number",
        answer=SingleOrderShape,
        errors=(401, 403, 404),
    )
    def get(self, request: Request, number: str) -> Response:
        return Response(single_order(find_order(store=self.store, number=number)))
