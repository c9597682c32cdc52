"""`/v1/orders`: read-only. Orders change through payments, NEXT and staff (R191)."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from orders.api.serializers import ORDER_STATUSES, OrderListResponse, SingleOrderResponse
from orders.search import find_order_by_number, list_orders
from stores.api.base_views import StoreApiView
from stores.api.endpoints import declare_endpoint
from stores.api.fields import StrictCharField
from stores.api.pagination import OneBasedPageQuery


class OrderListQuery(OneBasedPageQuery):
    """Search, status and page (R164)."""

    search = StrictCharField(
        max_length=200, default="", help_text="Any part of the order number, name, or email."
    )
    status = serializers.ChoiceField(choices=ORDER_STATUSES, default="", allow_blank=True)


class OrderListView(StoreApiView):
    """The store's orders."""

    @declare_endpoint(
        operation_id="orders_list",
        summary="List orders, newest first",
        response=OrderListResponse,
        query=OrderListQuery,
    )
    def get(self, request: Request) -> Response:
        query = self.read_query()
        order_page = list_orders(
            store=self.store,
            text=query["search"],
            status=query["status"],
            page=query["page"],
            page_size=query["page_size"],
        )
        return self.respond(
            {
                "orders": order_page.orders,
                "page": query["page"],
                "page_size": query["page_size"],
                "total": order_page.total,
            }
        )


class OrderDetailView(StoreApiView):
    """One order."""

    @declare_endpoint(
        operation_id="orders_get",
        summary="Get an order by its number",
        response=SingleOrderResponse,
        errors=(401, 403, 404),
    )
    def get(self, request: Request, number: str) -> Response:
        order = find_order_by_number(store=self.store, number=number)
        return self.respond(order, full_products=True)
