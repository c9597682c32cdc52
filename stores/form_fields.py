"""Fields of the store's forms: secrets that are never shown again, countries, and currencies."""

from typing import Any

from babel.numbers import list_currencies
from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from stores.countries import list_countries, parse_country_codes


class SecretField(forms.CharField):
    """A write-only secret. Left blank, the stored secret stays."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password", "size": 60})
        super().__init__(required=False, strip=True, widget=widget, **kwargs)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)


class _LongListMixin:
    """Renders the options at once. Django renders each with a template, half a second for a list of zones."""

    def render(self: Any, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        widget = self.get_context(name, value, attrs)["widget"]
        chosen = set(widget["value"])
        options = format_html_join(
            "\n",
            '<option value="{}"{}>{}</option>',
            ((key, " selected" if str(key) in chosen else "", label) for key, label in self.choices),
        )
        return format_html('<select name="{}"{}>{}</select>', name, flatatt(widget["attrs"]), options)

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> list[Any]:
        return []


class LongSelect(_LongListMixin, forms.Select):
    """A choice of one of hundreds."""


class LongSelectMultiple(_LongListMixin, forms.SelectMultiple):
    """A choice of some of hundreds."""


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
