"""The form that corrects the shipping address of an order, within its country."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from checkout import addresses
from orders.form_fields import TypedTextField
from orders.models import OrderAddress
from stores.typed_text import split_name

MAX_NAME_LENGTH = 150


class ChangeAddressForm(forms.Form):
    """Name and address in the fields of the country, which stays."""

    name = TypedTextField(
        label=_("Full name"),
        max_length=MAX_NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, address: OrderAddress) -> None:
        super().__init__(data, initial=read_initial(address), label_suffix="")
        self.address = address
        for part in addresses.get_address_parts(address.country):
            attrs = {"autocomplete": part.autocomplete}
            field: forms.Field
            if part.choices:
                choices = [("", _("Please choose")), *part.choices]
                field = forms.ChoiceField(choices=choices, widget=forms.Select(attrs=attrs))
            else:
                widget = forms.TextInput(attrs=attrs | {"dir": "auto"})
                field = TypedTextField(max_length=part.max_length, widget=widget)
            field.label, field.required = str(part.label), part.required
            self.fields[part.name] = field
        for field in self.fields.values():
            field.error_messages["required"] = str(_("Please fill out this field."))

    def clean_postal_code(self) -> str:
        """Return the code in its country's form."""
        value = self.cleaned_data["postal_code"]
        if not value:
            return ""
        code, error = addresses.check_postal_code(country=self.address.country, value=value)
        if error:
            raise forms.ValidationError(error)
        return code

    def to_address(self) -> dict[str, str]:
        """Return the valid data as the fields of an address. The phone stays."""
        cleaned, country = self.cleaned_data, self.address.country
        first_name, last_name = split_name(cleaned["name"])
        return {
            "name": cleaned["name"],
            "first_name": first_name,
            "last_name": last_name,
            "country": country,
            "phone": self.address.phone,
            **addresses.complete_address(country=country, data=cleaned),
        }


def read_initial(address: OrderAddress) -> dict[str, str]:
    """Return the address as the fields show it."""
    names = ("name", "line1", "line2", "city", "state", "postal_code")
    return {name: getattr(address, name) for name in names}
