"""Form fields that several pages of the shop have."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class ShopperEmailField(forms.EmailField):
    """A shopper's e-mail address."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("E-mail"))
        messages = {
            "required": _("Please enter your e-mail address."),
            "invalid": _("Please enter an e-mail address such as name@example.com."),
        }
        widget = forms.EmailInput(attrs={"autocomplete": "email"})
        super().__init__(max_length=254, widget=widget, error_messages=messages, **kwargs)
