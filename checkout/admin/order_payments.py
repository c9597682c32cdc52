"""The order's page in the admin, with its payments."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from checkout.models import PaymentIntent
from checkout.payments.settle import check_payment_intent
from orders.admin import OrderAdmin, order_actions
from orders.models import Order, OrderEvent

admin.site.unregister(Order)


@admin.register(Order)
class OrderPaymentsAdmin(OrderAdmin):
    """The order's page with its payments, and a button that finds out what the store knows of them."""

    def get_urls(self) -> list[URLPattern]:
        checked = self.admin_site.admin_view(order_actions.wrap_order_view(self, check_order_view))
        return [path("<str:order_id>/check/", checked, name="orders_order_check"), *super().get_urls()]

    def get_page_context(self, request: HttpRequest, order: Order) -> dict[str, Any]:
        return {
            **super().get_page_context(request, order),
            "intents": PaymentIntent.objects.filter(order=order).order_by("-created_at"),
        }


@order_actions.require_change_by_post
def check_order_view(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order
) -> HttpResponse:
    """Ask the store about everything that may have been paid, and about the order it has."""
    for intent in PaymentIntent.objects.select_related("order", "store").filter(order=order):
        if intent.can_be_paid:
            check_payment_intent(intent=intent, source=OrderEvent.Source.STAFF)
    order.refresh_from_db()
    if order.next_order_number:
        return order_actions.refresh_order_view(model_admin, request, order)
    messages.info(request, _("The store knows of no payment for this order."))
    return order_actions.redirect_to_order(order)
