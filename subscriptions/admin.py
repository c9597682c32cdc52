"""Subscriptions and invoices in the admin: never edited; buttons do what the subscriber may do too."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.admin import OrderAdmin
from orders.admin.order_actions import require_permission
from orders.admin.order_lists import OrderRelatedAdmin
from orders.models import Order
from stores.errors import Problem
from stores.extendable_admin import AdminPanel
from subscriptions.forms import CANCEL_REASONS, PAUSE_MONTHS, perform_form_action
from subscriptions.models import Invoice, Subscription
from subscriptions.selectors import list_order_subscriptions


def describe_lines(lines: list[dict[str, Any]]) -> str:
    """Each line as people say it: `2 × Tea club, 500 g, Monthly`; an invoice's have no plan."""
    return "\n".join(
        f"{line['quantity']} × "
        + ", ".join(filter(None, [line["name"], line["title"], line.get("terms", {}).get("name")]))
        for line in lines
    )


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
    list_filter = ("store", "status", "pending_action", ("sync_error", admin.EmptyFieldListFilter))
    list_select_related = ("order",)
    exact_search_fields = ("id", "next_subscription_id")
    search_help_text = gettext_lazy(
        "The subscription's whole id, here or in the store; or any part of its order's number, name or"
        " e-mail."
    )
    # What is kept for our own working is left out.
    fields = (
        *(
            "store",
            "order",
            "customer",
            "lines_text",
            "status",
            "pending_action",
            "sync_error",
            "next_renewal_at",
            "cycle",
        ),
        *("shipping_price", "currency", "trial_end", "paused_at", "paused_until", "ends_at", "canceled_at"),
        *("end_reason", "next_subscription_id", "next_status", "metadata"),
    )
    readonly_fields = ("lines_text", "end_reason")

    @admin.display(description=gettext_lazy("what"))
    def lines_text(self, subscription: Subscription) -> str:
        return describe_lines(subscription.lines)

    @admin.display(description=gettext_lazy("reason"))
    def end_reason(self, subscription: Subscription) -> str:
        reasons = dict(Subscription.CancelReason.choices)
        return str(reasons.get(subscription.cancel_reason, subscription.cancel_reason))

    def get_urls(self) -> list[URLPattern]:
        wrapped_view = self.admin_site.admin_view(self.action_view)
        return [
            path("<str:pk>/act/", wrapped_view, name="subscriptions_subscription_act"),
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

    def view_on_site(self, subscription: Subscription) -> str:
        """The subscriber's page, on the shop's own host."""
        return f"{subscription.store.origin}{subscription.get_absolute_url()}"

    def can_act(self, request: HttpRequest) -> bool:
        """Whoever may change an order may do what its subscriber may."""
        return request.user.has_perm("orders.change_order")

    def action_view(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Do what a button says; a refusal becomes a message on the page."""
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
            messages.success(request, _("Done."))
        return redirect("admin:subscriptions_subscription_change", pk)

    @admin.display(description=gettext_lazy("what"))
    def lines_summary(self, subscription: Subscription) -> str:
        return ", ".join(f"{line['quantity']} × {line['name']}" for line in subscription.lines)


@admin.register(Invoice)
class InvoiceAdmin(OrderRelatedAdmin):
    list_display = ("created_at", "subscription", "cycle", "status", "amount", "currency", "order")
    list_filter = ("store", "status", "created_at")
    list_select_related = ("subscription", "order")
    exact_search_fields = ("id", "subscription", "next_order_number")
    search_help_text = gettext_lazy(
        "The invoice's or subscription's whole id, or the number in the store; or any part of the order's"
        " number, name or e-mail."
    )
    exclude = ("lines",)
    readonly_fields = ("lines_text",)

    @admin.display(description=gettext_lazy("what"))
    def lines_text(self, invoice: Invoice) -> str:
        return describe_lines(invoice.lines)


def build_order_panels(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order
) -> list[AdminPanel]:
    """On an order's page, link to the subscriptions that it belongs to."""
    context = {"subscriptions": list_order_subscriptions(order)}
    return [AdminPanel("links", "admin/subscriptions/order_links.html", context)]


OrderAdmin.register_panels(build_order_panels)
