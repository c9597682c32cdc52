"""The cancellation page (§ 312k BGB): one form with the button that cancels, and a receipt.

Nobody signs in, and nothing tells whether a subscription exists.
"""

import secrets
from typing import Any

from django import forms
from django.db import models
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from orders.contract_notices import KnownContract, Statement, receive_notice
from orders.form_fields import ShopperEmailField, TypedTextField
from orders.models import ContractNotice
from stores.crypto import make_url_token, verify_url_token
from stores.dates import format_store_time
from stores.decorators import private_page
from stores.errors import NotFound
from stores.http import ShopRequest
from stores.lookups import get_or_not_found
from stores.models import Store
from stores.rate_limits import require_within_limit
from subscriptions.cancellations import process_cancellation
from subscriptions.models import Subscription
from subscriptions.views.subscription import find_subscription_by_token

RECEIPT_PURPOSE = "cancellation-receipt"


class Way(models.TextChoices):
    """The two ways to end a contract."""

    ORDINARY = "ordinary", gettext_lazy("At the end of the period")
    FOR_CAUSE = "for_cause", gettext_lazy("Right away, for cause")


class CancellationForm(forms.Form):
    """The statement. The law lists its fields; no more may be asked for."""

    way = forms.ChoiceField(
        label=gettext_lazy("How do you want to cancel?"), choices=Way.choices, initial=Way.ORDINARY
    )
    cause = forms.CharField(
        label=gettext_lazy("Cause"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Only if you cancel for cause."),
    )
    name = TypedTextField(
        label=gettext_lazy("Your name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": gettext_lazy("Enter your name.")},
    )
    contract = TypedTextField(
        label=gettext_lazy("Contract"),
        max_length=500,
        help_text=gettext_lazy("Your order number, or what you subscribed to and when."),
        error_messages={
            "required": gettext_lazy("Enter your order number, or what you subscribed to and when.")
        },
    )
    ends_on = forms.DateField(
        label=gettext_lazy("End date"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y"],
        help_text=gettext_lazy("Leave blank to end it as soon as possible."),
        error_messages={"invalid": gettext_lazy("Enter a date, such as 2027-01-31.")},
    )
    email = ShopperEmailField(help_text=gettext_lazy("We'll email you a confirmation right away."))

    def clean(self) -> dict[str, Any]:
        """Ask for the cause of a cancellation for cause, as the law does, and for none otherwise."""
        cleaned = super().clean() or self.cleaned_data
        is_for_cause = cleaned.get("way") == Way.FOR_CAUSE
        if is_for_cause and not cleaned.get("cause"):
            self.fields["cause"].required = True
            self.add_error("cause", _("Enter why you cancel for cause."))
        return cleaned

    def to_statement(self) -> Statement:
        values = self.cleaned_data
        return Statement(
            name=values["name"],
            contract=values["contract"],
            email=values["email"],
            is_for_cause=values["way"] == Way.FOR_CAUSE,
            cause=values["cause"],
            ends_on=values["ends_on"],
        )


# A statement acts on nothing that the browser is signed in to, and must not need a cookie.
@csrf_exempt
@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def cancel_contract(request: ShopRequest, token: str = "") -> HttpResponse:  # nosec B107
    """Show the form, then save the statement. Raises NotFound if the store turned the page off.

    With the `token` of a subscriber's secret address, the subscription's own data is filled in.
    """
    received_at = timezone.now()
    subscription = find_subscription_by_token(request, token) if token else None
    if request.store.cancellation_page == Store.Switch.OFF:
        raise NotFound(_("This shop has no cancellation page."))
    data = request.POST if request.method == "POST" else None
    form = CancellationForm(data, initial=_prefill(subscription), label_suffix="")
    if data is None or not form.is_valid():
        page_key = request.POST.get("page_key") or secrets.token_urlsafe(18)
        context = {"form": form, "page_key": page_key, "subscription": subscription}
        return render(request, "subscriptions/cancel_contract.html", context)
    require_within_limit(request, "cancel")
    statement = form.to_statement()
    notice = receive_notice(
        store=request.store,
        kind=ContractNotice.Kind.CANCELLATION,
        statement=statement,
        page_key=request.POST.get("page_key", ""),
        language=get_language() or "en",
        received_at=received_at,
        process=process_cancellation,
        contract=_identify(subscription, statement),
    )
    receipt = make_url_token(purpose=RECEIPT_PURPOSE, subject=notice.pk)
    return HttpResponseRedirect(reverse("subscriptions:cancellation_received", args=[receipt]))


def _prefill(subscription: Subscription | None) -> dict[str, Any]:
    if subscription is None:
        return {}
    order = subscription.order
    return {"name": order.name, "contract": _name_contract(subscription), "email": order.email}


def _name_contract(subscription: Subscription) -> str:
    names = ", ".join(dict.fromkeys(line.name for line in subscription.active_lines))
    return f"{subscription.order.number}: {names}"[:500] if names else subscription.order.number


def _identify(subscription: Subscription | None, statement: Statement) -> KnownContract:
    """Return the subscription of the secret address, unless the sender named another contract instead."""
    if subscription is None or subscription.order.number not in statement.contract:
        return KnownContract()
    return KnownContract(order=subscription.order, subscription_id=subscription.pk)


@private_page
@require_safe
def show_receipt(request: ShopRequest, token: str) -> HttpResponse:
    """Show what was received and when, at a secret address. Raises NotFound."""
    notice = get_or_not_found(
        ContractNotice.objects.filter(kind=ContractNotice.Kind.CANCELLATION),
        _("We can't find this statement. Check your email for a copy."),
        pk=verify_url_token(purpose=RECEIPT_PURPOSE, token=token),
        store=request.store.pk,
    )
    context = {
        "statement": notice,
        "received_at": format_store_time(notice.received_at, request.store),
    }
    return render(request, "subscriptions/cancellation_received.html", context)
