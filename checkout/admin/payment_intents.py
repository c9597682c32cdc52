"""Payment intents in the admin: their data, their NEXT order, and the actions that close a review."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.staff_log import log_staff_act
from checkout.models import PaymentIntent, ShippingMethod, ShippingPrice, WebhookEvent
from checkout.payments import review_refunds, reviews
from checkout.payments.settle import check_payment_intent
from checkout.sentences import PAYMENT_ACTION_REQUESTED
from checkout.webhook_registration import SUBSCRIBED_EVENTS
from orders.admin.order_related_admin import OrderRelatedAdmin
from orders.models import OrderEvent, OrderReview, RefundRequest
from stores.admin_changelists import FixedValuesFilter, ReadOnlyAdmin
from stores.errors import Problem
from stores.money import format_money

IntentAction = Callable[[PaymentIntent, str, HttpRequest], str]


def accept_payment_action(intent: PaymentIntent, actor: str, request: HttpRequest) -> str:
    reviews.accept_reviewed_payment(intent=intent, actor=actor)
    return _("Payment accepted. The order is paid.")


def refund_reviewed_payment_action(intent: PaymentIntent, actor: str, request: HttpRequest) -> str:
    review_refunds.refund_reviewed_payment(intent=intent, actor=actor)
    return _("Payment refunded and review closed.")


def refund_difference_action(intent: PaymentIntent, actor: str, request: HttpRequest) -> str:
    review_refunds.refund_review_difference(intent=intent, actor=actor)
    return _("Difference refunded and payment accepted. The order is paid.")


def discard_payment_action(intent: PaymentIntent, actor: str, request: HttpRequest) -> str:
    reviews.dismiss_review(intent=intent, actor=actor, note=read_note(request))
    return _("Review closed.")


def settle_elsewhere_action(intent: PaymentIntent, actor: str, request: HttpRequest) -> str:
    reviews.settle_review_elsewhere(intent=intent, actor=actor, note=read_note(request))
    return _("Review closed as settled elsewhere. NEXT Commerce keeps its order and the money.")


def read_note(request: HttpRequest) -> str:
    """Return the posted note. Raises Problem without one."""
    note = request.POST.get("note", "").strip()[:300]
    if not note:
        raise Problem(_("Enter how this was resolved, for your records."))
    return note


def check_payment_action(intent: PaymentIntent, actor: str, request: HttpRequest) -> str:
    after = check_payment_intent(intent=intent, source=OrderEvent.Source.STAFF)
    return _("Checked with NEXT Commerce. Payment status: %(status)s.") % {
        "status": after.get_status_display()
    }


@admin.register(PaymentIntent)
class PaymentIntentAdmin(OrderRelatedAdmin):
    """View payment intents and close their reviews."""

    list_display = ("id", "order_link", "store", "status", "formatted_amount", "created_at", "review_text")
    list_filter = ("status", "store", "created_at")
    exact_search_fields = ("id", "next_order_number")
    search_help_text = gettext_lazy(
        "Search by the full payment ID or NEXT Commerce number, or by any part of the order number, name, or"
        " email."
    )
    list_select_related = ("order", "store")
    change_form_template = "admin/checkout/paymentintent/change_form.html"
    fields = (
        *("id", "order_link", "store", "status", "method_label", "formatted_amount"),
        *("review_text", "formatted_refund"),
        *("next_order_number", "message", "created_at", "sent_at", "answered_at", "settled_at"),
        *("check_count", "checked_at", "next_check_at"),
    )

    @admin.display(description=gettext_lazy("order"), ordering="order__number")
    def order_link(self, intent: PaymentIntent) -> SafeString:
        address = reverse("admin:orders_order_change", args=[intent.order_id])
        return format_html('<a href="{}">{}</a>', address, intent.order.number)

    @admin.display(description=gettext_lazy("payment method"))
    def method_label(self, intent: PaymentIntent) -> str:
        return intent.payment_method.label

    @admin.display(description=gettext_lazy("amount"), ordering="amount")
    def formatted_amount(self, intent: PaymentIntent) -> str:
        return format_money(intent.amount, intent.currency)

    @admin.display(description=gettext_lazy("review reason"))
    def review_text(self, intent: PaymentIntent) -> str:
        return " ".join(str(review.text) for review in self._open_reviews_of(intent))

    @admin.display(description=gettext_lazy("to refund"))
    def formatted_refund(self, intent: PaymentIntent) -> str:
        # Nothing once the review is closed.
        amounts = (review.amount_to_refund for review in self._open_reviews_of(intent))
        return format_money(sum(amounts, Decimal(0)), intent.currency)

    def _open_reviews_of(self, intent: PaymentIntent) -> list[OrderReview]:
        """Return the payment's open review, from the order's prefetched ones, or nothing."""
        return [
            review
            for review in intent.order.reviews.all()
            if review.is_of_payment and review.is_open and review.payment_intent_id == intent.pk
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PaymentIntent]:
        return super().get_queryset(request).defer("snapshot").prefetch_related("order__reviews")

    def get_urls(self) -> list[URLPattern]:
        # Staff who may change orders may close reviews; what refunds needs that permission.
        intent_actions: dict[str, tuple[IntentAction, str]] = {
            "accept": (accept_payment_action, "orders.change_order"),
            "refund": (refund_reviewed_payment_action, "orders.refund_order"),
            "refund-difference": (refund_difference_action, "orders.refund_order"),
            "discard": (discard_payment_action, "orders.change_order"),
            "settle-elsewhere": (settle_elsewhere_action, "orders.change_order"),
            "check": (check_payment_action, "orders.change_order"),
        }
        action_urls = [
            path(
                f"<str:intent_id>/{name}/",
                self.admin_site.admin_view(self.make_action_view(name, action, permission)),
                name=f"checkout_paymentintent_{name.replace('-', '_')}",
            )
            for name, (action, permission) in intent_actions.items()
        ]
        return action_urls + super().get_urls()

    def make_action_view(
        self, name: str, action: IntentAction, permission: str
    ) -> Callable[..., HttpResponse]:
        """Return a view that runs the action on one intent by POST, and shows the result as a message."""

        def view(request: HttpRequest, intent_id: str) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            if request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            intent = get_object_or_404(PaymentIntent.objects.select_related("store", "order"), pk=intent_id)
            # Before the action, since it may ask NEXT.
            text = PAYMENT_ACTION_REQUESTED.fill(action=name)
            log_staff_act(actor=request.user, row=intent, text=text)
            try:
                messages.success(request, action(intent, request.user.get_username(), request))
            except Problem as problem:
                messages.error(request, problem.message)
            return redirect("admin:checkout_paymentintent_change", intent_id)

        return view

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the intent, and with `?next=now` its NEXT order as it is now."""
        context = {
            "title": _("Payment"),
            "review": reviews.find_payment_review(unquote(object_id)),
            "refund_in_doubt": RefundRequest.objects.filter(
                payment_intent_id=unquote(object_id), state=RefundRequest.State.PENDING
            ).first(),
            **(extra_context or {}),
        }
        if request.GET.get("next") == "now" and self.has_view_permission(request):
            context |= self.next_order_context(unquote(object_id))
        return super().change_view(request, object_id, form_url, context)

    def next_order_context(self, intent_id: str) -> dict[str, Any]:
        """Return the current NEXT order for the page, or the error."""
        intent = get_object_or_404(PaymentIntent.objects.select_related("store"), pk=intent_id)
        try:
            return {"next_order": reviews.retrieve_reviewed_order(intent)}
        except Problem as problem:
            return {"next_order_error": problem.message}


class WebhookEventTypeFilter(FixedValuesFilter):
    """Filter events by type."""

    title = gettext_lazy("event")
    parameter_name = "event_type"
    values = SUBSCRIBED_EVENTS


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin):
    """View received webhook events, without their content."""

    list_display = ("event_type", "store", "received_at", "outcome", "next_try_at")
    list_filter = ("store", WebhookEventTypeFilter, "received_at")
    search_fields = ("event_id", "outcome")
    list_select_related = ("store",)
    # The event's content is personal data. The order shows what staff need of it.
    fields = ("event_id", "event_type", "store", "received_at", "outcome", "next_try_at")


class ShippingPriceInline(admin.TabularInline):
    model = ShippingPrice
    fields = ("currency", "amount")
    extra = 0
    can_delete = False


@admin.register(ShippingMethod)
class ShippingMethodAdmin(ReadOnlyAdmin):
    """View the shipping methods loaded from NEXT."""

    list_display = ("name", "store", "code", "delivery_time", "is_public", "refreshed_at")
    inlines = (ShippingPriceInline,)
    list_filter = ("store", "is_public")
    list_select_related = ("store",)
