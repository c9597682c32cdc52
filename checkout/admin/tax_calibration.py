"""The admin page where staff read NEXT's tax for a place and save it."""

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.staff_log import log_staff_act
from checkout.sentences import TAX_READ, TAX_SAVED
from checkout.tax_calibration import TaxPlace, TaxReading, find_calibration_variant, read_next_tax
from nextcommerce.errors import NextApiError
from nextcommerce.order_prices import NextTaxRate
from stores.admin import StoreAdmin
from stores.errors import Problem
from stores.extendable_admin import AdminPanel
from stores.form_fields import list_country_choices
from stores.models import Store
from stores.states import parse_states
from stores.tax_rates import save_region_rates

READING_SALT = "tax-reading"
READING_SECONDS = 3600


class TaxPlaceForm(forms.Form):
    """The place whose tax is read."""

    country = forms.ChoiceField(label=gettext_lazy("Country"), choices=list_country_choices)
    state = forms.CharField(
        label=gettext_lazy("State"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("For places where tax varies by state, for example NY."),
    )
    city = forms.CharField(label=gettext_lazy("City"), required=False, max_length=100)
    postal_code = forms.CharField(
        label=gettext_lazy("Postal code"),
        required=False,
        max_length=16,
        help_text=gettext_lazy("Tax services such as TaxJar need it."),
    )

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("country") and self.cleaned_data.get("state"):
            try:
                state = parse_states(self.cleaned_data["country"], self.cleaned_data["state"])
            except ValidationError as error:
                self.add_error("state", error)
            else:
                if "," in state:
                    self.add_error("state", _("Enter a single state."))
                self.cleaned_data["state"] = state
        return cleaned


def tax_calibration_view(
    model_admin: "admin.ModelAdmin[Store]", request: HttpRequest, pk: int
) -> HttpResponse:
    """Show the form, make the test order and show its taxes, or save those that were just shown."""
    store = get_object_or_404(Store, pk=pk)
    if not model_admin.has_change_permission(request, store):
        raise PermissionDenied
    if request.method == "POST" and "reading" in request.POST:
        return save_reading(model_admin, request, store)
    form = TaxPlaceForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {}
    if form.is_bound and form.is_valid():
        place = TaxPlace(**form.cleaned_data)
        reading = make_reading(model_admin, request, store, place)
        if reading is not None:
            context = {"reading": reading, "place": place, "token": sign_reading(store, place, reading)}
    context |= {
        **model_admin.admin_site.each_context(request),
        "title": _("Read tax from NEXT Commerce"),
        "opts": model_admin.opts,
        "original": store,
        "form": form,
    }
    return TemplateResponse(request, "admin/checkout/tax_calibration.html", context)


def make_reading(
    model_admin: "admin.ModelAdmin[Store]", request: HttpRequest, store: Store, place: TaxPlace
) -> TaxReading | None:
    """Make the test order, after recording it. Return None if it failed, with a message that says why."""
    variant = find_calibration_variant(store=store)
    if variant is None:
        messages.error(request, _("Import a product from NEXT Commerce first."))
        return None
    email = getattr(request.user, "email", "") or store.support_email
    if not email:
        messages.error(request, _("Add an email address to your account first. The test order needs one."))
        return None
    where = "-".join(filter(None, (place.country, place.state)))
    log_staff_act(actor=request.user, row=store, text=TAX_READ.fill(place=where))
    try:
        return read_next_tax(store=store, place=place, variant=variant, email=email)
    except NextApiError as error:
        messages.error(
            request, _("We couldn't read the tax from NEXT Commerce: %(why)s") % {"why": error.message}
        )
    except Problem as problem:
        messages.error(request, problem.message)
    return None


def sign_reading(store: Store, place: TaxPlace, reading: TaxReading) -> str:
    """Return the reading as text that only this server can have written."""
    rates = [asdict(rate) | {"percent": str(rate.percent)} for rate in reading.rates]
    data = {
        "store": store.pk,
        "country": place.country,
        "state": place.state,
        "mode": str(reading.mode),
        "rates": rates,
    }
    return signing.dumps(data, salt=READING_SALT)


def save_reading(model_admin: "admin.ModelAdmin[Store]", request: HttpRequest, store: Store) -> HttpResponse:
    """Save the rates that the page showed, and return to the store."""
    try:
        data = signing.loads(request.POST["reading"], salt=READING_SALT, max_age=READING_SECONDS)
        if data["store"] != store.pk:
            raise signing.BadSignature
    except signing.BadSignature:
        messages.error(request, _("These rates are too old. Read them again."))
        return redirect("admin:stores_store_tax", store.pk)
    rates = [NextTaxRate(**rate | {"percent": Decimal(rate["percent"])}) for rate in data["rates"]]
    try:
        save_region_rates(
            store=store, country=data["country"], state=data["state"], mode=data["mode"], rates=rates
        )
    except Problem as problem:
        messages.error(request, problem.message)
        return redirect("admin:stores_store_tax", store.pk)
    where = "-".join(filter(None, (data["country"], data["state"])))
    text = TAX_SAVED.fill(place=where)
    log_staff_act(actor=request.user, row=store, text=text)
    messages.success(request, str(text))
    return redirect("admin:stores_store_change", store.pk)


def build_tax_panel(
    model_admin: "admin.ModelAdmin[Store]", request: HttpRequest, store: Store
) -> list[AdminPanel]:
    """Return the link to the page, for staff who may change the store."""
    if not model_admin.has_change_permission(request, store):
        return []
    return [AdminPanel("steps", "admin/checkout/tax_calibration_link.html")]


StoreAdmin.register_panels(build_tax_panel)
StoreAdmin.register_view("<int:pk>/tax/", tax_calibration_view, name="stores_store_tax")
