"""`/v1/invoices`; the payment intent of an invoice is in `checkout.api`."""

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from stores.api.base_views import StoreApiView
from stores.api.pagination import OffsetLimitQuery, slice_queryset
from stores.api.request_fields import OpaqueIdField, StrictCharField
from stores.api.response_schemas import ListResponse, describe_endpoint, serialize_list
from subscriptions import invoices
from subscriptions.api.invoice_serializers import InvoiceResponse, serialize_invoice
from subscriptions.invoice_pdf import display_invoice_number, render_invoice_pdf
from subscriptions.models import Invoice


class InvoiceListQuery(OffsetLimitQuery):
    customer_id = OpaqueIdField("cus", default="")
    subscription_id = OpaqueIdField("sub", default="")
    status = serializers.ChoiceField(choices=("draft", *Invoice.Status.values), default="", allow_blank=True)
    external_id = StrictCharField(max_length=64, default="", help_text="The NEXT Commerce order number.")


class BaseInvoiceView(StoreApiView):
    def get_invoice(self, invoice_id: str) -> Invoice:
        return invoices.find_invoice(store=self.store, invoice_id=invoice_id)


class InvoiceListView(StoreApiView):
    """The store's invoices."""

    @describe_endpoint(
        operation_id="invoices_list",
        summary="List invoices, newest first",
        response=ListResponse[InvoiceResponse],
        query=InvoiceListQuery,
    )
    def get(self, request: Request) -> Response:
        query = self.read_query(InvoiceListQuery)
        rows = invoices.list_invoices(self.store)
        columns = {
            "customer_id": "subscription__customer",
            "subscription_id": "subscription",
            "status": "status",
            "external_id": "next_order_number",
        }
        for name, column in columns.items():
            if query[name]:
                rows = rows.filter(**{column: query[name]})
        window = {"offset": query["offset"], "limit": query["limit"]}
        return Response(serialize_list(slice_queryset(rows, **window), serialize_invoice, **window))


class InvoiceDetailView(BaseInvoiceView):
    """One invoice."""

    @describe_endpoint(
        operation_id="invoices_get", summary="Get an invoice", response=InvoiceResponse, errors=(401, 404)
    )
    def get(self, request: Request, invoice_id: str) -> Response:
        return Response(serialize_invoice(self.get_invoice(invoice_id)))


class InvoicePdfView(BaseInvoiceView):
    """An invoice as a PDF."""

    @describe_endpoint(
        operation_id="invoices_pdf", summary="Get an invoice as a PDF", response=bytes, errors=(401, 404)
    )
    def get(self, request: Request, invoice_id: str) -> HttpResponse:
        """Return the PDF in the shopper's language."""
        invoice = self.get_invoice(invoice_id)
        name = f'inline; filename="{display_invoice_number(invoice)}.pdf"'
        return HttpResponse(
            render_invoice_pdf(invoice=invoice),
            content_type="application/pdf",
            headers={"Content-Disposition": name},
        )


class SendInvoiceView(BaseInvoiceView):
    """Email an invoice."""

    @describe_endpoint(
        operation_id="invoices_send",
        summary="Email an invoice to the shopper",
        response=InvoiceResponse,
        errors=(400, 401, 404, 409),
    )
    def post(self, request: Request, invoice_id: str) -> Response:
        """Attach the invoice as a PDF. A repeated request within a minute sends no second email."""
        return Response(serialize_invoice(invoices.send_invoice(invoice=self.get_invoice(invoice_id))))


class VoidInvoiceView(BaseInvoiceView):
    """Void an invoice."""

    @describe_endpoint(
        operation_id="invoices_void",
        summary="Void an open invoice",
        response=InvoiceResponse,
        errors=(400, 401, 404, 409, 503),
    )
    def post(self, request: Request, invoice_id: str) -> Response:
        """Stop retrying the charge. The subscription continues with the next cycle."""
        return Response(serialize_invoice(invoices.void_invoice(invoice=self.get_invoice(invoice_id))))
