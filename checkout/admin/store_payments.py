"""The store's page in the admin, careful with what payments under way depend on."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from checkout.admin.store_onboarding import StoreOnboardingAdmin
from checkout.models import PaymentIntent
from orders.models import Order
from stores.forms import StoreForm
from stores.models import Store

admin.site.unregister(Store)

# With these the store is asked what became of its payments.
CONNECTION_FIELDS = {"next_api_url", "access_token"}


class StorePaymentsForm(StoreForm):
    """Orders are known by their numbers: another store's order of the same number would be taken for ours."""

    has_moved = forms.BooleanField(
        label=gettext_lazy("The same store at a new address"),
        required=False,
        help_text=gettext_lazy(
            "Its orders are asked for there by their numbers, and refunded. "
            "Another NEXT Commerce store needs a store of its own here."
        ),
    )

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        address = self.cleaned_data.get("next_api_url")
        if address in {None, self.instance.next_api_url} or self.cleaned_data.get("has_moved"):
            return cleaned
        known = Order.objects.filter(store=self.instance.pk, next_order_number__isnull=False)
        if known.exists() or count_open_payments(self.instance):
            self.add_error(
                "next_api_url",
                _("Orders were made at the old address. Tick below if the same store has moved."),
            )
        return cleaned


@admin.register(Store)
class StorePaymentsAdmin(StoreOnboardingAdmin):
    """Says what a new address or token means for payments under way."""

    form = StorePaymentsForm

    def get_fieldsets(self, request: HttpRequest, obj: Store | None = None) -> Any:
        sets = super().get_fieldsets(request, obj)
        if obj is None:
            return sets
        return [
            (title, {"fields": [each for name in options["fields"] for each in _with_moved_checkbox(name)]})
            for title, options in sets
        ]

    def save_model(self, request: HttpRequest, obj: Store, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        open_payments = (
            count_open_payments(obj) if change and CONNECTION_FIELDS & set(form.changed_data) else 0
        )
        if open_payments:
            words = ngettext(
                "%(count)d payment is under way, and asked about with what was saved just now. "
                "Check the connection: while it fails, nobody learns how it ended.",
                "%(count)d payments are under way, and asked about with what was saved just now. "
                "Check the connection: while it fails, nobody learns how they ended.",
                open_payments,
            )
            messages.warning(request, words % {"count": open_payments})


def count_open_payments(store: Store) -> int:
    """How many of the store's payments have no outcome yet."""
    return PaymentIntent.objects.filter(store=store.pk, status__in=PaymentIntent.OPEN).count()


def _with_moved_checkbox(name: Any) -> tuple[Any, ...]:
    return (name, "has_moved") if name == "next_api_url" else (name,)
