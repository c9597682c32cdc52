"""Transactions."""

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from sandbox.models import Transaction
from sandbox.serializers.payments import serialize_transaction

from .base_views import AdminApiView
from .filters import parse_amount_filters
from .pagination import paginate_rows

EXACT_FILTERS = ("external_id", "type", "payment_method", "currency")
AMOUNT_FILTERS = {"amount_min": "amount__gte", "amount_max": "amount__lte"}


class AdminApiTransactionListView(AdminApiView):
    operations = {"GET": "transactionsList"}

    def get(self, request: Request) -> Response:
        params = request.query_params
        rows = Transaction.objects.filter(store=self.store).select_related("store", "order")
        for key in EXACT_FILTERS:
            if params.get(key):
                rows = rows.filter(**{key: params[key]})
        if status := params.get("status"):
            rows = rows.filter(succeeded=status == "succeeded")
        rows = rows.filter(**parse_amount_filters(request=request, names=AMOUNT_FILTERS))
        return paginate_rows(request=request, rows=rows, store=self.store, serialize=serialize_transaction)


class AdminApiTransactionDetailView(AdminApiView):
    operations = {"GET": "transactionsRetrieve"}

    def get(self, request: Request, transaction_id: int) -> Response:
        row = Transaction.objects.filter(store=self.store, pk=transaction_id).first()
        if row is None:
            raise Http404("No Transaction matches the given query.")
        return Response(serialize_transaction(row))
