"""Customers, which the API calls users."""

from typing import Any

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from sandbox.models import Customer
from sandbox.serializers.customers import serialize_user
from sandbox.serializers.orders import serialize_full_order

from .base_views import AdminApiView
from .pagination import paginate_rows


class AdminApiUserListView(AdminApiView):
    operations = {"GET": "usersList"}

    def get(self, request: Request) -> Response:
        rows = Customer.objects.filter(store=self.store)
        if email := request.query_params.get("email"):
            rows = rows.filter(email__iexact=email)
        return paginate_rows(request=request, rows=rows, store=self.store, serialize=serialize_user)


class AdminApiUserView(AdminApiView):
    def get_customer(self, user_id: int) -> Customer:
        customer = Customer.objects.filter(store=self.store, pk=user_id).first()
        if customer is None:
            raise Http404("No User matches the given query.")
        return customer


class AdminApiUserDetailView(AdminApiUserView):
    operations = {"GET": "usersRetrieve"}

    def get(self, request: Request, user_id: int) -> Response:
        return Response(serialize_user(self.get_customer(user_id)))


class AdminApiUserOrderListView(AdminApiUserView):
    """A plain list of full orders, newest first, without their ``user``."""

    operations = {"GET": "usersOrdersRetrieve"}

    def get(self, request: Request, user_id: int) -> Response:
        orders = self.get_customer(user_id).orders.select_related("store").order_by("-id")
        rows: list[dict[str, Any]] = [serialize_full_order(order) for order in orders]
        for row in rows:
            del row["user"]
        return Response(rows)
