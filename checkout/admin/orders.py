"""What checkout adds to the admin: payment intents, shipping methods, and the payments of an order."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from checkout.models import PaymentIntent, ShippingMethod
from checkout.settlement import look, may_be_paid
from orders.admin import OrderAdmin, actions
from orders.models import Order, OrderEvent


class ReadOnlyAdmin(admin.ModelAdmin):
    """To be looked at: rows are made and moved by the program alone."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(PaymentIntent)
class PaymentIntentAdmin(ReadOnlyAdmin):
    list_display = ("id", "status", "order", "amount", "currency", "store", "created_at", "review_reason")
    list_filter = ("status", "store", "created_at")
    list_select_related = ("order", "store")
    search_fields = ("id", "order__number", "store_order_number")
    show_full_result_count = False
    # The payment page's address is a secret of the shopper's; the snapshot repeats the order.
    exclude = ("payment_complete_url", "snapshot", "fingerprint")


@admin.register(ShippingMethod)
class ShippingMethodAdmin(ReadOnlyAdmin):
    list_display = ("name", "code", "store", "delivery_time", "is_public", "refreshed_at")
    list_filter = ("store", "is_public")
    list_select_related = ("store",)


admin.site.unregister(Order)


@admin.register(Order)
class PaidOrderAdmin(OrderAdmin):
    """The order's page with its payments, and a button that finds out what the store knows of them."""

    def get_urls(self) -> list[URLPattern]:
        checked = self.admin_site.admin_view(actions.of_order(self, check))
        return [path("<str:order_id>/check/", checked, name="orders_order_check"), *super().get_urls()]

    def context_of(self, request: HttpRequest, order: Order) -> dict[str, Any]:
        return {
            **super().context_of(request, order),
            "intents": PaymentIntent.objects.filter(order=order).order_by("-created_at"),
        }


@actions.changes
def check(site: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order) -> HttpResponse:
    """Ask the store about everything that may have been paid, and about the order it has."""
    for intent in PaymentIntent.objects.select_related("order", "store").filter(order=order):
        if may_be_paid(intent):
            look(intent=intent, source=OrderEvent.Source.STAFF)
    order.refresh_from_db()
    if order.store_order_number:
        return actions.refresh_now(site, request, order)
    messages.info(request, _("The store knows of no payment for this order."))
    return actions.back(order)
