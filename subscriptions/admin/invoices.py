"""Invoices in the admin, read-only."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy

from orders.admin.order_related_admin import OrderRelatedAdmin
from stores.money import format_money
from subscriptions.models import Invoice, InvoiceLine


class InvoiceLineInline(admin.TabularInline):
    """Rows that anyone who may view the invoice sees and nobody changes."""

    model = InvoiceLine
    fields = ("description", "price")
    readonly_fields = ("description",)
    extra = 0
    can_delete = False

    @admin.display(description=gettext_lazy("item"))
    def description(self, line: InvoiceLine) -> str:
        return str(line)

    def has_view_permission(self, request: HttpRequest, obj: Invoice | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Invoice | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Invoice | None = None) -> bool:
        return False


@admin.register(Invoice)
class InvoiceAdmin(OrderRelatedAdmin):
    list_display = ("created_at", "customer_text", "status", "amount_text", "order", "cycle", "subscription")
    list_filter = ("status", "store", "created_at")
    list_select_related = ("subscription__order", "order")
    exact_search_fields = ("id", "subscription", "next_order_number")
    search_help_text = gettext_lazy(
        "Search by the full invoice or subscription ID or NEXT Commerce number, or by any part of the order"
        " number, name, or email."
    )
    fields = (
        *("subscription", "order", "next_number", "status", "cycle", "amount_text"),
        *("attempt_count", "created_at", "paid_at", "voided_text"),
    )
    inlines = (InvoiceLineInline,)

    @admin.display(description=gettext_lazy("customer"))
    def customer_text(self, invoice: Invoice) -> str:
        return invoice.subscription.order.name or "–"

    @admin.display(description=gettext_lazy("amount"))
    def amount_text(self, invoice: Invoice) -> str:
        return format_money(invoice.amount, invoice.currency)

    @admin.display(description=gettext_lazy("NEXT Commerce number"))
    def next_number(self, invoice: Invoice) -> str:
        return invoice.next_order_number or "–"

    @admin.display(description=gettext_lazy("voided at"))
    def voided_text(self, invoice: Invoice) -> str:
        return date_format(localtime(invoice.voided_at), "DATETIME_FORMAT") if invoice.voided_at else "–"
