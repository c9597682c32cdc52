"""Subscriptions and invoices in the admin: never edited; buttons do what the subscriber may do too."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.admin.order_actions import require
from orders.admin.order_lists import OfOrders
from stores.errors import Problem
from subscriptions.forms import PAUSES, REASONS, act
from subscriptions.models import Invoice, Subscription


def in_words(lines: list[dict[str, Any]]) -> str:
    """Each line as people say it: `2 × Tea club, 500 g, Monthly`; an invoice's have no plan."""
    return "\n".join(
        f"{line['quantity']} × "
        + ", ".join(filter(None, [line["name"], line["title"], line.get("terms", {}).get("name")]))
        for line in lines
    )


@admin.register(Subscription)
class SubscriptionAdmin(OfOrders):
    list_display = ("id", "order", "what", "status", "store_status", "next_renewal_at", "wish", "problem")
    list_filter = ("store", "status", "wish", ("problem", admin.EmptyFieldListFilter))
    list_select_related = ("order",)
    named_by = ("id", "next_subscription_id")
    search_help_text = gettext_lazy(
        "The subscription's whole id, here or in the store; or any part of its order's number, name or"
        " e-mail."
    )
    # What is kept for our own working is left out.
    fields = (
        *("store", "order", "customer", "goods", "status", "wish", "problem", "next_renewal_at", "cycle"),
        *("shipping_price", "currency", "trial_end", "paused_at", "paused_until", "ends_at", "canceled_at"),
        *("reason", "next_subscription_id", "store_status", "metadata"),
    )
    readonly_fields = ("goods", "reason")

    @admin.display(description=gettext_lazy("what"))
    def goods(self, subscription: Subscription) -> str:
        return in_words(subscription.lines)

    @admin.display(description=gettext_lazy("reason"))
    def reason(self, subscription: Subscription) -> str:
        reasons = dict(Subscription.EndReason.choices)
        return str(reasons.get(subscription.cancel_reason, subscription.cancel_reason))

    def get_urls(self) -> list[URLPattern]:
        done = self.admin_site.admin_view(self.act)
        return [path("<str:pk>/act/", done, name="subscriptions_subscription_act"), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        more = {"may_act": self.may_act(request), "pauses": PAUSES, "reasons": REASONS}
        return super().change_view(request, object_id, form_url, more | (extra_context or {}))

    def view_on_site(self, subscription: Subscription) -> str:
        """The subscriber's page, on the shop's own host."""
        return f"{subscription.store.origin}{subscription.get_absolute_url()}"

    def may_act(self, request: HttpRequest) -> bool:
        """Whoever may change an order may do what its subscriber may."""
        return request.user.has_perm("orders.change_order")

    def act(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Do what a button says; a refusal becomes a message on the page."""
        require(self.has_view_permission(request) and self.may_act(request))
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        subscription = get_object_or_404(Subscription.objects.select_related("store", "order"), pk=pk)
        try:
            act(subscription=subscription, given=request.POST)
        except Problem as problem:
            messages.error(request, problem.message)
        else:
            self.log_change(request, subscription, request.POST["action"])
            messages.success(request, _("Done."))
        return redirect("admin:subscriptions_subscription_change", pk)

    @admin.display(description=gettext_lazy("what"))
    def what(self, subscription: Subscription) -> str:
        return ", ".join(f"{line['quantity']} × {line['name']}" for line in subscription.lines)


@admin.register(Invoice)
class InvoiceAdmin(OfOrders):
    list_display = ("created_at", "subscription", "cycle", "status", "amount", "currency", "order")
    list_filter = ("store", "status", "created_at")
    list_select_related = ("subscription", "order")
    named_by = ("id", "subscription", "store_order_number")
    search_help_text = gettext_lazy(
        "The invoice's or subscription's whole id, or the number in the store; or any part of the order's"
        " number, name or e-mail."
    )
    exclude = ("lines",)
    readonly_fields = ("goods",)

    @admin.display(description=gettext_lazy("what"))
    def goods(self, invoice: Invoice) -> str:
        return in_words(invoice.lines)
