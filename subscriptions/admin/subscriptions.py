"""The subscription list, and a page about one, with the same actions as the subscriber's page."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.staff_log import log_staff_act
from orders.admin.order_actions import open_customer_page, require_permission
from orders.admin.order_related_admin import OrderRelatedAdmin
from stores.errors import Problem
from stores.staff_stores import render_in_store_zone
from subscriptions.admin.columns import (
    describe_state,
    format_day,
    format_next_charge,
    format_rhythm,
    list_next_charge_rows,
    list_warnings,
    will_be_charged,
)
from subscriptions.admin.filters import DuplicateFilter, PendingFilter, ProblemFilter, StatusFilter
from subscriptions.charges import describe_charges
from subscriptions.forms import CANCEL_REASONS, PAUSE_MONTHS, perform_form_action
from subscriptions.models import Invoice, Subscription
from subscriptions.sentences import ACTION_REQUESTED
from subscriptions.subscription_lines import LINES_PREFETCH

INVOICE_BADGES: dict[str, str] = {
    Invoice.Status.PAID: "ok",
    Invoice.Status.OPEN: "error",
    Invoice.Status.UNCOLLECTIBLE: "error",
}
MAX_INVOICES = 36


@admin.register(Subscription)
class SubscriptionAdmin(OrderRelatedAdmin):
    list_display = (
        "subscriber",
        "items_text",
        "price_text",
        "next_charge_text",
        "state_text",
        "started_text",
    )
    list_filter = (StatusFilter, PendingFilter, ProblemFilter, DuplicateFilter, "store")
    list_select_related = ("order", "store")
    exact_search_fields = ("id", "next_subscription_id")
    search_help_text = gettext_lazy(
        "Search by the full subscription ID, here or in NEXT Commerce, or by any part of the order number,"
        " name, or email."
    )
    view_on_site = False  # its address acts: see `customer_page_view`

    class Media:
        css = {"all": ("css/admin/orders.css", "css/admin/order-list.css")}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscription]:
        rows: QuerySet[Subscription] = super().get_queryset(request)
        return rows.prefetch_related(LINES_PREFETCH)

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

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Subscriptions")} | (extra_context or {}))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show who subscribed to what, the next charge, and all charges so far."""
        require_permission(self.has_view_permission(request))
        subscriptions = self.get_queryset(request).select_related("store", "order", "customer")
        subscription = subscriptions.filter(pk=unquote(object_id)).first()
        if subscription is None:
            raise Http404
        return render_in_store_zone(subscription.store, lambda: self.show_page(request, subscription))

    def show_page(self, request: HttpRequest, subscription: Subscription) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": subscription.order.name or subscription.pk,
            "opts": self.opts,
            "media": self.media,
            "original": subscription,
            "subscription": subscription,
            "order": subscription.order,
            "state": describe_state(subscription),
            "warnings": list_warnings(subscription),
            "lines": subscription.lines.all(),
            "next_charge_rows": list_next_charge_rows(subscription),
            "charges": describe_charges(subscription),
            "invoices": [
                (invoice, INVOICE_BADGES.get(invoice.status, "plain"))
                for invoice in subscription.invoices.select_related("order").order_by("-cycle", "-pk")[
                    :MAX_INVOICES
                ]
            ],
            "end_reason": describe_end_reason(subscription),
            "can_act": self.can_act(request),
            "pauses": PAUSE_MONTHS,
            "reasons": CANCEL_REASONS,
        }
        return TemplateResponse(request, "admin/subscriptions/subscription.html", context)

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
            text = ACTION_REQUESTED.fill(action=request.POST["action"])
            log_staff_act(actor=request.user, row=subscription, text=text)
            messages.success(request, _("Subscription updated."))
        return redirect("admin:subscriptions_subscription_change", pk)

    @admin.display(description=gettext_lazy("subscriber"))
    def subscriber(self, subscription: Subscription) -> str:
        return subscription.order.name or subscription.order.email or subscription.pk

    @admin.display(description=gettext_lazy("items"))
    def items_text(self, subscription: Subscription) -> SafeString:
        lines = (
            (line.quantity, ", ".join(filter(None, (line.name, line.title))))
            for line in subscription.active_lines
        )
        return format_html_join("", "{} × <bdi>{}</bdi><br>", lines)

    @admin.display(description=gettext_lazy("price"))
    def price_text(self, subscription: Subscription) -> SafeString | str:
        price = format_next_charge(subscription)
        if not price:
            return "–"
        plus_tax = _("plus tax") if subscription.order.is_tax_added else ""
        rhythm = " · ".join(filter(None, (format_rhythm(subscription), plus_tax)))
        return format_html('{}<span class="quiet">{}</span>', price, rhythm)

    @admin.display(description=gettext_lazy("next charge"))
    def next_charge_text(self, subscription: Subscription) -> str:
        is_paused = subscription.status == Subscription.Status.PAUSED
        if not subscription.next_renewal_at or is_paused or not will_be_charged(subscription):
            return "–"
        return format_day(subscription.next_renewal_at)

    @admin.display(description=gettext_lazy("status"))
    def state_text(self, subscription: Subscription) -> SafeString:
        kind, text = describe_state(subscription)
        return format_html_join(
            " ",
            '<span class="order-badge order-badge--{}" title="{}">{}</span>',
            (
                (kind, tooltip, text)
                for kind, text, tooltip in [(kind, text, ""), *list_warnings(subscription)]
            ),
        )

    @admin.display(description=gettext_lazy("since"), ordering="created_at")
    def started_text(self, subscription: Subscription) -> str:
        return format_day(subscription.created_at)


def describe_end_reason(subscription: Subscription) -> str:
    reasons = dict(Subscription.CancelReason.choices)
    return str(reasons.get(subscription.cancel_reason, subscription.cancel_reason))
