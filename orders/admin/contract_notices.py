"""Contract notices in the admin: what was declared, what it may be about, and what staff do about it."""

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
from orders.contract_notices import list_possible_orders, mark_as_handled, resend_acknowledgment
from orders.models import ContractNotice, Notification, Order
from stores.admin_changelists import ReadOnlyAdmin
from stores.errors import Problem
from stores.staff_stores import render_in_store_zone

HANDLE = "orders.handle_contractnotice"


@admin.register(ContractNotice)
class ContractNoticeAdmin(ReadOnlyAdmin):
    """View withdrawals and cancellations, and mark them as handled."""

    list_display = (
        *("received_at", "kind", "name", "contract_text", "order_link", "flags", "store"),
        *("resolved_at", "resolved_by"),
    )
    list_filter = (OpenStateFilter, "kind", "is_late", "store")
    list_select_related = ("store", "order")
    search_fields = ("name", "email", "contract", "order__number")
    search_help_text = gettext_lazy("Search by any part of the name, email, contract, or order number.")
    change_form_template = "admin/orders/contract_notice.html"

    def get_fields(self, request: HttpRequest, obj: ContractNotice | None = None) -> Any:
        own: tuple[str, ...] = ("items",)
        if obj is not None and obj.is_cancellation:
            own = ("is_for_cause", "cause", "ends_on", "subscription_link", "ends_at")
        return (
            *("received_at", "kind", "name", "contract", *own, "email", "store", "flags", "order_link"),
            *("possible_orders", "emails", "resolved_at", "resolved_by"),
        )

    class Media:
        css = {"all": ("css/admin/orders.css",)}

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<str:pk>/handle/", wrap(self.handle_view), name="orders_contractnotice_handle"),
            path(
                "<str:pk>/acknowledge/", wrap(self.acknowledge_view), name="orders_contractnotice_acknowledge"
            ),
            *super().get_urls(),
        ]

    def handle_view(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Mark it as handled. Leads to its order if there is one."""
        require_permission(request.user.has_perm(HANDLE))
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        notice = get_object_or_404(ContractNotice.objects.select_related("order"), pk=pk)
        if mark_as_handled(notice=notice, actor=get_actor_name(request)):
            log_staff_act(actor=request.user, row=notice, text=sentences.NOTICE_MARKED.fill())
            messages.success(request, _("Marked as handled."))
        else:
            messages.info(request, _("This was already marked as handled."))
        return redirect("admin:orders_contractnotice_change", pk)

    def acknowledge_view(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Send the acknowledgment again."""
        require_permission(request.user.has_perm(HANDLE))
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        notice = get_object_or_404(ContractNotice, pk=pk)
        try:
            resend_acknowledgment(notice=notice)
        except Problem as problem:
            messages.error(request, problem.message)
        else:
            log_staff_act(actor=request.user, row=notice, text=sentences.EMAIL_SENT_AGAIN.fill())
            messages.success(request, _("The email will be sent shortly."))
        return redirect("admin:orders_contractnotice_change", pk)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the times of its own store."""
        notice = self.get_object(request, unquote(object_id))

        def show_page() -> HttpResponse:
            return super(ContractNoticeAdmin, self).change_view(request, object_id, form_url, extra_context)

        return render_in_store_zone(notice.store, show_page) if notice else show_page()

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        notice: ContractNotice | None = kwargs.get("obj")
        if notice is not None:
            context |= {
                "subtitle": notice.name,
                "can_handle": request.user.has_perm(HANDLE),
                "refund_url": build_refund_url(request, notice),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=gettext_lazy("contract"), ordering="contract")
    def contract_text(self, notice: ContractNotice) -> str:
        return notice.contract[:80]

    @admin.display(description=gettext_lazy("order"))
    def order_link(self, notice: ContractNotice) -> SafeString | str:
        return link_to_order(notice.order) if notice.order else "–"

    @admin.display(description=gettext_lazy("subscription"))
    def subscription_link(self, notice: ContractNotice) -> SafeString | str:
        if not notice.subscription_id:
            return "–"
        address = reverse("admin:subscriptions_subscription_change", args=[notice.subscription_id])
        return format_html('<a href="{}">{}</a>', address, notice.subscription_id)

    @admin.display(description=gettext_lazy("to check"))
    def flags(self, notice: ContractNotice) -> str:
        return describe_flags(notice) or "–"

    @admin.display(description=gettext_lazy("may be about"))
    def possible_orders(self, notice: ContractNotice) -> SafeString | str:
        links = [(link_to_order(order), order.name) for order in list_possible_orders(notice)]
        return format_html_join(", ", "{} ({})", links) or "–"

    @admin.display(description=gettext_lazy("acknowledgment"))
    def emails(self, notice: ContractNotice) -> SafeString | str:
        rows = [
            (
                reverse("admin:orders_notification_change", args=[email.pk]),
                Notification.State(email.state).label,
                STATE_BADGES[email.state],
            )
            for email in notice.notifications.all()
        ]
        return format_html_join(" ", '<a href="{}" class="order-badge order-badge--{2}">{1}</a>', rows) or _(
            "Not sent"
        )


def link_to_order(order: Order) -> SafeString:
    return format_html(
        '<a href="{}">{}</a>', reverse("admin:orders_order_change", args=[order.pk]), order.number
    )


def describe_flags(notice: ContractNotice) -> str:
    """Return why staff should look twice, or an empty text."""
    if notice.is_cancellation and notice.order_id is not None:
        return _("For cause: decide whether it ends sooner") if notice.is_for_cause and notice.is_open else ""
    if notice.is_cancellation:
        return _("No subscription has both this number and this email")
    if notice.order_id is None:
        return _("No order has both this number and this email")
    return _("More than 14 days after payment and shipping") if notice.is_late else ""


def build_refund_url(request: HttpRequest, notice: ContractNotice) -> str:
    """Return the address of the prepared refund; "" if there is nothing to refund, or nobody to do it."""
    order = None if notice.is_cancellation else notice.order
    if order is None or not order.is_paid or order.net_total <= 0:
        return ""
    if not request.user.has_perm("orders.refund_order"):
        return ""
    query = "&".join(
        filter(None, (get_list_query(request).removeprefix("?"), urlencode({"withdrawal": notice.pk})))
    )
    return f"{reverse('admin:orders_order_refund', args=[order.pk])}?{query}"


def list_order_notices(request: HttpRequest, order: Order) -> list[dict[str, Any]]:
    """Return the order's notices for its page, the newest first; [] if the person may not view them."""
    if not request.user.has_perm("orders.view_contractnotice"):
        return []
    rows = []
    for notice in order.notices.all():
        notice.order = order
        rows.append(
            {
                "notice": notice,
                "flags": describe_flags(notice),
                "refund_url": build_refund_url(request, notice),
            }
        )
    return rows
