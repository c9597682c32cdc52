"""The pages and buttons of one order: each a thin caller of a verb, its refusal shown as a sentence."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nextcommerce.errors import AdminApiError
from orders import staff_actions
from orders.models import Order
from orders.refunds import Offer, Wanted, calculate, refresh
from orders.refunds import refund as refund_order
from orders.verification_refund import try_again
from stores.errors import Problem
from stores.money import show_money

OrderView = Callable[["admin.ModelAdmin[Order]", HttpRequest, Order], HttpResponse]


def require(allowed: bool) -> None:
    if not allowed:
        raise PermissionDenied


def of_order(site: "admin.ModelAdmin[Order]", view: OrderView) -> Callable[[HttpRequest, str], HttpResponse]:
    """Find the order; a Problem becomes a message on its page."""

    def found(request: HttpRequest, order_id: str) -> HttpResponse:
        require(site.has_view_permission(request))
        order = get_object_or_404(
            Order.objects.select_related("store").prefetch_related("items"), pk=order_id
        )
        try:
            return view(site, request, order)
        except Problem as problem:
            messages.error(request, problem.message)
        except AdminApiError as error:
            messages.error(request, _("The store could not be asked: %(why)s") % {"why": error.message})
        return back(order)

    return found


def back(order: Order) -> HttpResponse:
    return redirect("admin:orders_order_change", order.pk)


def actor_of(request: HttpRequest) -> str:
    return request.user.get_username()


def changes(view: OrderView) -> OrderView:
    """Only for staff who may change orders, and only by a POST."""

    def guarded(site: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order) -> HttpResponse:
        require(site.has_change_permission(request, order))
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        return view(site, request, order)

    return guarded


class CancelForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)
    full_refund = forms.BooleanField(label=gettext_lazy("Refund everything"), required=False, initial=True)
    notify = forms.BooleanField(
        label=gettext_lazy("The store tells the customer"), required=False, initial=True
    )


@changes
def cancel(site: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order) -> HttpResponse:
    form = CancelForm(request.POST)
    if not form.is_valid():
        raise Problem(_("Say why the order is canceled."))
    staff_actions.cancel(order=order, actor=actor_of(request), **form.cleaned_data)
    messages.success(request, _("The order is canceled."))
    return back(order)


@changes
def verification(site: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order) -> HttpResponse:
    try_again(order=order, actor=actor_of(request))
    messages.success(request, _("The verification amount is given back in a moment."))
    return back(order)


@changes
def note(site: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order) -> HttpResponse:
    text = request.POST.get("text", "").strip()
    if not text or len(text) > 500:
        raise Problem(_("A note has from 1 to 500 characters."))
    staff_actions.add_note(order=order, text=text, actor=actor_of(request))
    messages.success(request, _("The note is kept."))
    return back(order)


@changes
def mail_again(site: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order) -> HttpResponse:
    staff_actions.resend(order=order, kind=request.POST.get("kind", ""), actor=actor_of(request))
    messages.success(request, _("The mail goes out in a moment."))
    return back(order)


@changes
def reviewed(site: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order) -> HttpResponse:
    staff_actions.clear_review(
        order=order, actor=actor_of(request), note=request.POST.get("text", "").strip()
    )
    messages.success(request, _("The review is ended."))
    return back(order)


@changes
def refresh_now(site: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order) -> HttpResponse:
    refresh(order=order, actor=actor_of(request))
    messages.success(request, _("The order is as the store has it."))
    return back(order)


def refund(site: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order) -> HttpResponse:
    """Choose what, see what the store would give back, confirm."""
    require(site.has_change_permission(request, order))
    offer: Offer | None = None
    wanted = read_wanted(request, order)
    if request.method == "POST" and "amount" in request.POST:
        done = refund_order(
            order=order,
            wanted=wanted,
            expected=read_amount(request.POST["amount"]),
            refunded_before=read_amount(request.POST.get("refunded_before", "")),
            actor=actor_of(request),
            note=request.POST.get("note", "").strip()[:300],
        )
        messages.success(
            request,
            _("Refunded %(amount)s.") % {"amount": show_money(done.amount, order.currency)},
        )
        return back(order)
    if request.method == "POST":
        try:
            offer = calculate(order=order, wanted=wanted)
        except Problem as problem:
            messages.error(request, problem.message)
    context = {
        **site.admin_site.each_context(request),
        "title": _("Refund of %(number)s") % {"number": order.number},
        "opts": site.opts,
        "media": site.media,
        "order": order,
        "offer": offer,
        "shipping": wanted.shipping,
        "rows": [
            (item, item.quantity - item.refunded_quantity, wanted.quantities.get(item.pk, 0))
            for item in order.items.all()
        ],
        "note": request.POST.get("note", ""),
    }
    return TemplateResponse(request, "admin/orders/refund.html", context)


def read_wanted(request: HttpRequest, order: Order) -> Wanted:
    """Return what the form asks for; what is no number counts as none."""
    quantities = {}
    for item in order.items.all():
        text = request.POST.get(f"quantity_{item.pk}", "")
        quantities[item.pk] = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
    return Wanted(quantities=quantities, shipping="shipping" in request.POST)


def read_amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise Problem(_("The amount is missing. Please calculate it again."))
    return amount
