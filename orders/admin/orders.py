"""The order list and the order page in the admin."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from orders.admin import bulk_actions, csv_export, order_actions, print_views, refund_views, saved_views
from orders.admin.contract_notices import list_order_notices
from orders.admin.neighbors import FILTERS, find_neighbors, get_list_query
from orders.admin.order_columns import PAYMENT_BADGES, OrderColumns
from orders.admin.order_filter_form import build_filter_form, without_paging
from orders.admin.order_filters import ORDER_FILTERS
from orders.admin.saved_views import list_tabs
from orders.admin.timeline import TimelineEntry, build_timeline
from orders.mentions import suggest_names
from orders.models import Notification, Order, OrderReview, RefundRequest
from orders.presentation import format_address_lines, list_shipments
from orders.search import search_orders
from orders.tags import list_tags_in_use
from orders.total_rows import list_order_rows
from orders.transaction_records import sum_money_moved
from orders.unshipped_items import list_items_to_ship
from stores.admin_changelists import LargeChangeList, LargeTableAdmin
from stores.extendable_admin import ExtendableAdmin
from stores.staff_stores import render_in_store_zone

RefundState = RefundRequest.State


class OrderChangeList(LargeChangeList):
    """Loads what the columns show for all rows of a page at once."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Order]:
        undelivered = Notification.objects.filter(sent_at=None, next_try_at=None)
        rows: QuerySet[Order] = super().get_queryset(request, exclude_parameters)
        return rows.prefetch_related(
            Prefetch("reviews", OrderReview.objects.open().order_by("opened_at")),
            Prefetch("notifications", undelivered, to_attr="undelivered_emails"),
            *("items", "tags"),
        )


@admin.register(Order)
class OrderAdmin(OrderColumns, ExtendableAdmin, LargeTableAdmin):
    """View orders. They change only through NEXT Commerce."""

    list_display = (
        *("number", "placed", "customer_text", "items_text", "amount", "status_text"),
        "store",
    )
    list_display_links = ("number",)
    list_filter = ORDER_FILTERS
    list_select_related = ("store",)
    search_fields = ("number",)  # shows the search box; see `get_search_results`
    search_help_text = _(
        "Search by any part of the number, name, or email, or by the full NEXT Commerce number."
    )
    action_form = bulk_actions.OrderActionForm
    actions = (
        bulk_actions.print_packing_slips,
        bulk_actions.add_tag_to_selected,
        bulk_actions.remove_tag_from_selected,
        bulk_actions.close_selected_reviews,
        csv_export.export_selected,
    )
    panel_slots = ("review", "payments", "buttons", "links")
    timeline_builders: ClassVar[tuple[Callable[[Order], Iterable[TimelineEntry]], ...]] = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.export_order")

    def get_sortable_by(self, request: HttpRequest) -> list[str | Callable[[Any], str | bool]]:
        return ["placed"]  # by `created_at`

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return OrderChangeList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        filter_form = build_filter_form(request)
        tabs = list_tabs(request)
        context = {
            "title": _("Orders"),
            "filter_form": filter_form,
            "active_filters": filter_form.list_active(),
            "tabs": tabs,
            "is_saved_view": any(tab.is_active for tab in tabs),
            "current_query": without_paging(request.GET).urlencode(),
        }
        return super().changelist_view(request, context | (extra_context or {}))

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

    class Media:
        css = {"all": ("css/admin/orders.css", "css/admin/order-list.css")}

    @classmethod
    def register_order_view(cls, name: str, view: order_actions.OrderAdminView) -> None:
        """Serve a view of one order at `<order>/<name>/`, named `orders_order_<name>`."""
        wrapped = order_actions.wrap_order_view(view)
        cls.register_view(f"<str:order_id>/{name}/", wrapped, name=f"orders_order_{name}")

    @classmethod
    def register_timeline(cls, build: Callable[[Order], Iterable[TimelineEntry]]) -> None:
        """Add what an app above knows to the timeline of an order's page."""
        cls.timeline_builders = (*cls.timeline_builders, build)

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
            Order.objects.select_related("store", "customer", "payment_request").prefetch_related(
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
                    "tags",
                    "notices",
                    "consents",
                )
            ),
            pk=unquote(object_id),  # links in the list quote the id
        )
        return render_in_store_zone(
            order.store,
            lambda: TemplateResponse(
                request, "admin/orders/order.html", self.get_page_context(request, order)
            ),
        )

    def get_page_context(self, request: HttpRequest, order: Order) -> dict[str, Any]:
        """Return the page's context, with what other apps registered."""
        reviews, shipments = order.reviews.all(), list_shipments(order)
        above, below = find_neighbors(self, request, order)
        added = [entry for build in self.timeline_builders for entry in build(order)]
        return {
            **self.admin_site.each_context(request),
            "title": order.number,
            "opts": self.opts,
            "media": self.media,
            "order": order,
            "payment_request": getattr(order, "payment_request", None),
            "badge": PAYMENT_BADGES.get(order.status, "warn"),
            "items": order.items.all(),
            "timeline": build_timeline(order=order, shipments=shipments, added=added),
            "above": above,
            "below": below,
            "list_query": get_list_query(request),
            "back_query": request.GET.get(FILTERS, ""),
            "staff_names": suggest_names(request.user),
            "tag_names": list_tags_in_use(),
            "address_lines": format_address_lines(order.shipping_address),
            "shipments": shipments,
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
            "notices": list_order_notices(request, order),
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
OrderAdmin.register_order_view("tag", order_actions.tag_order_view)
OrderAdmin.register_order_view("email", order_actions.resend_email_view)
OrderAdmin.register_order_view("close-review", order_actions.close_review_view)
OrderAdmin.register_order_view("customer-page", order_actions.customer_page_view)
OrderAdmin.register_order_view("next-status-page", order_actions.next_status_page_view)
OrderAdmin.register_order_view("packing-slip", print_views.packing_slip_view)
OrderAdmin.register_order_view("invoice", print_views.order_invoice_view)
OrderAdmin.register_view("views/save/", saved_views.save_view, name="orders_order_save_view")
OrderAdmin.register_view("views/delete/", saved_views.delete_view, name="orders_order_delete_view")
