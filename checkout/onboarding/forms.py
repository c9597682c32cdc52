"""The forms of the setup page. What NEXT knows is chosen from lists, never typed."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from checkout.onboarding.findings import CheckedStore
from stores.connect import use_route
from stores.countries import list_countries
from stores.form_fields import LongSelect, LongSelectMultiple
from stores.forms import StoreForm
from stores.models import FooterLink, Store, TaxMode
from stores.next_settings import takes_method
from stores.offered_payment_methods import is_taken_by_next, list_real_methods
from stores.payment_method_fields import OrderedMethodsField
from stores.payment_methods import LINK, PAYMENT_METHODS


class SetupForm(forms.ModelForm):
    """A form about some fields of a checked store. Its save saves nothing else."""

    def __init__(self, checked: CheckedStore, data: Any = None) -> None:
        self.checked = checked
        super().__init__(data, instance=checked.store, auto_id=f"id_{type(self).__name__.lower()}_%s")
        self._disable_fixed_fields()

    def _disable_fixed_fields(self) -> None:
        """Fix what orders depend on, as the store's own page does."""
        for name, is_used, message in StoreForm.fixed_fields:
            if name in self.fields and is_used(self.instance):
                self.fields[name].disabled = True
                self.fields[name].help_text = str(message)

    def set_choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        """Offer these choices in a field."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def save(self, commit: bool = True) -> Any:
        self.instance.save(update_fields=self.saved_fields)
        return self.instance

    @property
    def saved_fields(self) -> list[str]:
        return list(self.fields)


class DetailsForm(SetupForm):
    """The store's name, currency, time zone, and contact."""

    currency = forms.ChoiceField(label=gettext_lazy("Currency"))
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), widget=LongSelect)

    class Meta:
        model = Store
        fields = ("name", "currency", "time_zone", "support_email")

    def __init__(self, checked: CheckedStore, data: Any = None) -> None:
        super().__init__(checked, data)
        known = checked.settings.currencies or (self.instance.currency,)
        self.set_choices("currency", _list_choices([*known], self.instance.currency))
        self.set_choices("time_zone", _list_choices([*_list_time_zones()], self.instance.time_zone))


