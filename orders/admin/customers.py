"""Customers in the admin."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from orders.customers import with_payment_totals
from orders.models import Customer
from stores.admin_changelists import LargeTableAdmin
from stores.extendable_admin import ExtendableAdmin
from stores.money import format_money
from stores.search import search_text_contains


@admin.register(Customer)
class CustomerAdmin(ExtendableAdmin, LargeTableAdmin):
    """View and correct customers. Orders and the API create them."""

    list_display = ("__str__", "email", "phone", "store", "created_at", "erased_at")
    list_filter = ("store",)
    list_select_related = ("store",)
    search_fields = ("id",)  # shows the search box; see `get_search_results`
    search_help_text = gettext_lazy(
        "Search by any part of the name, email, phone, or merchant's ID, or by the full customer ID."
    )
    fields = (
        "store",
        "name",
        "email",
        "phone",
        "merchant_uuid",
        "description",
        "metadata",
        "paid",
        "refunded",
        "created_at",
        "erased_at",
    )
    readonly_fields = ("store", "paid", "refunded", "metadata", "created_at", "erased_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Customer | None = None) -> Any:
        return self.fields if obj and obj.erased_at else self.readonly_fields

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        # Compute totals for this page only, not for each row of the list.
        return with_payment_totals(self.get_queryset(request)).filter(pk=object_id).first()

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

    @admin.display(description=gettext_lazy("paid"))
    def paid(self, customer: Customer) -> str:
        return format_money(getattr(customer, "paid", Decimal(0)), customer.store.currency)

    @admin.display(description=gettext_lazy("refunded"))
    def refunded(self, customer: Customer) -> str:
        return format_money(getattr(customer, "refunded", Decimal(0)), customer.store.currency)
