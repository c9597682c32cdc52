"""Customers in the admin: the list with what each has bought, and a page with everything about one."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.admin.order_columns import PAYMENT_BADGES
from orders.customer_summary import Spending, find_consent, list_newest_orders, sum_spending, sum_spending_of
from orders.models import Customer
from stores.admin_changelists import LargeChangeList, LargeTableAdmin
from stores.extendable_admin import ExtendableAdmin
from stores.money import format_money
from stores.search import search_text_contains
from stores.staff_stores import render_in_store_zone


class CustomerChangeList(LargeChangeList):
    """Adds what the customers of the page have bought, in one query."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        spending = sum_spending_of([customer.pk for customer in self.result_list])
        for customer in self.result_list:
            customer.spending = spending.get(customer.pk, [])


@admin.register(Customer)
class CustomerAdmin(ExtendableAdmin, LargeTableAdmin):
    """View and correct customers. Orders and the API create them."""

    list_display = ("name_text", "contact", "order_count", "spent", "last_order", "created_at", "store")
    list_filter = ("store",)
    list_select_related = ("store",)
    search_fields = ("id",)  # shows the search box; see `get_search_results`
    search_help_text = gettext_lazy(
        "Search by any part of the name, email, phone, or merchant's ID, or by the full customer ID."
    )
    fields = ("name", "email", "phone", "description", "merchant_uuid")
    change_form_template = "admin/orders/customer.html"
    panel_slots = ("main", "actions")

    class Media:
        css = {"all": ("css/admin/orders.css", "css/admin/order-list.css", "css/admin/payment-requests.css")}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CustomerChangeList

    def get_readonly_fields(self, request: HttpRequest, obj: Customer | None = None) -> Any:
        return self.fields if obj and obj.erased_at else self.readonly_fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        return queryset.filter(Q(pk=text) if text.startswith("cus_") else search_text_contains(text)), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        return False  # personal data is erased instead

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.export_customer")

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.erase_customer")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        title = {"title": gettext_lazy("Customers")}
        return super().changelist_view(request, title | (extra_context or {}))

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        customer: Customer = kwargs["obj"]
        context |= {
            "title": str(customer),
            "subtitle": None,
            "customer": customer,
            "spending": sum_spending(customer),
            "consent": find_consent(customer),
            "orders": [
                (order, PAYMENT_BADGES.get(order.status, "warn")) for order in list_newest_orders(customer)
            ]
            if request.user.has_perm("orders.view_order")
            else [],
            "panels": self.build_panels(request, customer),
        }
        show_form = super().render_change_form
        return render_in_store_zone(customer.store, lambda: show_form(request, context, *args, **kwargs))

    @admin.display(description=gettext_lazy("name"))
    def name_text(self, customer: Customer) -> str:
        return _("Erased") if customer.erased_at else str(customer)

    @admin.display(description=gettext_lazy("contact"))
    def contact(self, customer: Customer) -> SafeString:
        return format_html(
            '<bdi>{}</bdi><span class="quiet">{}</span>', customer.email or "–", customer.phone
        )

    @admin.display(description=gettext_lazy("orders"))
    def order_count(self, customer: Customer) -> int:
        return sum(row.order_count for row in self.get_spending(customer))

    @admin.display(description=gettext_lazy("spent"))
    def spent(self, customer: Customer) -> SafeString | str:
        rows = self.get_spending(customer)
        return format_html_join("", "{}<br>", ([format_money(row.net, row.currency)] for row in rows)) or "–"

    @admin.display(description=gettext_lazy("last order"))
    def last_order(self, customer: Customer) -> str:
        dates = [row.last_paid_at for row in self.get_spending(customer)]
        return date_format(localtime(max(dates)), "SHORT_DATE_FORMAT") if dates else "–"

    def get_spending(self, customer: Customer) -> list[Spending]:
        """Return what the list loaded for the whole page."""
        spending: list[Spending] = getattr(customer, "spending", [])
        return spending
