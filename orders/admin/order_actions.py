"""The actions on an order's admin page. Each calls a service and shows its error as a message."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.staff_log import log_staff_act
from nextcommerce.errors import NextApiError
from orders import sentences, staff_actions
from orders.admin.neighbors import get_list_query
from orders.mentions import notify_mentioned_staff
from orders.models import Order
from orders.sync import sync_order_as_staff
from orders.tags import add_tag, remove_tag
from orders.verification_refund import retry_verification_refund
from stores.errors import Problem

OrderAdminView = Callable[["admin.ModelAdmin[Order]", HttpRequest, Order], HttpResponse]


def require_permission(allowed: bool) -> None:
    """Raise PermissionDenied unless `allowed`."""
    if not allowed:
        raise PermissionDenied


def wrap_order_view(
    view: OrderAdminView,
) -> Callable[["admin.ModelAdmin[Order]", HttpRequest, str], HttpResponse]:
    """Wrap a view of one order: look the order up, and show a Problem as a message on its page."""

    def wrapped_view(
        model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order_id: str
    ) -> HttpResponse:
        require_permission(model_admin.has_view_permission(request))
        order = get_object_or_404(
            Order.objects.select_related("store").prefetch_related("items"), pk=order_id
        )
        try:
            return keep_list_query(request, order, view(model_admin, request, order))
        except Problem as problem:
            messages.error(request, problem.message)
        except NextApiError as error:
            messages.error(request, _("NEXT Commerce couldn't be reached: %(why)s") % {"why": error.message})
        return keep_list_query(request, order, redirect_to_admin_order(order))

    return wrapped_view


def keep_list_query(request: HttpRequest, order: Order, response: HttpResponse) -> HttpResponse:
    """Let a redirect to the order's page keep the list that staff came from."""
    page = reverse("admin:orders_order_change", args=[order.pk])
    if response.headers.get("Location") == page:
        response.headers["Location"] = page + get_list_query(request)
    return response


def redirect_to_admin_order(order: Order) -> HttpResponse:
    return redirect("admin:orders_order_change", order.pk)


def get_actor_name(request: HttpRequest) -> str:
    return request.user.get_username()


def allow_by_post(permission: str) -> Callable[[OrderAdminView], OrderAdminView]:
    """Restrict a view to POST requests from staff with the permission, such as `orders.refund_order`."""

    def decorate(view: OrderAdminView) -> OrderAdminView:
        def guarded(
            model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order
        ) -> HttpResponse:
            require_permission(request.user.has_perm(permission))
            if request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            return view(model_admin, request, order)

        return guarded

    return decorate


class CancelOrderForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)
    full_refund = forms.BooleanField(label=gettext_lazy("Refund everything"), required=False, initial=True)
    notify = forms.BooleanField(
        label=gettext_lazy("NEXT Commerce notifies the customer"), required=False, initial=True
    )


@allow_by_post("orders.cancel_order")
def cancel_order_view(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order
) -> HttpResponse:
    form = CancelOrderForm(request.POST)
    if not form.is_valid():
        raise Problem(_("Enter a reason for canceling the order."))
    if form.cleaned_data["full_refund"]:
        require_permission(request.user.has_perm("orders.refund_order"))
    # Logged before NEXT is asked, as the request is, whatever becomes of it.
    log_staff_act(actor=request.user, row=order, text=sentences.CANCELLATION_ASKED.fill())
    staff_actions.cancel_paid_order(order=order, actor=get_actor_name(request), **form.cleaned_data)
    messages.success(request, _("Order canceled."))
    return redirect_to_admin_order(order)


@allow_by_post("orders.refund_order")
def retry_verification_view(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order
) -> HttpResponse:
    log_staff_act(actor=request.user, row=order, text=sentences.VERIFICATION_REFUND_ASKED.fill())
    retry_verification_refund(order=order, actor=get_actor_name(request))
    messages.success(request, _("The verification amount will be refunded shortly."))
    return redirect_to_admin_order(order)


