"""Transactions (3.8)."""

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from sandbox.models import Transaction
from sandbox.serializers.payments import transaction_json

from .base_views import AdminView
from .filters import amounts
from .pagination import page

EXACT = ("external_id", "type", "payment_method", "currency")
AMOUNTS = {"amount_min": "amount__gte", "amount_max": "amount__lte"}


class Transactions(AdminView):
    operations = {"GET": "transactionsList"}

    def get(self, request: Request) -> Response:
        given = request.query_params
        rows = Transaction.objects.filter(store=self.store).select_related("store", "order")
        for key in EXACT:
            if given.get(key):
                rows = rows.filter(**{key: given[key]})
        if status := given.get("status"):
            rows = rows.filter(succeeded=status == "succeeded")
        rows = rows.filter(**amounts(request=request, names=AMOUNTS))
        return page(request=request, rows=rows, store=self.store, show=transaction_json)


class TransactionDetail(AdminView):
    operations = {"GET": "transactionsRetrieve"}

    def get(self, request: Request, transaction_id: int) -> Response:
        row = Transaction.objects.filter(store=self.store, pk=transaction_id).first()
        if row is None:
            raise Http404("No Transaction matches the given query.")
        return Response(transaction_json(row))
