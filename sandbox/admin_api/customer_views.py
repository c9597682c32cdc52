"""Customers (3.8)."""

from typing import Any

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from sandbox.models import Customer
from sandbox.serializers.customers import user_json
from sandbox.serializers.orders import order_json

from .base_views import AdminView
from .pagination import page


class Users(AdminView):
    operations = {"GET": "usersList"}

    def get(self, request: Request) -> Response:
        rows = Customer.objects.filter(store=self.store)
        if email := request.query_params.get("email"):
            rows = rows.filter(email__iexact=email)
        return page(request=request, rows=rows, store=self.store, show=user_json)


class UserView(AdminView):
    def customer(self, user_id: int) -> Customer:
        customer = Customer.objects.filter(store=self.store, pk=user_id).first()
        if customer is None:
            raise Http404("No User matches the given query.")
        return customer


class User(UserView):
    operations = {"GET": "usersRetrieve"}

    def get(self, request: Request, user_id: int) -> Response:
        return Response(user_json(self.customer(user_id)))


class UserOrders(UserView):
    """Full orders, newest first, in a plain list and without the user."""

    operations = {"GET": "usersOrdersRetrieve"}

    def get(self, request: Request, user_id: int) -> Response:
        orders = self.customer(user_id).orders.select_related("store").order_by("-id")
        rows: list[dict[str, Any]] = [order_json(order) for order in orders]
        for row in rows:
            del row["user"]
        return Response(rows)
