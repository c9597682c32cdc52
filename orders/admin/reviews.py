"""The list of reviews in the admin."""

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from orders.admin.order_related_admin import OrderRelatedAdmin
from orders.admin.state_filter import OpenStateFilter
from orders.models import OrderReview
from stores.money import format_money


@admin.register(OrderReview)
class OrderReviewAdmin(OrderRelatedAdmin):
    """View what staff must decide, and what they decided. Reviews are closed on the order's page."""

    list_display = (
        *("order_link", "text", "formatted_amount", "opened_at", "kind", "store_name"),
        *("resolution", "resolved_by", "resolved_at", "payment_link"),
    )
    list_display_links = None
    list_filter = (OpenStateFilter, "kind", "order__store", "opened_at")
    list_select_related = ("order__store",)
    exact_search_fields = ("id", "payment_intent_id", "next_order_number")
    search_help_text = _(
        "Search by the full payment ID or NEXT Commerce number, or by any part of the order number, name, or"
        " email."
    )
    fields = (
        *("order_link", "kind", "text", "payment_link", "next_order_number", "formatted_amount"),
        *("opened_at", "resolution", "resolved_by", "resolved_at", "note"),
    )

    def has_view_permission(self, request: HttpRequest, obj: OrderReview | None = None) -> bool:
        return request.user.has_perm("orders.view_order") or request.user.has_perm("orders.change_order")

    @admin.display(description=_("order"))
    def order_link(self, review: OrderReview) -> SafeString:
        address = reverse("admin:orders_order_change", args=[review.order_id])
        return format_html('<a href="{}">{}</a>', address, review.order.number)

    @admin.display(description=_("payment"))
    def payment_link(self, review: OrderReview) -> str:
        if not review.payment_intent_id:
            return ""
        address = reverse("admin:checkout_paymentintent_change", args=[review.payment_intent_id])
        return format_html('<a href="{}">{}</a>', address, review.payment_intent_id)

    @admin.display(description=_("to refund"))
    def formatted_amount(self, review: OrderReview) -> str:
        if not review.amount_to_refund or not review.is_open:
            return ""
        return format_money(review.amount_to_refund, review.order.currency)

    @admin.display(description=_("store"))
    def store_name(self, review: OrderReview) -> str:
        return review.order.store.name
