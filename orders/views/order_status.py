"""An order under its secret address: the thanks after paying, and its status from then on."""

from typing import Any

from django.db.models import Prefetch
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orders.models import Order, OrderItem
from orders.presentation import (
    format_address_lines,
    items_with_images,
    list_refunds,
    list_shipments,
    safe_web_url,
)
from stores.crypto import verify_url_token
from stores.decorators import private_page
from stores.errors import NotFound
from stores.http import ShopRequest


@private_page
@require_safe
def show_order_status(request: ShopRequest, token: str) -> HttpResponse:
    """Items, totals, address, payment, shipments, refunds, support. Errors: NotFound."""
    order = find_order_by_token(request, token)
    return render(request, "orders/order_status.html", order_page_context(order, token))


@private_page
@require_safe
def show_thank_you(request: ShopRequest, token: str) -> HttpResponse:
    """Thanks for a paid order; where all is not well there is only its status. Errors: NotFound."""
    order = find_order_by_token(request, token)
    if order.review_reason or order.status not in {Order.Status.PAID, Order.Status.SHIPPING}:
        return HttpResponseRedirect(reverse("orders:status", args=[token]))
    return render(request, "orders/thanks.html", order_page_context(order, token))


def find_order_by_token(request: ShopRequest, token: str) -> Order:
    """Return the order of this shop whose secret this is, with its items. Errors: NotFound."""
    subject = verify_url_token(purpose="order-status", token=token)
    order = (
        Order.objects.select_related("store")
        .prefetch_related(Prefetch("items", OrderItem.objects.order_by("position", "id")))
        .filter(pk=subject, store=request.store.pk)
        .first()
    )
    if order is None:
        raise NotFound(
            _("There is no order at this address. Please use the link in your mail, or have it mailed again.")
        )
    return order


def order_page_context(order: Order, token: str) -> dict[str, Any]:
    """Return what both pages show."""
    return {
        "order": order,
        "lines": items_with_images([item for item in order.items.all() if item.quantity]),
        "status_url": reverse("orders:status", args=[token]),
        "return_url": safe_web_url(
            order.channel.get("return_url") or order.payment_link_details.get("return_url", "")
        ),
        "address_lines": format_address_lines(order.shipping_address),
        "shipments": list_shipments(order),
        "refunds": list_refunds(order),
    }