@cache
def _list_time_zones() -> tuple[str, ...]:
    """Return the zones named after a place. Reads a folder of files, so only once."""
    return tuple(sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC"))


def _list_choices(values: list[str], current: str) -> list[tuple[str, str]]:
    """Return choices, with a current value that isn't one of them."""
    return [(value, value) for value in (values if current in values else [current, *values])]


class PaymentForm(SetupForm):
    """The payment methods, and the gateway or group of gateways that takes them."""

    payment_methods = OrderedMethodsField(
        label=gettext_lazy("Payment methods"),
        help_text=gettext_lazy("Shoppers choose from these. The one in the first position is preselected."),
    )
    route = forms.ChoiceField(label=gettext_lazy("Gateway"), required=False)

    class Meta:
        model = Store
        fields = ("payment_methods",)

    field_order = ("payment_methods", "route")

    def __init__(self, checked: CheckedStore, data: Any = None) -> None:
        super().__init__(checked, data)
        self._offer_methods()
        routes = [
            route
            for route in checked.settings.routes
            if any(
                takes_method(route.methods, method, self.instance.currency)
                for method in {LINK, *list_real_methods(self.instance)}
            )
        ]
        self.routes = {route.key: route for route in routes}
        group = _("%(name)s (group)")
        names = {
            key: group % {"name": route.name} if route.is_group else route.name
            for key, route in self.routes.items()
        }
        self.set_choices("route", [("", "---------"), *names.items()])
        self.fields["route"].help_text = _("All gateways and groups that take Link in %(code)s.") % {
            "code": self.instance.currency
        }
        current = checked.settings.find_route(self.instance)
        self.initial["route"] = current.key if current else ""

    def _offer_methods(self) -> None:
        """List the methods of the store's currency, and note those that NEXT doesn't have."""
        store, found = self.instance, self.checked.settings
        methods = [
            method
            for method in PAYMENT_METHODS.values()
            if method.code in store.payment_methods
            or (method.takes_currency(store.currency) and not (method.is_test and store.is_live))
        ]
        missing = _("not on in NEXT Commerce for %(code)s") % {"code": store.currency}
        notes = {
            method.code: missing
            for method in methods
            if not is_taken_by_next(method, store=store, found=found)
        }
        field = self.fields["payment_methods"]
        assert isinstance(field, OrderedMethodsField)
        field.offer(methods, notes)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        chosen = [PAYMENT_METHODS[code] for code in self.cleaned_data.get("payment_methods", [])]
        needs_route = any(method.uses_gateway and not method.is_test for method in chosen)
        if needs_route and not self.cleaned_data.get("route") and "route" not in self.errors:
            self.add_error("route", _("Choose the gateway that takes payments."))
        return cleaned

    def save(self, commit: bool = True) -> Any:
        if route := self.routes.get(self.cleaned_data["route"]):
            use_route(self.instance, route)
        return super().save(commit)

    @property
    def saved_fields(self) -> list[str]:
        return ["payment_methods", "payment_gateway", "payment_gateway_group"]


class ShippingForm(SetupForm):
    """The countries that the store sells to, of those that a shipping method goes to."""

    countries = forms.MultipleChoiceField(
        label=gettext_lazy("Ships to"),
        required=False,
        widget=LongSelectMultiple(attrs={"size": 8}),
        help_text=gettext_lazy("Choose none to ship wherever the shipping methods go."),
    )

    class Meta:
        model = Store
        fields = ("countries",)

    def __init__(self, checked: CheckedStore, data: Any = None) -> None:
        super().__init__(checked, data)
        methods = checked.shipping_methods
        reached = {code for method in methods for code in method.countries} | set(self.instance.countries)
        if any(not method.countries for method in methods):
            reached = {code for code, _name in list_countries()}
        self.set_choices("countries", [(code, name) for code, name in list_countries() if code in reached])

    def clean_countries(self) -> list[str]:
        """Keep the order: the first country is where shoppers are taken to be from."""
        chosen = list(self.cleaned_data["countries"])
        kept = [code for code in self.initial["countries"] if code in chosen]
        return [*kept, *(code for code in chosen if code not in kept)]


class TaxForm(SetupForm):
    """How prices relate to tax where no tax region says otherwise."""

    class Meta:
        model = Store
        fields = ("tax_mode",)
        labels = {"tax_mode": gettext_lazy("Tax")}
        help_texts = {"tax_mode": gettext_lazy("Set it as in NEXT Commerce. Rates are on the store's page.")}

    def __init__(self, checked: CheckedStore, data: Any = None) -> None:
        super().__init__(checked, data)
        self.set_choices("tax_mode", [(mode.value, str(mode.label)) for mode in TaxMode])


class PoliciesForm(forms.Form):
    """The addresses of terms and policies, which become links in the shop's footer."""

    terms = forms.URLField(label=gettext_lazy("Terms"), required=False, assume_scheme="https")
    privacy = forms.URLField(label=gettext_lazy("Privacy"), required=False, assume_scheme="https")
    returns = forms.URLField(label=gettext_lazy("Returns"), required=False, assume_scheme="https")

    def __init__(self, checked: CheckedStore, data: Any = None) -> None:
        self.store = checked.store
        super().__init__(data, auto_id="id_policies_%s")
        for name in self.fields:
            self.fields[name].widget.attrs["size"] = 50

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors and not any(self.cleaned_data.values()):
            self.add_error("terms", _("Enter at least one address."))
        return cleaned

    def save(self) -> None:
        """Set the address of each link that was entered. One with the same label gets the new address."""
        links = FooterLink.objects.filter(store=self.store)
        for name, url in self.cleaned_data.items():
            label = str(self.fields[name].label)
            if url and not links.filter(label=label).update(url=url):
                last = links.aggregate(Max("position", default=0))["position__max"]
                links.create(store=self.store, label=label, url=url, position=min(last + 1, 32_767))


class EmailForm(forms.Form):
    """Where to send a test email."""

    email = forms.EmailField(label=gettext_lazy("Send a test email to"))

    def __init__(self, checked: CheckedStore, data: Any = None, *, address: str = "") -> None:
        super().__init__(data, initial={"email": address}, auto_id="id_testemail_%s")
