"""Payment requests on the pages of others: those of a customer, and a new one from a payment link."""

from typing import Any

from django.http import HttpRequest

from catalog.admin.payment_links import PaymentLinkAdmin
from catalog.models import PaymentLink
from orders.admin.customers import CustomerAdmin
from orders.admin.payment_request_columns import STATE_BADGES
from orders.models import Customer
from orders.payment_request_state import annotate_state, get_request_state
from orders.privacy import list_customer_requests
from stores.extendable_admin import AdminPanel
from stores.money import format_money

NEWEST = 10


def build_request_button(model_admin: Any, request: HttpRequest, link: PaymentLink) -> list[AdminPanel]:
    """Return the button that asks somebody to pay what the link sells, if staff may ask."""
    if not request.user.has_perm("orders.add_paymentrequest"):
        return []
    return [AdminPanel("actions", "admin/orders/request_from_link.html")]


def build_customer_requests(model_admin: Any, request: HttpRequest, customer: Customer) -> list[AdminPanel]:
    """Return the customer's newest requests, if there are any and staff may view them."""
    if not request.user.has_perm("orders.view_paymentrequest"):
        return []
    newest = annotate_state(list_customer_requests(customer)).order_by("-created_at", "-pk")[:NEWEST]
    rows = []
    for row in newest:
        state = get_request_state(row)
        amount = format_money(row.amount, row.currency)
        rows.append((row, amount, STATE_BADGES.get(state, "plain"), state.label))
    return [AdminPanel("main", "admin/orders/customer_requests.html", {"requests": rows})] if rows else []


PaymentLinkAdmin.register_panels(build_request_button)
CustomerAdmin.register_panels(build_customer_requests)