@allow_by_post("orders.note_order")
def add_note_view(model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order) -> HttpResponse:
    text = request.POST.get("text", "").strip()
    if not text or len(text) > 500:
        raise Problem(_("Enter a note of 1 to 500 characters."))
    log_staff_act(actor=request.user, row=order, text=sentences.NOTE_ADDED.fill())
    try:
        staff_actions.add_order_note(order=order, text=text, actor=get_actor_name(request))
    except Problem as problem:  # the note is saved here all the same
        messages.error(request, problem.message)
    else:
        messages.success(request, _("Note added."))
    tell_mentioned_staff(request, order, text)
    return redirect_to_admin_order(order)


def tell_mentioned_staff(request: HttpRequest, order: Order, text: str) -> None:
    """Email those whom the note mentions, and show who got one."""
    address = request.build_absolute_uri(reverse("admin:orders_order_change", args=[order.pk]))
    result = notify_mentioned_staff(order=order, text=text, author=request.user, address=address)
    if result.notified:
        names = ", ".join(result.notified)
        messages.success(request, _("We emailed %(names)s.") % {"names": names})
    if result.not_notified:
        names = ", ".join(result.not_notified)
        messages.warning(request, _("We couldn't email %(names)s.") % {"names": names})


@allow_by_post("orders.change_order")
def tag_order_view(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order
) -> HttpResponse:
    """Add a tag, or take one off."""
    if "remove" in request.POST:
        remove_tag(orders=[order], name=request.POST["remove"])
        log_staff_act(actor=request.user, row=order, text=sentences.TAG_REMOVED.fill())
    else:
        add_tag(orders=[order], name=request.POST.get("tag", ""))
        log_staff_act(actor=request.user, row=order, text=sentences.TAG_ADDED.fill())
    return redirect_to_admin_order(order)


@allow_by_post("orders.change_order")
def resend_email_view(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order
) -> HttpResponse:
    staff_actions.resend_order_notification(
        order=order, kind=request.POST.get("kind", ""), actor=get_actor_name(request)
    )
    log_staff_act(actor=request.user, row=order, text=sentences.EMAIL_SENT_AGAIN.fill())
    messages.success(request, _("The email will be sent shortly."))
    return redirect_to_admin_order(order)


@allow_by_post("orders.change_order")
def close_review_view(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order
) -> HttpResponse:
    review = get_object_or_404(order.reviews, pk=request.POST.get("review", ""))
    note = request.POST.get("text", "").strip()
    if staff_actions.close_order_review(review=review, actor=get_actor_name(request), note=note):
        log_staff_act(actor=request.user, row=order, text=sentences.REVIEW_CLOSED.fill())
        messages.success(request, _("Review closed."))
    else:
        messages.info(request, _("This review was already closed."))
    return redirect_to_admin_order(order)


@allow_by_post("orders.change_order")
def refresh_order_view(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order
) -> HttpResponse:
    sync_order_as_staff(order=order, actor=get_actor_name(request))
    messages.success(request, _("Order updated from NEXT Commerce."))
    return redirect_to_admin_order(order)


def customer_page_view(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order
) -> HttpResponse:
    """Lead to the shopper's own status page, whose address lets its holder act for them. Logged."""
    address = f"{order.store.origin}{order.get_absolute_url()}"
    return open_customer_page(model_admin, request, order, address)


def next_status_page_view(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order
) -> HttpResponse:
    """Lead to the shopper's status page at NEXT. Logged."""
    if not order.order_status_url:
        raise Problem(_("NEXT Commerce has no status page for this order."))
    return open_customer_page(model_admin, request, order, order.order_status_url)


def open_customer_page(
    model_admin: "admin.ModelAdmin[Any]", request: HttpRequest, row: Model, address: str
) -> HttpResponse:
    """Redirect to a secret address of a shopper, and log who opened it.

    The address is never part of an admin page, where anyone who may look at the page would have it.
    """
    require_permission(request.user.has_perm("orders.open_customer_page"))
    log_staff_act(actor=request.user, row=row, text=sentences.CUSTOMER_PAGE_OPENED.fill())
    response = redirect(address)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
