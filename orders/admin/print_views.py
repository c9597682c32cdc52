"""Printable pages: the packing slip and the invoice (R192)."""

from django.contrib import admin
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import translation

from orders.invoices import list_invoice_rows
from orders.models import Order
from orders.presentation import format_address_lines, list_parcel_items


def packing_slip_view(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order
) -> HttpResponse:
    """Show what goes into the parcel, without prices."""
    return _render_print_page(request, order, "admin/orders/packing_slip.html")


def order_invoice_view(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order
) -> HttpResponse:
    """Show what was sold, with prices and tax, in the shopper's language."""
    return _render_print_page(request, order, "admin/orders/invoice.html")


def _render_print_page(request: HttpRequest, order: Order, template: str) -> HttpResponse:
    prefetch_related_objects([order], "items", "addresses")
    with translation.override(order.language):
        context = {
            "order": order,
            "store": order.store,
            "items": [item for item in order.items.all() if item.quantity],
            "parcel_items": list_parcel_items(order),
            "address_lines": format_address_lines(order.shipping_address),
            "billing_lines": format_address_lines(order.billing_address) or [order.name],
            "total_rows": list_invoice_rows(order),
        }
        return TemplateResponse(request, template, context).render()
