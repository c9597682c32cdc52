"""The list of orders, and the page of one."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.admin import csv_export, order_actions, print_views
from orders.models import Order
from orders.presentation import address_lines, shipments, shown_refunds, subscriptions_of
from orders.search import matching
from stores.admin_changelists import LongList
from stores.money import show_money

BADGES = {"Paid": "ok", "Shipping": "ok", "Canceled": "error"}


@admin.register(Order)
class OrderAdmin(LongList):
    """Orders are looked at here, and changed only by asking the store."""

    list_display = ("number", "badge", "name", "email", "amount", "store", "created_at", "attention")
    list_display_links = ("number",)
    list_filter = (
        "status",
        ("review_reason", admin.EmptyFieldListFilter),
        "is_test",
        "store",
        "created_at",
    )
    list_select_related = ("store",)
    search_fields = ("number",)  # `get_search_results` does it
    search_help_text = _("Any part of the number, name or e-mail; or the whole number in the store.")
    actions = (csv_export.export_selected,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        by_store = Order.objects.filter(store_order_number=text).values_list("pk", flat=True)[:2]
        if found := list(by_store):
            return queryset.filter(pk__in=found), False
        return matching(orders=queryset, text=text), False

    @admin.display(description=_("status"), ordering="status")
    def badge(self, order: Order) -> SafeString:
        return format_html(
            '<span class="order-badge order-badge--{}">{}</span>',
            BADGES.get(order.status, "warn"),
            order.get_status_display(),
        )

    @admin.display(description=_("total"), ordering="total")
    def amount(self, order: Order) -> str:
        return show_money(order.total, order.currency)

    @admin.display(description=_("to review"), ordering="review_reason")
    def attention(self, order: Order) -> str:
        return gettext(order.review_reason) if order.review_reason else ""

    class Media:
        css = {"all": ("css/orders-admin.css",)}

    def get_urls(self) -> list[URLPattern]:
        def one(name: str, view: Any) -> URLPattern:
            wrapped = self.admin_site.admin_view(order_actions.of_order(self, view))
            return path(f"<str:order_id>/{name}/", wrapped, name=f"orders_order_{name}")

        return [
            path(
                "export/",
                self.admin_site.admin_view(csv_export.export_view(self)),
                name="orders_order_export",
            ),
            one("refund", order_actions.refund),
            one("cancel", order_actions.cancel),
            one("verification", order_actions.verification),
            one("note", order_actions.note),
            one("mail", order_actions.mail_again),
            one("reviewed", order_actions.reviewed),
            one("packing-slip", print_views.packing_slip),
            one("invoice", print_views.invoice),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Everything about one order at a glance."""
        order_actions.require(self.has_view_permission(request))
        order = get_object_or_404(
            Order.objects.select_related("store", "customer").prefetch_related("items", "events", "mails"),
            pk=unquote(object_id),  # the list's links quote it
        )
        return TemplateResponse(request, "admin/orders/order.html", self.context_of(request, order))

    def context_of(self, request: HttpRequest, order: Order) -> dict[str, Any]:
        """What the page shows; floors above add to it."""
        return {
            **self.admin_site.each_context(request),
            "title": order.number,
            "opts": self.opts,
            "media": self.media,
            "order": order,
            "badge": BADGES.get(order.status, "warn"),
            "items": order.items.all(),
            "events": reversed(order.events.all()),
            "mails": order.mails.all(),
            "address_lines": address_lines(order.shipping_address),
            "shipments": shipments(order),
            "refunds": shown_refunds(order),
            "left_to_refund": order.total - order.refunded_amount,
            "may_change": request.user.has_perm("orders.change_order"),
            "status_url": f"{order.store.origin}{order.get_absolute_url()}",
            "subscriptions": subscriptions_of(order),
            "customer_orders": Order.objects.filter(customer=order.customer_id).count()
            if order.customer_id
            else 0,
        }
