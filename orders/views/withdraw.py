"""The withdrawal function (Directive 2011/83/EU, Art. 11a): a statement, its confirmation, and a receipt.

Nobody signs in, and nothing tells whether an order exists.
"""

import secrets
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from orders.contract_notices import KnownContract, Statement, find_numbers, receive_notice
from orders.form_fields import ShopperEmailField, TypedTextField
from orders.models import ContractNotice, Order
from orders.views.order_status import find_order_by_token
from orders.withdrawals import process_withdrawal
from stores.crypto import make_url_token, verify_url_token
from stores.dates import format_store_time
from stores.decorators import private_page
from stores.errors import NotFound
from stores.http import ShopRequest
from stores.lookups import get_or_not_found
from stores.models import Store
from stores.rate_limits import require_within_limit

RECEIPT_PURPOSE = "withdrawal-receipt"
EDIT, REVIEW, CONFIRM = "edit", "review", "confirm"


class WithdrawalForm(forms.Form):
    """The statement. The law lets us require nothing else, and no reason."""

    name = TypedTextField(
        label=gettext_lazy("Your name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": gettext_lazy("Enter your name.")},
    )
    contract = TypedTextField(
        label=gettext_lazy("Order number"),
        max_length=500,
        help_text=gettext_lazy("If you don't have it, write what you ordered and when."),
        error_messages={"required": gettext_lazy("Enter your order number, or what you ordered and when.")},
    )
    items = forms.CharField(
        label=gettext_lazy("Which items, if not all of them"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    email = ShopperEmailField(help_text=gettext_lazy("We'll email you a copy of your statement."))

    def to_statement(self) -> Statement:
        return Statement(**self.cleaned_data)


# A statement acts on nothing that the browser is signed in to, and must not need a cookie.
@csrf_exempt
@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: ShopRequest, token: str = "") -> HttpResponse:  # nosec B107
    """Show the form, then the statement to confirm, then save it. Raises NotFound if the store turned it off.

    With the `token` of an order's secret address, the order's own data is filled in.
    """
    received_at = timezone.now()
    order = find_order_by_token(request, token) if token else None
    if request.store.withdrawal_function == Store.Switch.OFF:
        raise NotFound(_("This shop has no withdrawal form."))
    step = request.POST.get("step", REVIEW)
    data = request.POST if request.method == "POST" else None
    form = WithdrawalForm(data, initial=_prefill(order), label_suffix="")
    if data is None or step == EDIT or not form.is_valid():
        return render(request, "orders/withdraw.html", {"form": form, "order": order})
    if step != CONFIRM:
        context = {"form": form, "statement": form.to_statement(), "page_key": secrets.token_urlsafe(18)}
        return render(request, "orders/withdraw_review.html", context)
    require_within_limit(request, "withdraw")
    statement = form.to_statement()
    is_named = order is not None and order.number in find_numbers(statement)
    withdrawal = receive_notice(
        store=request.store,
        kind=ContractNotice.Kind.WITHDRAWAL,
        statement=statement,
        page_key=request.POST.get("page_key", ""),
        language=get_language() or "en",
        received_at=received_at,
        process=process_withdrawal,
        contract=KnownContract(order=order if is_named else None),
    )
    receipt = make_url_token(purpose=RECEIPT_PURPOSE, subject=withdrawal.pk)
    return HttpResponseRedirect(reverse("orders:withdrawal-received", args=[receipt]))


def _prefill(order: Order | None) -> dict[str, Any]:
    return {"name": order.name, "contract": order.number, "email": order.email} if order else {}


@private_page
@require_safe
def show_receipt(request: ShopRequest, token: str) -> HttpResponse:
    """Show what was received and when, at a secret address. Raises NotFound."""
    withdrawal = get_or_not_found(
        ContractNotice.objects.filter(kind=ContractNotice.Kind.WITHDRAWAL),
        _("We can't find this statement. Check your email for a copy."),
        pk=verify_url_token(purpose=RECEIPT_PURPOSE, token=token),
        store=request.store.pk,
    )
    received_at = format_store_time(withdrawal.received_at, request.store)
    context = {"statement": withdrawal, "received_at": received_at}
    return render(request, "orders/withdrawal_received.html", context)
