"""The form that corrects the shipping address of an order, within its country."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from checkout.buyer_form import AddressForm
from orders.form_fields import TypedTextField
from orders.models import OrderAddress

MAX_LINE_LENGTH = 255


class ChangeAddressForm(AddressForm):
    """Name and address in the fields of the country, which stays."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, address: OrderAddress) -> None:
        country = address.country
        super().__init__(data, initial=read_initial(address), countries=[(country, country)])
        self.address = address
        del self.fields["country"]
        # An order's second line has the part of the city and the number for customs, too.
        self.fields.pop("city_area", None)
        attrs = {"autocomplete": "address-line2", "dir": "auto"}
        self.fields["line2"] = TypedTextField(
            label=_("Apartment, suite, etc."),
            required=False,
            max_length=MAX_LINE_LENGTH,
            widget=forms.TextInput(attrs=attrs),
        )
        self.explain_required_fields()

    def to_address(self) -> dict[str, str]:
        """Return the valid data as the fields of an address. The phone stays."""
        return self.build_address(phone=self.address.phone).as_json()


def read_initial(address: OrderAddress) -> dict[str, str]:
    """Return the address as the fields show it."""
    names = ("name", "country", "line1", "line2", "city", "state", "postal_code")
    return {name: getattr(address, name) for name in names}
