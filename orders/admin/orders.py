"""The order list and the order page in the admin."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from orders.admin import csv_export, order_actions, print_views, refund_views
from orders.admin.reviews import InReviewFilter
from orders.models import Order, OrderReview, RefundRequest
from orders.presentation import format_address_lines, list_shipments
from orders.search import search_orders
from orders.total_rows import list_order_rows
from orders.transaction_records import sum_money_moved
from orders.unshipped_items import filter_orders_to_ship, list_items_to_ship
from stores.admin_changelists import LargeTableAdmin
from stores.extendable_admin import ExtendableAdmin
from stores.money import format_money

Status = Order.Status
RefundState = RefundRequest.State
STATUS_BADGES: dict[str, str] = {Status.PAID: "ok", Status.SHIPPING: "ok", Status.CANCELED: "error"}


class ToShipFilter(admin.SimpleListFilter):
    """Show the paid orders of which something is still to ship."""

    title = _("to ship")
    parameter_name = "to_ship"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        return filter_orders_to_ship(queryset) if self.value() == "yes" else queryset


@admin.register(Order)
class OrderAdmin(ExtendableAdmin, LargeTableAdmin):
    """View orders. They change only through NEXT Commerce."""

    list_display = ("number", "badge", "created_at", "name", "amount", "review_text", "email", "store")
    list_display_links = ("number",)
    list_filter = ("status", ToShipFilter, InReviewFilter, "is_test", "store", "created_at")
    list_select_related = ("store",)
    search_fields = ("number",)  # shows the search box; see `get_search_results`
    search_help_text = _(
        "Search by any part of the number, name, or email, or by the full NEXT Commerce number."
    )
    actions = (csv_export.export_selected,)
    panel_slots = ("review", "payments", "buttons", "links")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.export_order")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        open_reviews = OrderReview.objects.open().order_by("opened_at")
        return super().get_queryset(request).prefetch_related(Prefetch("reviews", open_reviews))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        by_next_number = Order.objects.filter(next_order_number=text).values_list("pk", flat=True)[:2]
        if order_ids := list(by_next_number):
            return queryset.filter(pk__in=order_ids), False
        return search_orders(orders=queryset, text=text), False

    @admin.display(description=_("status"), ordering="status")
    def badge(self, order: Order) -> SafeString:
        return format_html(
            '<span class="order-badge order-badge--{}">{}</span>',
            STATUS_BADGES.get(order.status, "warn"),
            order.get_status_display(),
        )

    @admin.display(description=_("total"), ordering="total")
    def amount(self, order: Order) -> str:
        """Show the total, and what is left of it after refunds."""
        total = format_money(order.total, order.currency)
        if not order.refunded_amount:
            return total
        refunded = format_money(order.refunded_amount, order.currency)
        net = format_money(order.net_total, order.currency)
        note = _("Refunded %(refunded)s of %(total)s.") % {"refunded": refunded, "total": total}
        return format_html('{}<span class="quiet">{}</span>', net, note)

    @admin.display(description=_("in review"))
    def review_text(self, order: Order) -> str:
        text = " ".join(review.translated_text for review in order.reviews.all())
        return format_html('<span class="list-sentence">{}</span>', text) if text else ""

    class Media:
        css = {"all": ("css/admin/orders.css",)}

    @classmethod
    def register_order_view(cls, name: str, view: order_actions.OrderAdminView) -> None:
        """Serve a view of one order at `<order>/<name>/`, named `orders_order_<name>`."""
        wrapped = order_actions.wrap_order_view(view)
        cls.register_view(f"<str:order_id>/{name}/", wrapped, name=f"orders_order_{name}")

    def get_urls(self) -> list[URLPattern]:
        export = self.admin_site.admin_view(csv_export.make_export_view(self))
        return [path("export/", export, name="orders_order_export"), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show everything about one order at a glance."""
        order_actions.require_permission(self.has_view_permission(request))
        order = get_object_or_404(
            Order.objects.select_related("store", "customer").prefetch_related(
                *(
                    "items",
                    "addresses",
                    "refunds",
                    "discounts",
                    "tax_lines",
                    "transactions",
                    "refund_requests",
                    "events",
                    "notifications",
                    "reviews",
                )
            ),
            pk=unquote(object_id),  # links in the list quote the id
        )
        return TemplateResponse(request, "admin/orders/order.html", self.get_page_context(request, order))

    def get_page_context(self, request: HttpRequest, order: Order) -> dict[str, Any]:
        """Return the page's context, with the panels registered by other apps."""
        reviews = order.reviews.all()
        return {
            **self.admin_site.each_context(request),
            "title": order.number,
            "opts": self.opts,
            "media": self.media,
            "order": order,
            "badge": STATUS_BADGES.get(order.status, "warn"),
            "items": order.items.all(),
            "events": reversed(order.events.all()),
            "notifications": order.notifications.all(),
            "address_lines": format_address_lines(order.shipping_address),
            "shipments": list_shipments(order),
            "items_to_ship": list_items_to_ship(order),
            "total_rows": list_order_rows(order),
            "transactions": order.transactions.all(),
            "moved": sum_money_moved(order),
            "pending_refunds": [
                row for row in order.refund_requests.all() if row.state == RefundState.PENDING
            ],
            "refused_refunds": [
                row for row in order.refund_requests.all() if row.state == RefundState.REFUSED
            ],
            "left_to_refund": order.net_total,
            "open_reviews": [review for review in reversed(reviews) if review.is_open],
            "closed_reviews": [review for review in reviews if not review.is_open],
            "panels": self.build_panels(request, order),
            "customer_orders": Order.objects.filter(customer=order.customer_id).count()
            if order.customer_id
            else 0,
        }


OrderAdmin.register_order_view("refund", refund_views.refund_order_view)
OrderAdmin.register_order_view("cancel", order_actions.cancel_order_view)
OrderAdmin.register_order_view("retry-verification", order_actions.retry_verification_view)
OrderAdmin.register_order_view("note", order_actions.add_note_view)
OrderAdmin.register_order_view("email", order_actions.resend_email_view)
OrderAdmin.register_order_view("close-review", order_actions.close_review_view)
OrderAdmin.register_order_view("customer-page", order_actions.customer_page_view)
OrderAdmin.register_order_view("next-status-page", order_actions.next_status_page_view)
OrderAdmin.register_order_view("packing-slip", print_views.packing_slip_view)
OrderAdmin.register_order_view("invoice", print_views.order_invoice_view)
