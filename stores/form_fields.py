"""Fields of the store's forms: secrets that are never shown again, countries, and currencies."""

from typing import Any

from babel.numbers import list_currencies
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from stores.countries import list_countries, parse_country_codes


class SecretField(forms.CharField):
    """A write-only secret. Left blank, the stored secret stays."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password", "size": 60})
        super().__init__(required=False, strip=True, widget=widget, **kwargs)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)


class CountriesField(forms.CharField):
    """Country codes, typed as `US, DE`. The first is chosen for shoppers whose country isn't known."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return parse_country_codes(value or "")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(initial != self.to_python(data))


def list_country_choices() -> list[tuple[str, str]]:
    return [("", "---------"), *list_countries()]


def clean_currency_code(text: str) -> str:
    code = text.strip().upper()
    if code not in list_currencies():
        raise ValidationError(_("%(code)s is not a currency code. Try USD.") % {"code": code})
    return code
