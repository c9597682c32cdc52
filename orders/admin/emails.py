"""Emails in the admin: the list, and each email as it was sent."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.staff_log import log_staff_act
from orders.admin.order_actions import get_actor_name, require_permission
from orders.admin.order_related_admin import OrderRelatedAdmin, is_database_integer
from orders.contract_notices import resend_acknowledgment
from orders.models import Notification, PaymentRequest, SentEmail
from orders.notifications import NOTIFICATION_RELATIONS, build_email
from orders.payment_requests import resend_payment_request
from orders.sent_emails import copy_email
from orders.sentences import EMAIL_SENT_AGAIN
from orders.staff_actions import resend_email
from stores.errors import Problem
from stores.search import search_text_contains
from stores.staff_stores import render_in_store_zone

State = Notification.State
STATE_BADGES: dict[str, str] = {State.SENT: "ok", State.WAITING: "warn", State.FAILED: "error"}
STATES = {
    State.SENT: Q(sent_at__isnull=False),
    State.WAITING: Q(sent_at=None, next_try_at__isnull=False),
    State.FAILED: Q(sent_at=None, next_try_at=None),
}
# Neither scripts nor anything from elsewhere: an email is shown, not run.
EMAIL_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],  # emails have no other styles
    "img-src": ["data:"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'self'"],
    "sandbox": [],
}


class EmailStateFilter(admin.SimpleListFilter):
    title = gettext_lazy("status")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(State.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Notification]) -> QuerySet[Notification]:
        value = self.value()
        return queryset.filter(STATES[State(value)]) if value in State.values else queryset


@admin.register(Notification)
class NotificationAdmin(OrderRelatedAdmin):
    """Emails about orders and payment requests: sent, waiting, and not delivered."""

    list_display = ("kind_text", "subject_link", "recipient", "badge", "created_at")
    list_filter = (EmailStateFilter, "kind", "created_at")
    list_select_related = ("order", "payment_request", "notice", "contact")
    exact_search_fields = ()
    search_help_text = gettext_lazy("Search by any part of the order number, name, or email.")

    class Media:
        css = {"all": ("css/admin/orders.css",)}

    def match_text(self, text: str) -> Q:
        requests = PaymentRequest.objects.filter(search_text_contains(text)).order_by()
        return super().match_text(text) | Q(payment_request__in=requests)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/html/", wrap(self.html_view), name="orders_notification_html"),
            path("<int:pk>/send/", wrap(self.send_view), name="orders_notification_send"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("email"))
    def kind_text(self, notification: Notification) -> str:
        return str(notification.get_kind_display()).capitalize()

    @admin.display(description=gettext_lazy("about"))
    def subject_link(self, notification: Notification) -> SafeString:
        subject = notification.subject
        if notification.contact is not None:
            return format_html("{}", _("No order"))
        return format_html('<a href="{}">{}</a>', get_subject_url(notification), subject)

    @admin.display(description=gettext_lazy("customer"))
    def recipient(self, notification: Notification) -> str:
        return notification.subject.name or notification.subject.email or "–"

    @admin.display(description=gettext_lazy("status"))
    def badge(self, notification: Notification) -> SafeString:
        state = notification.state
        return format_html(
            '<span class="order-badge order-badge--{}">{}</span>', STATE_BADGES[state], State(state).label
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the email as it was sent, or as it would be sent now."""
        notification = self.find_email(request, object_id)
        copy = find_email_copy(notification)
        context = {
            **self.admin_site.each_context(request),
            "title": copy.subject if copy else _("Email"),
            "opts": self.opts,
            "media": self.media,
            "notification": notification,
            "subject": notification.subject,
            "subject_url": get_subject_url(notification),
            "email": copy,
            "badge": STATE_BADGES[notification.state],
            "state": State(notification.state).label,
            "can_send": can_send(request, notification),
        }
        return render_in_store_zone(
            notification.store, lambda: TemplateResponse(request, "admin/orders/email.html", context)
        )

    def html_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer with the HTML part alone, for the frame on the email's page."""
        notification = self.find_email(request, str(pk))
        copy = find_email_copy(notification)
        response = HttpResponse(copy.html if copy else "")
        # Besides, the store's logo: at the shop's host, or in the bucket.
        logo = urlsplit(notification.store.logo_address)
        own = [f"{logo.scheme}://{logo.netloc}"] if logo.netloc else []
        response.csp = EMAIL_CSP | {"img-src": [*EMAIL_CSP["img-src"], *own]}  # type: ignore[attr-defined]
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        return response

    def send_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send the email again."""
        notification = self.find_email(request, str(pk))
        require_permission(may_send(request, notification))
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            if notification.payment_request is not None:
                resend_payment_request(request=notification.payment_request)
            elif notification.notice is not None:
                resend_acknowledgment(notice=notification.notice)
            else:
                resend_email(notification=notification, actor=get_actor_name(request))
        except Problem as problem:
            messages.error(request, problem.message)
        else:
            log_staff_act(actor=request.user, row=notification.subject, text=EMAIL_SENT_AGAIN.fill())
            messages.success(request, _("The email will be sent shortly."))
        return redirect("admin:orders_notification_change", pk)

    def find_email(self, request: HttpRequest, object_id: str) -> Notification:
        """Return the email. Raises PermissionDenied or Http404."""
        require_permission(self.has_view_permission(request))
        if not is_database_integer(object_id):
            raise Http404
        rows = Notification.objects.select_related(*NOTIFICATION_RELATIONS, "sent_email")
        return get_object_or_404(rows, pk=object_id)


def find_email_copy(notification: Notification) -> SentEmail | None:
    """Return the email as it was sent, or as it would be sent now; None if neither is known."""
    if notification.sent_at:
        return getattr(notification, "sent_email", None)
    if notification.subject.is_erased:
        return None
    try:
        return copy_email(notification, build_email(notification))
    except Exception:  # the reason why it can't be sent
        return None


def get_subject_url(notification: Notification) -> str:
    """Return the admin's page of what the email is about, or "" if there is none."""
    if notification.contact is not None:
        return ""
    if notification.payment_request is not None:
        return notification.payment_request.get_admin_url()
    if notification.notice is not None:
        return reverse("admin:orders_contractnotice_change", args=[notification.notice.pk])
    return reverse("admin:orders_order_change", args=[notification.order_id])


def may_send(request: HttpRequest, notification: Notification) -> bool:
    """Return True if the person may send emails about such a subject. Contacts ask for theirs themselves."""
    if notification.contact is not None:
        return False
    if notification.notice is not None:
        return request.user.has_perm("orders.handle_contractnotice")
    model = "order" if notification.payment_request is None else "paymentrequest"
    return request.user.has_perm(f"orders.change_{model}")


def can_send(request: HttpRequest, notification: Notification) -> bool:
    """Return True if the page offers to send the email again. A reminder isn't: the request itself is."""
    is_possible = not notification.subject.is_erased and notification.next_try_at is None
    is_reminder = notification.kind == Notification.Kind.REQUEST_REMINDER
    return is_possible and not is_reminder and may_send(request, notification)
