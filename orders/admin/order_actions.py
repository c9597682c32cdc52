"""The actions on an order's admin page. Each calls a service and shows its error as a message."""

from collections.abc import Callable

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nextcommerce.errors import NextApiError
from orders import staff_actions
from orders.models import Order
from orders.sync import sync_order_as_staff
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
            return view(model_admin, request, order)
        except Problem as problem:
            messages.error(request, problem.message)
        except NextApiError as error:
            messages.error(request, _("NEXT Commerce couldn't be reached: %(why)s") % {"why": error.message})
        return redirect_to_admin_order(order)

    return wrapped_view


def redirect_to_admin_order(order: Order) -> HttpResponse:
    return redirect("admin:orders_order_change", order.pk)


def get_actor_name(request: HttpRequest) -> str:
    return request.user.get_username()


def require_change_by_post(view: OrderAdminView) -> OrderAdminView:
    """Restrict a view to POST requests from staff who may change orders."""

    def guarded(model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order) -> HttpResponse:
        require_permission(model_admin.has_change_permission(request, order))
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        return view(model_admin, request, order)

    return guarded


class CancelOrderForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)
    full_refund = forms.BooleanField(label=gettext_lazy("Refund everything"), required=False, initial=True)
    notify = forms.BooleanField(
        label=gettext_lazy("NEXT Commerce notifies the customer"), required=False, initial=True
    )


@require_change_by_post
def cancel_order_view(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order
) -> HttpResponse:
    form = CancelOrderForm(request.POST)
    if not form.is_valid():
        raise Problem(_("Enter a reason for canceling the order."))
    staff_actions.cancel_paid_order(order=order, actor=get_actor_name(request), **form.cleaned_data)
    messages.success(request, _("Order canceled."))
    return redirect_to_admin_order(order)


@require_change_by_post
def retry_verification_view(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order
) -> HttpResponse:
    retry_verification_refund(order=order, actor=get_actor_name(request))
    messages.success(request, _("The verification amount will be refunded shortly."))
    return redirect_to_admin_order(order)


@require_change_by_post
def add_note_view(model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order) -> HttpResponse:
    text = request.POST.get("text", "").strip()
    if not text or len(text) > 500:
        raise Problem(_("Enter a note of 1 to 500 characters."))
    staff_actions.add_order_note(order=order, text=text, actor=get_actor_name(request))
    messages.success(request, _("Note added."))
    return redirect_to_admin_order(order)


@require_change_by_post
def resend_email_view(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order
) -> HttpResponse:
    staff_actions.resend_order_notification(
        order=order, kind=request.POST.get("kind", ""), actor=get_actor_name(request)
    )
    messages.success(request, _("The email will be sent shortly."))
    return redirect_to_admin_order(order)


@require_change_by_post
def close_review_view(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order
) -> HttpResponse:
    review = get_object_or_404(order.reviews, pk=request.POST.get("review", ""))
    note = request.POST.get("text", "").strip()
    if staff_actions.close_order_review(review=review, actor=get_actor_name(request), note=note):
        messages.success(request, _("Review closed."))
    else:
        messages.info(request, _("This review was already closed."))
    return redirect_to_admin_order(order)


@require_change_by_post
def refresh_order_view(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order
) -> HttpResponse:
    sync_order_as_staff(order=order, actor=get_actor_name(request))
    messages.success(request, _("Order updated from NEXT Commerce."))
    return redirect_to_admin_order(order)
