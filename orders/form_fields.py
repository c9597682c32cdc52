"""Form fields shared by shop pages."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stores.typed_text import clean_email, fold_text


class TypedTextField(forms.CharField):
    """One line of text in the form of `stores.typed_text.fold_text`."""

    def to_python(self, value: Any) -> str | None:
        return super().to_python(fold_text(value) if isinstance(value, str) else value)


class ShopperEmailField(forms.EmailField):
    """A shopper's email address, in the form of `stores.typed_text.clean_email`."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", gettext_lazy("Email"))
        messages = {"required": gettext_lazy("Enter your email address.")}
        kwargs.setdefault("widget", forms.EmailInput(attrs={"autocomplete": "email"}))
        super().__init__(max_length=254, error_messages=messages, **kwargs)

    def to_python(self, value: Any) -> str | None:
        return super().to_python(clean_email(value) if isinstance(value, str) else value)

    def run_validators(self, value: Any) -> None:
        try:
            super().run_validators(value)
        except ValidationError as error:
            if any(each.code == "invalid" for each in error.error_list):
                raise ValidationError(explain_invalid_email(value), code="invalid") from None
            raise


def explain_invalid_email(email: str) -> str:
    """Return what is wrong with an address that isn't valid."""
    name, _at, domain = email.rpartition("@")
    if email.count("@") > 1 or ("," in email or ";" in email):
        return _("Enter one email address only.")
    if " " in email:
        return _("Remove the space from the email address.")
    if not name or not domain:
        return _("Enter a complete email address, such as name@example.com.")
    if not name.isascii():
        return _("Use letters without accents before the @, or another email address.")
    if "." not in domain:
        return _("Complete the part after the @, such as example.com.")
    return _("Enter a valid email address, such as name@example.com.")
