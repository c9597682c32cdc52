"""What the pages of an order and of a customer show of their subscriptions."""

from django.contrib import admin
from django.http import HttpRequest

from orders.admin import CustomerAdmin, OrderAdmin
from orders.models import Customer, Order
from stores.extendable_admin import AdminPanel
from subscriptions.admin.columns import describe_state
from subscriptions.privacy import list_customer_subscriptions
from subscriptions.selectors import list_order_subscriptions
from subscriptions.subscription_lines import LINES_PREFETCH

MAX_LISTED = 20


def build_order_panels(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order
) -> list[AdminPanel]:
    """Link an order's page to its subscriptions."""
    context = {"subscriptions": list_order_subscriptions(order)}
    return [AdminPanel("links", "admin/subscriptions/order_links.html", context)]


def build_customer_panels(
    model_admin: "admin.ModelAdmin[Customer]", request: HttpRequest, customer: Customer
) -> list[AdminPanel]:
    """List a customer's subscriptions for staff who may view them."""
    if not request.user.has_perm("subscriptions.view_subscription"):
        return []
    rows = list_customer_subscriptions(customer).order_by("-created_at", "-pk")
    rows = rows.select_related("store", "order").prefetch_related(LINES_PREFETCH)[:MAX_LISTED]
    subscriptions = [(subscription, describe_state(subscription)) for subscription in rows]
    context = {"subscriptions": subscriptions}
    return [AdminPanel("main", "admin/subscriptions/customer_subscriptions.html", context)]


OrderAdmin.register_panels(build_order_panels)
CustomerAdmin.register_panels(build_customer_panels)
