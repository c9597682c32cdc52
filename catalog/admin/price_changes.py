"""The page that changes the prices of the products chosen in the list, after a preview."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.staff_log import log_staff_act
from catalog.models import Product
from catalog.price_changes import (
    ChangeKind,
    PriceChange,
    apply_changed_prices,
    digest_prices,
    list_changed_prices,
)
from catalog.sentences import PRICES_CHANGED
from stores.errors import Problem

MAX_ROWS_SHOWN = 300


class PriceChangeForm(forms.Form):
    """By how much to raise or cut prices."""

    value = forms.DecimalField(
        label=gettext_lazy("Change by"),
        max_digits=12,
        decimal_places=2,
        help_text=gettext_lazy("With a minus to cut prices, such as -10."),
        widget=forms.NumberInput(attrs={"step": "0.01", "autofocus": True}),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Unit"),
        choices=[
            (ChangeKind.PERCENT.value, gettext_lazy("percent")),
            (ChangeKind.AMOUNT.value, gettext_lazy("amount in the store's currency")),
        ],
    )

    def clean_value(self) -> Any:
        value = self.cleaned_data["value"]
        if not value:
            raise forms.ValidationError(_("Enter a number other than 0."))
        return value

    def to_change(self) -> PriceChange:
        return PriceChange(ChangeKind(self.cleaned_data["kind"]), self.cleaned_data["value"])


def change_prices_view(
    model_admin: Any, request: HttpRequest, products: QuerySet[Product]
) -> HttpResponse | None:
    """Ask for the change, show what it does, and apply it once confirmed. Returns None when done."""
    form = PriceChangeForm(request.POST if "value" in request.POST else None)
    rows = list_changed_prices(products, form.to_change()) if form.is_bound and form.is_valid() else []
    digest = digest_prices(rows)
    if rows and "confirm" in request.POST:
        if request.POST.get("shown") == digest:
            try:
                changed = apply_changed_prices(rows)
            except Problem as problem:
                form.add_error(None, problem.message)
            else:
                _report(model_admin, request, changed, form.to_change())
                return None
        else:
            form.add_error(None, _("Prices changed meanwhile. Check the new ones, then confirm."))
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": _("Change prices"),
        "form": form,
        "rows": rows[:MAX_ROWS_SHOWN],
        "hidden_rows": max(len(rows) - MAX_ROWS_SHOWN, 0),
        "changed_count": sum(row.is_changed for row in rows),
        "digest": digest,
        "product_count": products.count(),
        "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "checkbox_name": ACTION_CHECKBOX_NAME,
        "select_across": request.POST.get("select_across", "0"),
    }
    return TemplateResponse(request, "admin/catalog/price_changes.html", context)


def _report(model_admin: Any, request: HttpRequest, changed: list[Product], change: PriceChange) -> None:
    unit = "%" if change.kind == ChangeKind.PERCENT else ""
    text = PRICES_CHANGED.fill(value=f"{change.value:+}{unit}")
    for product in changed:
        log_staff_act(actor=request.user, row=product, text=text)
    count = len(changed)
    message = ngettext("Prices of %(count)d product changed.", "Prices of %(count)d products changed.", count)
    model_admin.message_user(request, message % {"count": count}, messages.SUCCESS)
