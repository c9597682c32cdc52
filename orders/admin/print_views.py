"""Pages to print: the packing slip and the invoice (R192)."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import translation

from orders.models import Order
from orders.presentation import address_lines, shown_refunds


def packing_slip(site: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order) -> HttpResponse:
    """What goes into the parcel: no prices."""
    return _print(request, order, "admin/orders/packing_slip.html")


def invoice(site: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order) -> HttpResponse:
    """What was sold, at what price, with tax, in the shopper's language."""
    return _print(request, order, "admin/orders/invoice.html")


def _print(request: HttpRequest, order: Order, template: str) -> HttpResponse:
    with translation.override(order.language):
        context = {
            "order": order,
            "store": order.store,
            "items": [item for item in order.items.all() if item.quantity],
            "parcel_items": [
                (item, item.quantity - item.refunded_quantity)
                for item in order.items.all()
                if item.requires_shipping and item.quantity > item.refunded_quantity
            ],
            "address_lines": address_lines(order.shipping_address),
            "billing_lines": address_lines(order.billing_address) or [order.name],
            "refunds": shown_refunds(order),
        }
        return TemplateResponse(request, template, context).render()
