"""`/v1/invoices`; the payment intent of an invoice is in `checkout.api`."""

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from stores.api.base_views import StoreApiView
from stores.api.endpoints import declare_endpoint
from stores.api.fields import OpaqueIdField, StrictCharField
from stores.api.pagination import OffsetLimitQuery, slice_queryset
from subscriptions import invoices
from subscriptions.api.invoice_serializers import INVOICE_STATUSES, InvoiceListResponse, InvoiceResponse
from subscriptions.models import Invoice


class InvoiceListQuery(OffsetLimitQuery):
    customer_id = OpaqueIdField("cus", default="")
    subscription_id = OpaqueIdField("sub", default="")
    status = serializers.ChoiceField(choices=("draft", *INVOICE_STATUSES), default="", allow_blank=True)
    external_id = StrictCharField(max_length=64, default="", help_text="The NEXT Commerce order number.")


class BaseInvoiceView(StoreApiView):
    def get_invoice(self, invoice_id: str) -> Invoice:
        return invoices.find_invoice(store=self.store, invoice_id=invoice_id)


class InvoiceListView(StoreApiView):
    """The store's invoices."""

    @declare_endpoint(
        operation_id="invoices_list",
        summary="List invoices, newest first",
        response=InvoiceListResponse,
        query=InvoiceListQuery,
    )
    def get(self, request: Request) -> Response:
        query = self.read_query()
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
        found = slice_queryset(rows, **window)
        return self.respond({"data": found.rows, "total": found.total, **window})


class InvoiceDetailView(BaseInvoiceView):
    """One invoice."""

    @declare_endpoint(
        operation_id="invoices_get", summary="Get an invoice", response=InvoiceResponse, errors=(401, 404)
    )
    def get(self, request: Request, invoice_id: str) -> Response:
        return self.respond(self.get_invoice(invoice_id))


class InvoicePdfView(BaseInvoiceView):
    """An invoice as a PDF."""

    @declare_endpoint(
        operation_id="invoices_pdf", summary="Get an invoice as a PDF", response=None, errors=(401, 404)
    )
    def get(self, request: Request, invoice_id: str) -> HttpResponse:
        """Return the PDF in the shopper's language."""
        # Not with the module: the PDF library takes a quarter of the time in which a process starts.
        from subscriptions.invoice_pdf import get_invoice_filename, render_invoice_pdf

        invoice = self.get_invoice(invoice_id)
        name = f'inline; filename="{get_invoice_filename(invoice)}"'
        return HttpResponse(
            render_invoice_pdf(invoice=invoice),
            content_type="application/pdf",
            headers={"Content-Disposition": name},
        )


class SendInvoiceView(BaseInvoiceView):
    """Email an invoice."""

    @declare_endpoint(
        operation_id="invoices_send",
        summary="Email an invoice to the shopper",
        response=InvoiceResponse,
        errors=(400, 401, 404, 409),
    )
    def post(self, request: Request, invoice_id: str) -> Response:
        """Attach the invoice as a PDF. A repeated request within a minute sends no second email."""
        return self.respond(invoices.send_invoice(invoice=self.get_invoice(invoice_id)))


class VoidInvoiceView(BaseInvoiceView):
    """Void an invoice."""

    @declare_endpoint(
        operation_id="invoices_void",
        summary="Void an open invoice",
        response=InvoiceResponse,
        errors=(400, 401, 404, 409, 503),
    )
    def post(self, request: Request, invoice_id: str) -> Response:
        """Stop retrying the charge. The subscription continues with the next cycle."""
        return self.respond(invoices.void_invoice(invoice=self.get_invoice(invoice_id)))
