"""The thank-you page and the status page of an order, both at its secret URL."""

from typing import Any

from django.db.models import Prefetch
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orders.after_payment import build_continue_url
from orders.models import Order, OrderItem
from orders.presentation import (
    format_address_lines,
    items_with_images,
    list_items_to_come,
    list_shipments,
)
from orders.self_service import get_change_deadline, is_being_canceled, is_changeable
from orders.total_rows import list_order_rows
from orders.unshipped_items import list_items_to_ship
from stores.crypto import verify_url_token
from stores.dates import format_store_time
from stores.decorators import private_page
from stores.http import ShopRequest
from stores.lookups import get_or_not_found


@private_page
@require_safe
def show_order_status(request: ShopRequest, token: str) -> HttpResponse:
    """Show the status page. Raises NotFound."""
    order = find_order_by_token(request, token)
    return render(request, "orders/order_status.html", order_page_context(order, token))


@private_page
@require_safe
def show_thank_you(request: ShopRequest, token: str) -> HttpResponse:
    """Show the thank-you page, or redirect to the status page if the order is unpaid or in review.

    An order whose payment is on its way is thanked for, too.

    Raises NotFound.
    """
    order = find_order_by_token(request, token)
    is_placed = order.status in {Order.Status.PAID, Order.Status.SHIPPING} or order.is_payment_pending
    if not is_placed or order.is_in_review:
        return HttpResponseRedirect(reverse("orders:status", args=[token]))
    return render(request, "orders/thanks.html", order_page_context(order, token))


def find_order_by_token(request: ShopRequest, token: str) -> Order:
    """Return this store's order with this secret token, with items. Raises NotFound."""
    subject = verify_url_token(purpose="order-status", token=token)
    orders = Order.objects.select_related("store").prefetch_related(
        Prefetch("items", OrderItem.objects.order_by("position", "id"))
    )
    message = _("We can't find this order. Use the link in your email or request a new one.")
    return get_or_not_found(orders, message, pk=subject, store=request.store.pk)


def order_page_context(order: Order, token: str) -> dict[str, Any]:
    """Return the context both pages share."""
    return {
        "order": order,
        "lines": items_with_images([item for item in order.items.all() if item.quantity]),
        "status_url": reverse("orders:status", args=[token]),
        "withdrawal_url": reverse("orders:withdraw-order", args=[token])
        if order.is_paid and order.store.has_withdrawal_function
        else "",
        "has_documents": bool(order.invoice_number) and not order.is_erased,
        "credit_notes": list(order.credit_notes.all()) if order.refunded_amount else [],
        **describe_cancellation(order, token),
        "return_url": build_continue_url(order),
        "return_label": order.payment_link_details.get("return_label", ""),
        "thank_you_text": order.payment_link_details.get("thank_you_text", ""),
        "address_lines": format_address_lines(order.shipping_address),
        "shipments": list_shipments(order),
        "items_to_come": list_items_to_come(order),
        "items_to_ship": list_items_to_ship(order),
        "total_rows": list_order_rows(order),
    }


def describe_cancellation(order: Order, token: str) -> dict[str, Any]:
    """Return until when the shopper can cancel the order and where, or that it is on its way."""
    deadline = get_change_deadline(order)
    if deadline is None:
        return {}
    if is_being_canceled(order):
        return {"is_being_canceled": True}
    if not is_changeable(order):
        return {}
    return {
        "cancel_url": reverse("orders:cancel-order", args=[token]),
        "may_change_address": True,
        "cancel_until": format_store_time(deadline, order.store),
    }
