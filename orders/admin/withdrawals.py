"""Withdrawals in the admin: what was declared, the order it may be about, and what staff do about it."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.staff_log import log_staff_act
from orders import sentences
from orders.admin.emails import STATE_BADGES
from orders.admin.neighbors import get_list_query
from orders.admin.order_actions import get_actor_name, require_permission
from orders.admin.state_filter import OpenStateFilter
from orders.models import Notification, Order, Withdrawal
from orders.withdrawals import list_possible_orders, mark_as_handled, resend_acknowledgment
from stores.admin_changelists import ReadOnlyAdmin
from stores.errors import Problem
from stores.staff_stores import render_in_store_zone

HANDLE = "orders.handle_withdrawal"


@admin.register(Withdrawal)
class WithdrawalAdmin(ReadOnlyAdmin):
    """View withdrawals, and mark them as handled."""

    list_display = (
        *("received_at", "name", "contract_text", "order_link", "flags", "store"),
        *("resolved_at", "resolved_by"),
    )
    list_filter = (OpenStateFilter, "is_late", "store")
    list_select_related = ("store", "order")
    search_fields = ("name", "email", "contract", "order__number")
    search_help_text = gettext_lazy("Search by any part of the name, email, contract, or order number.")
    fields = (
        *("received_at", "name", "contract", "items", "email", "store", "flags", "order_link"),
        *("possible_orders", "emails", "resolved_at", "resolved_by"),
    )
    change_form_template = "admin/orders/withdrawal.html"

    class Media:
        css = {"all": ("css/admin/orders.css",)}

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<str:pk>/handle/", wrap(self.handle_view), name="orders_withdrawal_handle"),
            path("<str:pk>/acknowledge/", wrap(self.acknowledge_view), name="orders_withdrawal_acknowledge"),
            *super().get_urls(),
        ]

    def handle_view(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Mark it as handled. Leads to its order if there is one."""
        require_permission(request.user.has_perm(HANDLE))
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        withdrawal = get_object_or_404(Withdrawal.objects.select_related("order"), pk=pk)
        if mark_as_handled(withdrawal=withdrawal, actor=get_actor_name(request)):
            log_staff_act(actor=request.user, row=withdrawal, text=sentences.WITHDRAWAL_MARKED.fill())
            messages.success(request, _("Withdrawal marked as handled."))
        else:
            messages.info(request, _("This withdrawal was already marked as handled."))
        return redirect("admin:orders_withdrawal_change", pk)

    def acknowledge_view(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Send the acknowledgment again."""
        require_permission(request.user.has_perm(HANDLE))
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        withdrawal = get_object_or_404(Withdrawal, pk=pk)
        try:
            resend_acknowledgment(withdrawal=withdrawal)
        except Problem as problem:
            messages.error(request, problem.message)
        else:
            log_staff_act(actor=request.user, row=withdrawal, text=sentences.EMAIL_SENT_AGAIN.fill())
            messages.success(request, _("The email will be sent shortly."))
        return redirect("admin:orders_withdrawal_change", pk)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the times of its own store."""
        withdrawal = self.get_object(request, unquote(object_id))

        def show_page() -> HttpResponse:
            return super(WithdrawalAdmin, self).change_view(request, object_id, form_url, extra_context)

        return render_in_store_zone(withdrawal.store, show_page) if withdrawal else show_page()

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        withdrawal: Withdrawal | None = kwargs.get("obj")
        if withdrawal is not None:
            context |= {
                "subtitle": withdrawal.name,
                "can_handle": request.user.has_perm(HANDLE),
                "refund_url": build_refund_url(request, withdrawal),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=gettext_lazy("contract"), ordering="contract")
    def contract_text(self, withdrawal: Withdrawal) -> str:
        return withdrawal.contract[:80]

    @admin.display(description=gettext_lazy("order"))
    def order_link(self, withdrawal: Withdrawal) -> SafeString | str:
        return link_to_order(withdrawal.order) if withdrawal.order else "–"

    @admin.display(description=gettext_lazy("to check"))
    def flags(self, withdrawal: Withdrawal) -> str:
        return describe_flags(withdrawal) or "–"

    @admin.display(description=gettext_lazy("may be about"))
    def possible_orders(self, withdrawal: Withdrawal) -> SafeString | str:
        links = [(link_to_order(order), order.name) for order in list_possible_orders(withdrawal)]
        return format_html_join(", ", "{} ({})", links) or "–"

    @admin.display(description=gettext_lazy("acknowledgment"))
    def emails(self, withdrawal: Withdrawal) -> SafeString | str:
        rows = [
            (
                reverse("admin:orders_notification_change", args=[email.pk]),
                Notification.State(email.state).label,
                STATE_BADGES[email.state],
            )
            for email in withdrawal.notifications.all()
        ]
        return format_html_join(" ", '<a href="{}" class="order-badge order-badge--{2}">{1}</a>', rows) or _(
            "Not sent"
        )


def link_to_order(order: Order) -> SafeString:
    return format_html(
        '<a href="{}">{}</a>', reverse("admin:orders_order_change", args=[order.pk]), order.number
    )


def describe_flags(withdrawal: Withdrawal) -> str:
    """Return why staff should look twice, or an empty text."""
    if withdrawal.order_id is None:
        return _("No order has both this number and this email")
    return _("More than 14 days after payment and shipping") if withdrawal.is_late else ""


def build_refund_url(request: HttpRequest, withdrawal: Withdrawal) -> str:
    """Return the address of the prepared refund; "" if there is nothing to refund, or nobody to do it."""
    order = withdrawal.order
    if order is None or not order.is_paid or order.net_total <= 0:
        return ""
    if not request.user.has_perm("orders.refund_order"):
        return ""
    query = "&".join(
        filter(None, (get_list_query(request).removeprefix("?"), urlencode({"withdrawal": withdrawal.pk})))
    )
    return f"{reverse('admin:orders_order_refund', args=[order.pk])}?{query}"


def list_order_withdrawals(request: HttpRequest, order: Order) -> list[dict[str, Any]]:
    """Return the order's withdrawals for its page, the newest first; [] if the person may not view them."""
    if not request.user.has_perm("orders.view_withdrawal"):
        return []
    rows = []
    for withdrawal in order.withdrawals.all():
        withdrawal.order = order
        rows.append(
            {
                "withdrawal": withdrawal,
                "flags": describe_flags(withdrawal),
                "refund_url": build_refund_url(request, withdrawal),
            }
        )
    return rows
