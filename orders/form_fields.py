"""Form fields shared by shop pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class ShopperEmailField(forms.EmailField):
    """A shopper's email address."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Email"))
        messages = {
            "required": _("Enter your email address."),
            "invalid": _("Enter a valid email address, such as name@example.com."),
        }
        widget = forms.EmailInput(attrs={"autocomplete": "email"})
        super().__init__(max_length=254, widget=widget, error_messages=messages, **kwargs)
