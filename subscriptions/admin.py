"""Subscriptions and invoices in the admin: read-only, with the same actions as the subscriber's page."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.admin import OrderAdmin
from orders.admin.order_actions import open_customer_page, require_permission
from orders.admin.order_related_admin import OrderRelatedAdmin
from orders.models import Order
from stores.errors import Problem
from stores.extendable_admin import AdminPanel
from subscriptions.forms import CANCEL_REASONS, PAUSE_MONTHS, perform_form_action
from subscriptions.models import Invoice, InvoiceLine, Subscription, SubscriptionLine
from subscriptions.selectors import list_order_subscriptions


class ReadOnlyInline(admin.TabularInline):
    """Rows that anyone who may view their parent sees and nobody changes."""

    extra = 0
    can_delete = False

    @admin.display(description=gettext_lazy("item"))
    def description(self, line: SubscriptionLine | InvoiceLine) -> str:
        return str(line)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SubscriptionLineInline(ReadOnlyInline):
    model = SubscriptionLine
    fields = (
        *("description", "price", "state", "requested_change", "requested_at"),
        *("next_line_id", "next_variant_id"),
    )
    readonly_fields = ("description", "requested_change", "requested_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SubscriptionLine]:
        rows: QuerySet[SubscriptionLine] = super().get_queryset(request)
        return rows.select_related("change")

    @admin.display(description=gettext_lazy("requested change"))
    def requested_change(self, line: SubscriptionLine) -> str:
        return str(line.requested_change or self.get_empty_value_display())

    @admin.display(description=gettext_lazy("requested at"))
    def requested_at(self, line: SubscriptionLine) -> str:
        if not line.requested_change:
            return str(self.get_empty_value_display())
        return date_format(localtime(line.requested_change.requested_at), "DATETIME_FORMAT")


class InvoiceLineInline(ReadOnlyInline):
    model = InvoiceLine
    fields = ("description", "price")
    readonly_fields = ("description",)


@admin.register(Subscription)
class SubscriptionAdmin(OrderRelatedAdmin):
    list_display = (
        "id",
        "order",
        "lines_summary",
        "status",
        "next_status",
        "next_renewal_at",
        "pending_action",
        "sync_error",
    )
    list_filter = (
        *("store", "status", "pending_action"),
        ("duplicate_of", admin.EmptyFieldListFilter),
        ("sync_error", admin.EmptyFieldListFilter),
    )
    list_select_related = ("order",)
    exact_search_fields = ("id", "next_subscription_id")
    search_help_text = gettext_lazy(
        "Search by the full subscription ID, here or in NEXT Commerce, or by any part of the order number,"
        " name, or email."
    )
    # Internal fields are left out.
    fields = (
        *(
            "store",
            "order",
            "customer",
            "duplicate_of",
            "status",
            "pending_action",
            "sync_error",
            "next_renewal_at",
            "cycle",
        ),
        *("shipping_price", "currency", "trial_end", "paused_at", "paused_until", "ends_at", "canceled_at"),
        *("end_reason", "next_subscription_id", "next_status", "metadata"),
    )
    readonly_fields = ("end_reason",)
    inlines = (SubscriptionLineInline,)
    view_on_site = False  # its address acts: see `customer_page_view`

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscription]:
        rows: QuerySet[Subscription] = super().get_queryset(request)
        return rows.prefetch_related("lines")

    @admin.display(description=gettext_lazy("reason"))
    def end_reason(self, subscription: Subscription) -> str:
        reasons = dict(Subscription.CancelReason.choices)
        return str(reasons.get(subscription.cancel_reason, subscription.cancel_reason))

    def get_urls(self) -> list[URLPattern]:
        wrapped_view = self.admin_site.admin_view(self.action_view)
        return [
            path("<str:pk>/act/", wrapped_view, name="subscriptions_subscription_act"),
            path(
                "<str:pk>/customer-page/",
                self.admin_site.admin_view(self.customer_page_view),
                name="subscriptions_subscription_customer_page",
            ),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        extra = {"can_act": self.can_act(request), "pauses": PAUSE_MONTHS, "reasons": CANCEL_REASONS}
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))

    def can_act(self, request: HttpRequest) -> bool:
        """Return True if the user may change subscriptions. The admin's own form changes none."""
        return request.user.has_perm("subscriptions.change_subscription")

    def customer_page_view(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Lead to the subscriber's own page, whose address lets its holder act for them. Logged."""
        require_permission(self.has_view_permission(request))
        subscription = get_object_or_404(Subscription.objects.select_related("store"), pk=pk)
        address = f"{subscription.store.origin}{subscription.get_absolute_url()}"
        return open_customer_page(self, request, subscription, address)

    def action_view(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Run a button's action; show a refusal as a message."""
        require_permission(self.has_view_permission(request) and self.can_act(request))
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        subscription = get_object_or_404(Subscription.objects.select_related("store", "order"), pk=pk)
        try:
            perform_form_action(subscription=subscription, data=request.POST)
        except Problem as problem:
            messages.error(request, problem.message)
        else:
            self.log_change(request, subscription, request.POST["action"])
            messages.success(request, _("Subscription updated."))
        return redirect("admin:subscriptions_subscription_change", pk)

    @admin.display(description=gettext_lazy("items"))
    def lines_summary(self, subscription: Subscription) -> str:
        return ", ".join(f"{line.quantity} × {line.name}" for line in subscription.active_lines)


@admin.register(Invoice)
class InvoiceAdmin(OrderRelatedAdmin):
    list_display = ("created_at", "subscription", "cycle", "status", "amount", "currency", "order")
    list_filter = ("store", "status", "created_at")
    list_select_related = ("subscription", "order")
    exact_search_fields = ("id", "subscription", "next_order_number")
    search_help_text = gettext_lazy(
        "Search by the full invoice or subscription ID or NEXT Commerce number, or by any part of the order"
        " number, name, or email."
    )
    inlines = (InvoiceLineInline,)


def build_subscription_panels(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order
) -> list[AdminPanel]:
    """Link an order's page to its subscriptions."""
    context = {"subscriptions": list_order_subscriptions(order)}
    return [AdminPanel("links", "admin/subscriptions/order_links.html", context)]


OrderAdmin.register_panels(build_subscription_panels)
