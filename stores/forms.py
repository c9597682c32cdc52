"""The store form, with fields for secrets that are never shown again and for lists typed as plain text."""

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from babel import Locale
from babel.numbers import list_currencies
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stores.models import Store

_COUNTRY_CODE = re.compile(r"[A-Z]{2}")
_validate_web_url = URLValidator(schemes=["http", "https"])


def _validate_country(code: str) -> str:
    if not _COUNTRY_CODE.fullmatch(code) or code not in Locale("en").territories:
        raise ValidationError(_("%(code)s is not a two-letter country code.") % {"code": code})
    return code


class SecretField(forms.CharField):
    """A write-only secret. Left blank, the stored secret stays."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password", "size": 60})
        super().__init__(required=False, strip=True, widget=widget, **kwargs)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)


class CountriesField(forms.CharField):
    """Country codes: `US, DE` for `["US", "DE"]`."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        codes = re.split(r"[\s,;]+", super().clean(value).strip().upper())
        return list(dict.fromkeys(_validate_country(code) for code in codes if code))


class TaxRatesField(forms.CharField):
    """Tax rates, one country per line: `DE 19` for `{"DE": "19"}`."""

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return "\n".join(f"{country} {percent}" for country, percent in value.items())
        return value

    def clean(self, value: Any) -> dict[str, str]:
        rates = {}
        for line in super().clean(value).splitlines():
            country, _space, percent = line.replace(":", " ").strip().partition(" ")
            if not country:
                continue
            rates[_validate_country(country.upper())] = str(
                self._parse_percent(line, percent.strip().removesuffix("%").strip())
            )
        return rates

    def _parse_percent(self, line: str, text: str) -> Decimal:
        try:
            percent = Decimal(text)
        except InvalidOperation:
            percent = Decimal("NaN")
        if not percent.is_finite() or not 0 <= percent <= 100:
            raise ValidationError(
                _("“%(line)s” needs a country code and a percentage, for example DE 19.") % {"line": line}
            )
        return percent


class FooterLinksField(forms.CharField):
    """Links, one per line: `Terms https://…` for `[{"name": "Terms", "url": "https://…"}]`."""

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return "\n".join(f"{link['name']} {link['url']}" for link in value)
        return value

    def clean(self, value: Any) -> list[dict[str, str]]:
        return [self._parse_link(line) for line in super().clean(value).splitlines() if line.strip()]

    def _parse_link(self, line: str) -> dict[str, str]:
        name, _space, url = line.strip().rpartition(" ")
        try:
            _validate_web_url(url)
        except ValidationError:
            name = ""
        if not name.strip():
            raise ValidationError(
                _("“%(line)s” needs a name and a URL, for example Terms https://example.com/terms.")
                % {"line": line.strip()}
            )
        return {"name": name.strip(), "url": url}


class StoreForm(forms.ModelForm):
    """The form in which staff edit a store."""

    next_api_url = forms.URLField(
        label=gettext_lazy("Admin API URL"),
        assume_scheme="https",
        help_text=gettext_lazy("https://yourstore.29next.store/api/admin/"),
    )
    has_moved = forms.BooleanField(
        label=gettext_lazy("Same store, new address"),
        required=False,
        help_text=gettext_lazy(
            "Existing orders are looked up and refunded at the new address. "
            "Add another store here to connect a different NEXT Commerce store."
        ),
    )
    access_token = SecretField(label=gettext_lazy("Access token"))
    webhook_secret = SecretField(label=gettext_lazy("Webhook secret"))
    countries = CountriesField(
        label=gettext_lazy("Ships to"),
        required=False,
        help_text=gettext_lazy(
            "Country codes, for example US, DE. Leave blank to ship wherever the shipping methods go."
        ),
    )
    tax_rates = TaxRatesField(
        label=gettext_lazy("Tax rates"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Only if prices don't include tax. One country per line, for example DE 19."),
    )
    footer_links = FooterLinksField(
        label=gettext_lazy("Terms and policies"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "Shown in the footer, next to the pay button, and in emails. One link per line, for example "
            "Terms https://example.com/terms."
        ),
    )

    class Meta:
        model = Store
        fields = (
            "name",
            "slug",
            "host",
            "is_live",
            "currency",
            "time_zone",
            "next_api_url",
            "access_token",
            "webhook_secret",
            "payment_method",
            "payment_gateway",
            "payment_gateway_group",
            "verification_amount",
            "next_sends_receipt",
            "notify_subscribers",
            "countries",
            "prices_include_tax",
            "tax_rates",
            "accent",
            "support_email",
            "footer_links",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("access_token", "webhook_secret"):
            self.fields[name].help_text = (
                _("Set. Leave blank to keep it. It's never shown again.")
                if self._stored_secret(name)
                else _("Not set yet.")
            )

    # Each tells whether something that apps above keep of a store depends on the address it has.
    address_uses: ClassVar[tuple[Callable[[Store], bool], ...]] = ()

    @classmethod
    def register_address_use(cls, is_used: Callable[[Store], bool]) -> None:
        """Refuse another address while `is_used`, unless staff say that the same store has moved."""
        cls.address_uses = (*cls.address_uses, is_used)

    def clean(self) -> dict[str, Any] | None:
        """Orders are known by their numbers: another store's of the same number would be taken for ours."""
        cleaned = super().clean()
        address = self.cleaned_data.get("next_api_url")
        if address in {None, self.instance.next_api_url} or self.cleaned_data.get("has_moved"):
            return cleaned
        if any(is_used(self.instance) for is_used in self.address_uses):
            self.add_error(
                "next_api_url",
                _("Orders were made at the old address. Tick below if the same store has moved."),
            )
        return cleaned

    def clean_access_token(self) -> str:
        return self._secret_or_stored("access_token")

    def clean_webhook_secret(self) -> str:
        return self._secret_or_stored("webhook_secret")

    def clean_host(self) -> str:
        return str(self.cleaned_data["host"]).lower()

    def clean_currency(self) -> str:
        code = str(self.cleaned_data["currency"]).upper()
        if code not in list_currencies():
            raise ValidationError(_("%(code)s is not a currency code. Try USD.") % {"code": code})
        return code

    def clean_time_zone(self) -> str:
        name = str(self.cleaned_data["time_zone"])
        try:
            ZoneInfo(name)
        except (KeyError, OSError, ValueError) as error:
            raise ValidationError(
                _("%(name)s is not a time zone. Try America/New_York.") % {"name": name}
            ) from error
        return name

    def clean_next_api_url(self) -> str:
        """Return the URL with a trailing slash. Plain http is allowed here for sandbox stores."""
        return str(self.cleaned_data["next_api_url"]).rstrip("/") + "/"

    def _secret_or_stored(self, name: str) -> str:
        return self.cleaned_data[name] or self._stored_secret(name)

    def _stored_secret(self, name: str) -> str:
        """Return the ciphertext, which can be saved again. The form never needs the secret itself."""
        stored: str = getattr(self.instance, f"{name}_ciphertext")
        return stored
