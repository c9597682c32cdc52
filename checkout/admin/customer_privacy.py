"""Customers in the admin: found, and on their own wish handed over as JSON or erased.

On this floor, since erasing reaches payment intents and webhook events too.
"""

from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from checkout.privacy import erase_customer, export_customer
from orders.customers import with_payment_totals
from orders.models import Customer
from orders.search import search_text_contains
from stores.admin_changelists import LargeTableAdmin
from stores.errors import Problem
from stores.money import format_money


@admin.register(Customer)
class CustomerAdmin(LargeTableAdmin):
    """Customers come from orders and the API; here they are read, exported and erased."""

    list_display = ("__str__", "email", "phone", "store", "created_at", "erased_at")
    list_filter = ("store",)
    list_select_related = ("store",)
    search_fields = ("id",)  # `get_search_results` does it
    search_help_text = gettext_lazy("Any part of the name, e-mail, phone or merchant's id; or the whole id.")
    actions = ("export_as_json", "erase")
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
        # Totals are for one page, not for each row of the list.
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
        return False  # erased instead

    @admin.display(description=gettext_lazy("paid"))
    def paid(self, customer: Customer) -> str:
        return format_money(getattr(customer, "paid", Decimal(0)), customer.store.currency)

    @admin.display(description=gettext_lazy("refunded"))
    def refunded(self, customer: Customer) -> str:
        return format_money(getattr(customer, "refunded", Decimal(0)), customer.store.currency)

    @admin.action(description=gettext_lazy("Export as JSON"), permissions=["change"])
    def export_as_json(self, request: HttpRequest, queryset: QuerySet[Customer]) -> HttpResponse | None:
        """One customer's data as a file."""
        customers = list(queryset.select_related("store")[:2])
        if len(customers) != 1:
            self.message_user(request, _("Choose one customer."), messages.ERROR)
            return None
        (customer,) = customers
        data = export_customer(customer=customer, actor=request.user.get_username())
        self.log_change(request, customer, _("Exported."))
        response = JsonResponse(
            data, encoder=DjangoJSONEncoder, json_dumps_params={"indent": 2, "ensure_ascii": False}
        )
        response.headers["Content-Disposition"] = f'attachment; filename="{customer.pk}.json"'
        response.headers["Cache-Control"] = "no-store"
        return response

    @admin.action(description=gettext_lazy("Erase personal data"), permissions=["change"])
    def erase(self, request: HttpRequest, queryset: QuerySet[Customer]) -> HttpResponse | None:
        """Asks first; then empties what is personal for good."""
        if "confirmed" not in request.POST:
            return TemplateResponse(
                request,
                "admin/orders/customer/erase.html",
                {
                    **self.admin_site.each_context(request),
                    "title": _("Erase personal data"),
                    "customers": queryset.select_related("store"),
                    "opts": self.opts,
                },
            )
        for customer in queryset.select_related("store"):
            try:
                erase_customer(customer=customer, actor=request.user.get_username())
            except Problem as problem:
                self.message_user(request, f"{customer}: {problem.message}", messages.ERROR)
                continue
            customer.refresh_from_db()  # its old name is in no log
            self.log_change(request, customer, _("Personal data erased."))
            self.message_user(
                request,
                _("%(customer)s is erased. The NEXT Commerce store keeps its own data: erase it there too.")
                % {"customer": customer.pk},
            )
        return None
