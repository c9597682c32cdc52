"""`/v1/invoices` (part 3); the payment intent of one is in `checkout.api`."""

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from stores.api.base_views import ApiView
from stores.api.pagination import OffsetPage, cut
from stores.api.request_fields import Id, Text
from stores.api.response_schemas import ListShape, described, list_shape
from subscriptions import invoices
from subscriptions.api.invoice_serializers import InvoiceShape, invoice_shape
from subscriptions.invoice_pdf import invoice_number, invoice_pdf
from subscriptions.models import Invoice


class InvoicesQuery(OffsetPage):
    customer_id = Id("cus", default="")
    subscription_id = Id("sub", default="")
    status = serializers.ChoiceField(choices=("draft", *Invoice.Status.values), default="", allow_blank=True)
    external_id = Text(max_length=64, default="", help_text="The number of the store's order.")


class InvoiceView(ApiView):
    def one(self, invoice_id: str) -> Invoice:
        return invoices.find_invoice(store=self.store, invoice_id=invoice_id)


class Invoices(ApiView):
    """The store's invoices."""

    @described(
        operation_id="invoices_list",
        summary="List invoices, newest first",
        answer=ListShape[InvoiceShape],
        query=InvoicesQuery,
    )
    def get(self, request: Request) -> Response:
        query = self.read_query(InvoicesQuery)
        rows = invoices.invoices_of(self.store)
        columns = {
            "customer_id": "subscription__customer",
            "subscription_id": "subscription",
            "status": "status",
            "external_id": "store_order_number",
        }
        for name, column in columns.items():
            if query[name]:
                rows = rows.filter(**{column: query[name]})
        place = {"offset": query["offset"], "limit": query["limit"]}
        return Response(list_shape(cut(rows, **place), invoice_shape, **place))


class OneInvoice(InvoiceView):
    """One invoice."""

    @described(operation_id="invoices_get", summary="Get an invoice", answer=InvoiceShape, errors=(401, 404))
    def get(self, request: Request, invoice_id: str) -> Response:
        return Response(invoice_shape(self.one(invoice_id)))


class InvoicePdf(InvoiceView):
    """One invoice, to print."""

    @described(
        operation_id="invoices_pdf", summary="Get an invoice as a PDF", answer=bytes, errors=(401, 404)
    )
    def get(self, request: Request, invoice_id: str) -> HttpResponse:
        """In the shopper's language."""
        invoice = self.one(invoice_id)
        name = f'inline; filename="{invoice_number(invoice)}.pdf"'
        return HttpResponse(
            invoice_pdf(invoice=invoice),
            content_type="application/pdf",
            headers={"Content-Disposition": name},
        )


class Send(InvoiceView):
    """An invoice mailed."""

    @described(
        operation_id="invoices_send",
        summary="Mail an invoice to the shopper",
        answer=InvoiceShape,
        errors=(400, 401, 404, 409),
    )
    def post(self, request: Request, invoice_id: str) -> Response:
        """As a PDF; again within a minute, it is not mailed again."""
        return Response(invoice_shape(invoices.send(invoice=self.one(invoice_id))))


class Void(InvoiceView):
    """An invoice let go."""

    @described(
        operation_id="invoices_void",
        summary="Void an open invoice",
        answer=InvoiceShape,
        errors=(400, 401, 404, 409, 503),
    )
    def post(self, request: Request, invoice_id: str) -> Response:
        """The store tries its charge no more; the subscription goes on with the next cycle."""
        return Response(invoice_shape(invoices.void(invoice=self.one(invoice_id))))
