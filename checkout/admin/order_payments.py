"""The payments on an order's admin page, with a button that checks them with NEXT."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from checkout.models import PaymentIntent, UpsellAttempt
from checkout.payments.settle import check_payment_intent
from orders.admin import OrderAdmin, order_actions
from orders.admin.timeline import TimelineEntry
from orders.models import Order, OrderEvent
from stores.extendable_admin import AdminPanel
from stores.money import format_money


def build_payment_panels(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order
) -> list[AdminPanel]:
    """Return the panels with the order's payments, the payments in review, and the check button."""
    reviews = {review.payment_intent_id: review for review in order.reviews.all() if review.is_of_payment}
    intents = PaymentIntent.objects.filter(order=order).order_by("-created_at")
    context = {
        "payments": [(intent, reviews.get(intent.pk)) for intent in intents],
        "upsell_attempts": order.upsell_attempts.exclude(
            status__in=(UpsellAttempt.Status.SHOWN, UpsellAttempt.Status.DECLINED)
        ),
    }
    return [
        AdminPanel("review", "admin/checkout/order_review.html", context),
        AdminPanel("payments", "admin/checkout/order_payments.html", context),
        AdminPanel("buttons", "admin/checkout/order_check_button.html"),
    ]


@order_actions.allow_by_post("orders.change_order")
def check_order_view(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order
) -> HttpResponse:
    """Check with NEXT every payment that may have succeeded, then refresh the order."""
    for intent in PaymentIntent.objects.select_related("order", "store").filter(order=order):
        if intent.can_be_paid:
            check_payment_intent(intent=intent, source=OrderEvent.Source.STAFF)
    order.refresh_from_db()
    if order.next_order_number:
        return order_actions.refresh_order_view(model_admin, request, order)
    messages.info(request, _("NEXT Commerce has no payment for this order."))
    return order_actions.redirect_to_admin_order(order)


def list_payment_entries(order: Order) -> list[TimelineEntry]:
    """Return when each payment of the order was started, for its timeline."""
    return [
        TimelineEntry(
            at=intent.created_at,
            kind="money",
            title=_("Payment started: %(amount)s") % {"amount": format_money(intent.amount, intent.currency)},
            url=reverse("admin:checkout_paymentintent_change", args=[intent.pk]),
            badge=("plain", str(intent.get_status_display())),
        )
        for intent in PaymentIntent.objects.filter(order=order)
    ]


OrderAdmin.register_panels(build_payment_panels)
OrderAdmin.register_timeline(list_payment_entries)
OrderAdmin.register_order_view("check", check_order_view)
