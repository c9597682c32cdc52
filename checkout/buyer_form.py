"""Who buys and where they are: contact and address fields by country, checked without the database.

`BuyerForm` asks for both, `AddressForm` for an address only.
"""

from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from checkout import addresses
from checkout.buyer import Address
from checkout.customs_ids import CustomsIdKind, check_customs_id, get_customs_id_kind
from orders.form_fields import ShopperEmailField, TypedTextField
from stores.email_domains import suggest_email
from stores.errors import Problem
from stores.phones import parse_phone
from stores.postal_codes import is_usual_in_state
from stores.typed_text import clean_email, split_name

MAX_NAME_LENGTH = 150
SHORT_FIELDS = ("city", "state", "postal_code")


class AddressForm(forms.Form):
    """Name and address. The address fields depend on the country.

    The country comes from the posted data, then the initial value, then the first of `likely_countries`.
    """

    name = TypedTextField(
        label=_("Full name"),
        max_length=MAX_NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
    )
    country = forms.ChoiceField(
        label=_("Country"), widget=forms.Select(attrs={"autocomplete": "country", "data-updates": ""})
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        initial: Mapping[str, Any] | None = None,
        prefix: str | None = None,
        countries: Iterable[tuple[str, str]] = (),
        likely_countries: Iterable[str] = (),
        updates_by_state: bool = False,
        home_country: str = "",
    ) -> None:
        """Ask for an address if there are `countries`, as (code, name).

        A change of the state updates the page if `updates_by_state`. Parcels come from `home_country`; empty
        if none does.
        """
        super().__init__(data, initial=dict(initial or {}), label_suffix="", prefix=prefix)
        self.country_code = ""
        self.address_names: list[str] = []
        self.unusual_postal_code = ""  # the state and code that the shopper is asked to look at again
        self.home_country = home_country
        self.customs_id: CustomsIdKind | None = None
        choices = list(countries)
        self.needs_address = bool(choices)
        if self.needs_address:
            self._add_country_field(choices, likely_countries)
            self._add_address_fields(updates_by_state=updates_by_state)
        else:
            del self.fields["country"]

    def explain_required_fields(self) -> None:
        """Ask for each field that was left blank. Call it once all fields are there."""
        for name, field in self.fields.items():
            if name != "email":
                field.error_messages["required"] = str(_("Please fill out this field."))

    def typed_value(self, name: str) -> str:
        """Return what the shopper typed into a field now, or else last time."""
        value = self.data.get(self.add_prefix(name)) if self.is_bound else self.initial.get(name)
        return value.strip() if isinstance(value, str) else ""

    def _add_country_field(self, choices: list[tuple[str, str]], likely: Iterable[str]) -> None:
        codes = [code for code, _name in choices]
        candidates = [self.typed_value("country").upper(), *likely, *codes]
        self.country_code = next((code for code in candidates if code in codes), "")
        country = self.fields["country"]
        assert isinstance(country, forms.ChoiceField)
        country.choices = choices
        self.initial["country"] = self.country_code

    def _add_address_fields(self, *, updates_by_state: bool) -> None:
        for part in addresses.get_address_parts(self.country_code) if self.country_code else []:
            attrs = {"autocomplete": part.autocomplete}
            if part.name == "state" and updates_by_state:
                attrs["data-updates"] = ""  # the tax may depend on it
            if part.input_mode:
                attrs["inputmode"] = part.input_mode
            text_attrs = attrs | {"dir": "auto"}
            field: forms.Field
            if part.choices:
                field = forms.ChoiceField(
                    choices=[("", _("Please choose")), *part.choices], widget=forms.Select(attrs=attrs)
                )
            else:
                field = TypedTextField(max_length=part.max_length, widget=forms.TextInput(attrs=text_attrs))
            field.label, field.required = str(part.label), part.required
            if part.example:
                field.help_text = _("Example: %(example)s") % {"example": part.example}
            self._add_address_field(part.name, field)
        self.customs_id = get_customs_id_kind(country=self.country_code, home=self.home_country)
        if self.customs_id:
            attrs = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
            field = TypedTextField(max_length=30, widget=forms.TextInput(attrs=attrs))
            field.label, field.required = str(self.customs_id.label), self.customs_id.is_required
            field.help_text = str(self.customs_id.reason)
            self._add_address_field("customs_id", field)

    def _add_address_field(self, name: str, field: forms.Field) -> None:
        self.fields[name] = field
        self.address_names.append(name)

    def name_autocomplete_section(self, section: str) -> None:
        """Tell browsers which of two addresses this is: `shipping` or `billing`."""
        for name in ("name", "country", *self.address_names):
            attrs = self.fields[name].widget.attrs if name in self.fields else {}
            if attrs.get("autocomplete", "off") != "off":
                attrs["autocomplete"] = f"{section} {attrs['autocomplete']}"

    @property
    def state_code(self) -> str:
        """Return the state that the shopper chose, if the country's addresses have one."""
        return self.typed_value("state") if "state" in self.fields else ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("postal_code"):
            self._clean_postal_code(cleaned)
        if self.customs_id and cleaned.get("customs_id"):
            number, error = check_customs_id(self.customs_id, cleaned["customs_id"])
            cleaned["customs_id"] = number
            if error:
                self.add_error("customs_id", error)
        self._show_cleaned(cleaned)
        return cleaned

    def _show_cleaned(self, cleaned: dict[str, Any]) -> None:
        """Show details as they are stored, so that shoppers see what an order would say."""
        shown: Any = copy(self.data)
        for name in ("email", "name", *self.address_names):
            if cleaned.get(name):
                shown[self.add_prefix(name)] = cleaned[name]
        self.data = shown

    def _clean_postal_code(self, cleaned: dict[str, Any]) -> None:
        """Put the code into its country's form. One that is unusual in the state must be sent twice."""
        code, error = addresses.check_postal_code(country=self.country_code, value=cleaned["postal_code"])
        cleaned["postal_code"] = code
        if error:
            self.add_error("postal_code", error)
        elif not is_usual_in_state(self.country_code, self.state_code, code):
            self.unusual_postal_code = f"{self.state_code} {code}"
            if self.typed_value("unusual_postal_code") != self.unusual_postal_code:
                self.add_error(
                    "postal_code", addresses.describe_unusual_code(self.country_code, self.state_code)
                )

    def build_address(self, *, phone: str = "") -> Address:
        """Return the validated address. Call only after `is_valid()`."""
        first_name, last_name = split_name(self.cleaned_data["name"])
        return Address(
            first_name=first_name,
            last_name=last_name,
            country=self.country_code,
            phone=phone,
            **addresses.complete_address(country=self.country_code, data=self.cleaned_data),
        )

    def address_fields(self) -> list[tuple[forms.BoundField, str]]:
        """Return (field, width) of the address fields. Two or three short fields share a row."""
        short = [name for name in self.address_names if name in SHORT_FIELDS]
        width = {2: "half", 3: "third"}.get(len(short), "")
        return [(self[name], width if name in short else "") for name in self.address_names]


class BuyerForm(AddressForm):
    """The shopper's contact and address."""

    email = ShopperEmailField()
    phone = TypedTextField(
        label=_("Phone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
        help_text=_("We'll only use it for questions about your order."),
    )

    field_order = ("email", "phone", "name", "country")

    @property
    def email_suggestion(self) -> str:
        """Return the address that the shopper may have meant, or ""."""
        return suggest_email(clean_email(self.typed_value("email")))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        try:
            cleaned["phone"] = parse_phone(text=cleaned.get("phone", ""), country=self.country_code)
        except Problem as problem:
            self.add_error("phone", problem.message)
        return cleaned
