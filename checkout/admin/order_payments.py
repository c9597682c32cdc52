"""An order's payments on its page in the admin, with a button that asks the store about them."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from checkout.models import PaymentIntent
from checkout.payments.settle import check_payment_intent
from orders.admin import OrderAdmin, order_actions
from orders.models import Order, OrderEvent
from stores.extendable_admin import AdminPanel


def build_payment_panels(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order
) -> list[AdminPanel]:
    context = {"intents": PaymentIntent.objects.filter(order=order).order_by("-created_at")}
    return [
        AdminPanel("review", "admin/checkout/order_review.html", context),
        AdminPanel("payments", "admin/checkout/order_payments.html", context),
        AdminPanel("buttons", "admin/checkout/order_check_button.html"),
    ]


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


OrderAdmin.register_panels(build_payment_panels)
OrderAdmin.register_order_view("check", check_order_view)
