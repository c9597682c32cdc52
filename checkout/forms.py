"""The checkout form: contact, address by country, delivery."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from checkout import addresses
from checkout.buyer import Address, Buyer
from checkout.models import ShippingMethod
from checkout.quote import list_shipping_methods
from checkout.selection import Selection
from orders.form_fields import ShopperEmailField
from stores.errors import Problem
from stores.http import client_ip
from stores.models import Store
from stores.phones import parse_phone

MAX_NAME_LENGTH = 100
SHORT_FIELDS = ("city", "state", "postal_code")


class CheckoutForm(forms.Form):
    """Everything a checkout asks. The fields of the address are those of `country`, which is typed data
    when there is some, else the initial value, else the likeliest that the selection can go to.
    """

    email = ShopperEmailField()
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
        help_text=_("Only for questions about your order."),
    )
    first_name = forms.CharField(
        label=_("First name"),
        max_length=MAX_NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "given-name", "dir": "auto"}),
    )
    last_name = forms.CharField(
        label=_("Last name"),
        max_length=MAX_NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "family-name", "dir": "auto"}),
    )
    country = forms.ChoiceField(
        label=_("Country"), widget=forms.Select(attrs={"autocomplete": "country", "data-updates": ""})
    )
    shipping = forms.ChoiceField(
        label=_("Delivery"), required=False, widget=forms.RadioSelect(attrs={"data-updates": ""})
    )
    accepts_marketing = forms.BooleanField(
        label=_("Write to me about news and offers, no more than once in a while."), required=False
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        store: Store,
        selection: Selection,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}), label_suffix="")
        self.store = store
        self.selection = selection
        self.asks_address = (
            selection.needs_shipping or selection.needs_tax_address or not store.prices_include_tax
        )
        self.all_methods: list[ShippingMethod] = []
        self.methods: list[ShippingMethod] = []
        self.country_code = ""
        self.address_names: list[str] = []
        if selection.needs_shipping:
            self.all_methods = list_shipping_methods(store=store)
        if self.asks_address:
            self._ask_country()
            self._ask_address()
        else:
            del self.fields["country"]
        if selection.needs_shipping:
            self._ask_delivery()
        else:
            del self.fields["shipping"]
        for name, field in self.fields.items():
            if name != "email":
                field.error_messages["required"] = str(_("Please fill this in."))

    def _value(self, name: str) -> str:
        value = self.data.get(name) if self.is_bound else self.initial.get(name)
        return value.strip() if isinstance(value, str) else ""

    def _ask_country(self) -> None:
        choices = addresses.country_choices(
            store=self.store, selection=self.selection, methods=self.all_methods
        )
        codes = [code for code, _name in choices]
        # A national currency begins with its country's code.
        likely = [self._value("country").upper(), *self.store.countries, self.store.currency[:2], *codes]
        self.country_code = next((code for code in likely if code in codes), "")
        country = self.fields["country"]
        assert isinstance(country, forms.ChoiceField)
        country.choices = choices
        self.initial["country"] = self.country_code

    def _ask_address(self) -> None:
        for part in addresses.get_address_parts(self.country_code) if self.country_code else []:
            attrs = {"autocomplete": part.autocomplete}
            typed = attrs | {"dir": "auto"}
            field: forms.Field
            if part.choices:
                field = forms.ChoiceField(
                    choices=[("", _("Please choose")), *part.choices], widget=forms.Select(attrs=attrs)
                )
            else:
                field = forms.CharField(max_length=part.max_length, widget=forms.TextInput(attrs=typed))
            field.label, field.required = str(part.label), part.required
            if part.example:
                field.help_text = _("For example %(example)s") % {"example": part.example}
            self.fields[part.name] = field
            self.address_names.append(part.name)

    def _ask_delivery(self) -> None:
        self.methods = [method for method in self.all_methods if method.goes_to(self.country_code)]
        shipping = self.fields["shipping"]
        assert isinstance(shipping, forms.ChoiceField)
        shipping.choices = [(method.code, method.name) for method in self.methods]
        if self.methods:
            self.initial.setdefault("shipping", self.methods[0].code)

    @property
    def shipping_code(self) -> str:
        """The code of the method chosen, if it goes to the country; else of the first that does."""
        codes = [method.code for method in self.methods]
        wanted = self._value("shipping")
        return wanted if wanted in codes else codes[0] if codes else ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        try:
            cleaned["phone"] = parse_phone(text=cleaned.get("phone", ""), country=self.country_code)
        except Problem as problem:
            self.add_error("phone", problem.message)
        if cleaned.get("postal_code"):
            code, wrong = addresses.check_postal_code(
                country=self.country_code, state=cleaned.get("state", ""), value=cleaned["postal_code"]
            )
            cleaned["postal_code"] = code
            if wrong:
                self.add_error("postal_code", wrong)
        if self.selection.needs_shipping:
            cleaned["shipping"] = self.shipping_code
            if not self.methods:
                self.add_error(
                    "country", _("Nothing can be delivered there yet. Please choose another country.")
                )
        return cleaned

    def address_fields(self) -> list[tuple[forms.BoundField, str]]:
        """Return the fields of the address, each with its width: the short ones share a row."""
        short = [name for name in self.address_names if name in SHORT_FIELDS]
        width = {2: "half", 3: "third"}.get(len(short), "")
        return [(self[name], width if name in short else "") for name in self.address_names]

    def focus_first_error(self) -> "CheckoutForm":
        """Let the browser begin where something is wrong."""
        for name in self.fields if self.is_bound else []:
            if self.errors.get(name):
                self.fields[name].widget.attrs["autofocus"] = True
                break
        return self

    def typed_values(self) -> dict[str, str]:
        """Return everything typed, to be shown again when the shopper comes back."""
        return {name: self._value(name) for name in self.fields}

    def build_buyer(self, request: HttpRequest) -> Buyer:
        """Return the checked data; only after `is_valid()`."""
        cleaned = self.cleaned_data
        address = None
        if self.asks_address:
            address = Address(
                first_name=cleaned["first_name"],
                last_name=cleaned["last_name"],
                country=self.country_code,
                phone=cleaned["phone"],
                **addresses.complete_address(country=self.country_code, data=cleaned),
            )
        return Buyer(
            email=cleaned["email"],
            first_name=cleaned["first_name"],
            last_name=cleaned["last_name"],
            phone=cleaned["phone"],
            language=get_language() or "en",
            accepts_marketing=cleaned["accepts_marketing"],
            shipping_address=address if self.selection.needs_shipping else None,
            billing_address=None if self.selection.needs_shipping else address,
            ip=client_ip(request),
            user_agent=request.headers.get("User-Agent", ""),
        )
