"""Refunds in the admin: choose what to refund, see the amount that NEXT would refund, and confirm."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.staff_log import log_staff_act
from orders.admin.neighbors import get_list_query
from orders.admin.order_actions import get_actor_name, redirect_to_admin_order, require_permission
from orders.models import Order, RefundRequest
from orders.refunds import RefundInput, RefundQuote, fetch_refund_quote, full_refund_input, issue_refund
from orders.sentences import REFUND_ASKED
from stores.errors import Problem
from stores.money import format_money
from wording.sentence import Money


class RefundForm(forms.Form):
    """What to refund: everything left, chosen quantities and the shipping, or an amount alone."""

    EVERYTHING, ITEMS, AMOUNT = "everything", "items", "amount"

    what = forms.ChoiceField(
        choices=((EVERYTHING, ""), (ITEMS, ""), (AMOUNT, "")), required=False, initial=ITEMS
    )
    shipping = forms.BooleanField(required=False)
    custom_amount = forms.DecimalField(
        label=gettext_lazy("Amount to refund"),
        required=False,
        min_value=Decimal("0.01"),
        max_digits=12,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"inputmode": "decimal"}),
    )
    note = forms.CharField(
        label=gettext_lazy("Order note"), required=False, max_length=300, widget=forms.TextInput({"size": 50})
    )

    def __init__(self, data: Any, *, order: Order, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, label_suffix="")
        self.order = order
        self.rows = []
        for item in order.items.all():
            left, name = item.quantity - item.refunded_quantity, f"quantity_{item.pk}"
            label = ", ".join(filter(None, (item.name, item.title)))
            self.fields[name] = forms.IntegerField(
                label=label, min_value=0, max_value=left, required=False, initial=0, disabled=not left
            )
            self.rows.append((item, left, self[name]))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("what") == self.AMOUNT and not data.get("custom_amount") and not self.errors:
            self.add_error("custom_amount", _("Enter the amount to refund."))
        return data

    @property
    def selected(self) -> str:
        """What is chosen, also of a form that wasn't sent yet."""
        return str(self["what"].value() or self.ITEMS)

    def to_refund_input(self) -> RefundInput:
        """Return what a valid form selects."""
        data = self.cleaned_data
        if data["what"] == self.EVERYTHING:
            return full_refund_input(self.order)
        if data["what"] == self.AMOUNT:
            return RefundInput(amount=data["custom_amount"])
        quantities = {item.pk: data[field.name] or 0 for item, _left, field in self.rows}
        return RefundInput(quantities=quantities, shipping=data["shipping"])


def refund_order_view(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order
) -> HttpResponse:
    """Choose what to refund, review the amount, and confirm it."""
    require_permission(request.user.has_perm("orders.refund_order"))
    form = RefundForm(request.POST or None, order=order, initial=_prepare_withdrawal(request, order))
    if form.is_valid() and "amount" in request.POST:
        _make_refund(model_admin, request, order, form)
        return redirect_to_admin_order(order)
    refund_quote: RefundQuote | None = None
    if form.is_valid() and "edit" not in request.POST:
        try:
            refund_quote = fetch_refund_quote(order=order, refund_input=form.to_refund_input())
        except Problem as problem:
            messages.error(request, problem.message)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Refund %(number)s") % {"number": order.number},
        "opts": model_admin.opts,
        "media": model_admin.media,
        "order": order,
        "list_query": get_list_query(request),
        "form": form,
        "refund_quote": refund_quote,
        "chosen_rows": _list_chosen_rows(form) if refund_quote else [],
        "left_after": order.net_total - refund_quote.amount if refund_quote else None,
        "pending_refunds": list_pending_refunds(order),
    }
    return TemplateResponse(request, "admin/orders/refund.html", context)


def _prepare_withdrawal(request: HttpRequest, order: Order) -> dict[str, Any]:
    """Return what to fill in for the order's withdrawal that the address names. Staff choose named items."""
    named = request.GET.get("withdrawal", "")
    withdrawal = order.notices.filter(pk=named, kind="withdrawal").first() if named else None
    if withdrawal is None:
        return {}
    date = date_format(localtime(withdrawal.received_at), "DATE_FORMAT")
    return {
        "what": RefundForm.ITEMS if withdrawal.items else RefundForm.EVERYTHING,
        "note": _("Withdrawal of %(date)s") % {"date": date},
    }


def _make_refund(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order, form: RefundForm
) -> None:
    """Request the refund that staff confirmed, and tell what is known of it."""
    expected = read_refund_amount(request.POST["amount"])
    # Logged before NEXT is asked, as the request is, whatever becomes of it.
    text = REFUND_ASKED.fill(amount=Money(expected, order.currency))
    log_staff_act(actor=request.user, row=order, text=text)
    try:
        refund = issue_refund(
            order=order,
            refund_input=form.to_refund_input(),
            expected=expected,
            refunded_before=read_refund_amount(request.POST.get("refunded_before", "")),
            actor=get_actor_name(request),
            note=form.cleaned_data["note"].strip(),
        )
    except Problem as problem:
        # While the outcome isn't known, nothing has failed yet.
        tell = messages.warning if list_pending_refunds(order) else messages.error
        tell(request, problem.message)
        return
    amount = format_money(refund.amount, order.currency)
    messages.success(request, _("Refunded %(amount)s.") % {"amount": amount})


def _list_chosen_rows(form: RefundForm) -> list[tuple[Any, int]]:
    """Return each item to refund, with its quantity; [] for an amount alone."""
    quantities = form.to_refund_input().quantities
    return [(item, quantities[item.pk]) for item, _left, _field in form.rows if quantities.get(item.pk)]


def list_pending_refunds(order: Order) -> list[RefundRequest]:
    """Return the refunds that NEXT may have made: nobody knows yet."""
    return list(order.refund_requests.filter(state=RefundRequest.State.PENDING).order_by("pk"))


def read_refund_amount(text: str) -> Decimal:
    """Return the posted amount. Raises Problem if it is missing or not a finite number."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise Problem(_("The amount is missing. Calculate it again."))
    return amount
