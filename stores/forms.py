"""The store form, and the forms of its rows."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stores.address_forms import StoreAddressForm
from stores.countries import list_countries
from stores.form_fields import CountriesField, SecretField, clean_currency_code, list_country_choices
from stores.models import FooterLink, Store
from stores.money import format_money, is_chargeable, least_charge
from stores.payment_method_fields import OrderedMethodsField
from stores.states import parse_states, split_states

CONSUMER_LAW_FIELDS = (
    *("withdrawal_function", "cancellation_page", "early_start_consent", "contract_documents"),
    *(
        "terms",
        "withdrawal_instructions",
        "accessibility_statement",
        "marketing_confirmation",
        "reminder_days",
        "shows_former_prices",
    ),
)


class TaxRateForm(forms.ModelForm):
    """One tax rate of a store."""

    country = forms.ChoiceField(label=gettext_lazy("Country"), choices=list_country_choices)

    def clean_tax_category(self) -> str:
        return str(self.cleaned_data["tax_category"]).strip()

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("country") and self.cleaned_data.get("states"):
            try:
                states = parse_states(self.cleaned_data["country"], self.cleaned_data["states"])
            except ValidationError as error:
                self.add_error("states", error)
            else:
                self.cleaned_data["states"] = states
        return cleaned


class TaxRateFormSet(forms.BaseInlineFormSet):
    """The tax rates of a store. One place has each tax, and each category's rate, only once."""

    def clean(self) -> None:
        super().clean()
        seen: set[tuple[str, ...]] = set()
        for form in self.forms:
            row = getattr(form, "cleaned_data", {})
            if form.errors or not row.get("country") or row.get("DELETE"):
                continue
            self._refuse_repeated_places(form, row, seen)

    def _refuse_repeated_places(
        self, form: forms.ModelForm, row: dict[str, Any], seen: set[tuple[str, ...]]
    ) -> None:
        category, name = row["tax_category"].casefold(), row["name"].strip().casefold()
        for state in split_states(row["states"]) or [""]:
            # The rate of a category stands alone, whatever its name.
            place = (row["country"], state, category, "" if category else name)
            if place in seen:
                message = (
                    _("%(place)s already has a rate for this tax category.")
                    if category
                    else _("%(place)s already has a tax with this name.")
                )
                form.add_error("name", message % {"place": state or row["country"]})
                return
            seen.add(place)


class TaxRegionForm(forms.ModelForm):
    """How prices relate to the tax of one country."""

    country = forms.ChoiceField(label=gettext_lazy("Country"), choices=list_country_choices)

    def clean_currency(self) -> str:
        return clean_currency_code(self.cleaned_data["currency"]) if self.cleaned_data["currency"] else ""


class FooterLinkForm(forms.ModelForm):
    """One footer link of a store. A new link without a position comes last."""

    position = forms.IntegerField(
        label=gettext_lazy("position"), min_value=0, max_value=32_767, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.initial["position"] = None

    def clean_position(self) -> int:
        position: int | None = self.cleaned_data["position"]
        if position is not None:
            return position
        others = FooterLink.objects.filter(store=self.instance.store_id).exclude(pk=self.instance.pk)
        last = others.aggregate(Max("position", default=0))["position__max"]
        return min(int(last) + 1, 32_767)


def _origin_of(address: str) -> tuple[str, str, int | None]:
    parts = urlsplit(address)
    return parts.scheme, (parts.hostname or "").rstrip("."), parts.port


class StoreForm(StoreAddressForm):
    """The form in which staff edit a store."""

    next_api_url = forms.URLField(
        label=gettext_lazy("Admin API URL"),
        assume_scheme="https",
        widget=forms.URLInput(attrs={"size": 60}),
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
    payment_methods = OrderedMethodsField(
        label=gettext_lazy("Payment methods"),
        help_text=gettext_lazy(
            "Turn on those that you have in NEXT Commerce. The one in the first position is preselected."
        ),
    )
    countries = CountriesField(
        label=gettext_lazy("Ships to"),
        required=False,
        help_text=gettext_lazy(
            "Country codes, for example US, DE. Leave blank to ship wherever the shipping methods go."
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
            "payment_methods",
            "payment_gateway",
            "payment_gateway_group",
            "verification_amount",
            "next_sends_receipt",
            "notify_subscribers",
            "countries",
            "tax_mode",
            "tax_rounding",
            "taxes_digital_products",
            "max_tax_difference",
            "accepts_codes",
            "codes_lower_custom_prices",
            "asks_order_note",
            "accent",
            "support_email",
            "legal_name",
            "invoice_address",
            "tax_id",
            *CONSUMER_LAW_FIELDS,
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.countries:
            names = dict(list_countries())
            self.fields["countries"].help_text = ", ".join(
                names.get(code, code) for code in self.instance.countries
            )
        for name in ("access_token", "webhook_secret"):
            self.initial[name] = ""
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

    # (field, whether records of apps above depend on its value, what to tell staff).
    fixed_fields: ClassVar[tuple[tuple[str, Callable[[Store], bool], str | Promise], ...]] = ()

    @classmethod
    def register_fixed_field(
        cls, name: str, *, is_used: Callable[[Store], bool], message: str | Promise
    ) -> None:
        """Refuse another value of a field while `is_used`."""
        cls.fixed_fields = (*cls.fixed_fields, (name, is_used, message))

    def clean(self) -> dict[str, Any] | None:
        """Refuse changes that existing products and orders wouldn't survive.

        Orders are known by their numbers: another store's of the same number would be taken for ours.
        """
        cleaned = super().clean()
        self._require_fixed_fields_unchanged()
        self._require_token_for_new_host()
        address = self.cleaned_data.get("next_api_url")
        if address in {None, self.instance.next_api_url} or self.cleaned_data.get("has_moved"):
            return cleaned
        if any(is_used(self.instance) for is_used in self.address_uses):
            self.add_error(
                "next_api_url",
                _("Orders were made at the old address. Tick below if the same store has moved."),
            )
        return cleaned

    def _require_token_for_new_host(self) -> None:
        """Refuse to send the stored token to another host than the one it was entered for."""
        address = self.cleaned_data.get("next_api_url")
        if address is None or not self.instance.access_token_ciphertext or self.data.get("access_token"):
            return
        if _origin_of(address) != _origin_of(self.instance.next_api_url):
            self.add_error(
                "access_token", _("The Admin API URL has a new host. Enter the access token for it.")
            )

    def _require_fixed_fields_unchanged(self) -> None:
        if self.instance.pk is None:
            return
        for name, is_used, message in self.fixed_fields:
            value = self.cleaned_data.get(name, getattr(self.instance, name))
            if value != getattr(self.instance, name) and name not in self.errors and is_used(self.instance):
                self.add_error(name, str(message))

    def clean_access_token(self) -> str:
        return self._secret_or_stored("access_token")

    def clean_webhook_secret(self) -> str:
        return self._secret_or_stored("webhook_secret")

    def clean_currency(self) -> str:
        return clean_currency_code(self.cleaned_data["currency"])

    def clean_verification_amount(self) -> Decimal | None:
        amount: Decimal | None = self.cleaned_data["verification_amount"]
        currency = self.cleaned_data.get("currency", self.instance.currency)
        if amount and not is_chargeable(amount, currency):
            least = format_money(least_charge(currency), currency)
            raise ValidationError(
                _("Enter at least %(least)s, the smallest amount that can be charged.") % {"least": least}
            )
        return amount

    def clean_time_zone(self) -> str:
        name = str(self.cleaned_data["time_zone"])
        try:
            ZoneInfo(name)
        except (KeyError, OSError, ValueError) as error:
            raise ValidationError(
                _("%(name)s is not a time zone. Try America/New_York.") % {"name": name}
            ) from error
        return name

    def _secret_or_stored(self, name: str) -> str:
        return self.cleaned_data[name] or self._stored_secret(name)

    def _stored_secret(self, name: str) -> str:
        """Return the ciphertext, which can be saved again. The form never needs the secret itself."""
        stored: str = getattr(self.instance, f"{name}_ciphertext")
        return stored


class KeylessStoreForm(StoreForm):
    """The store form for staff who can't change its keys, nor the URL that the token is sent to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("access_token", "webhook_secret", "has_moved"):
            self.fields.pop(name, None)
        if self.instance.pk is not None:
            self.fields["next_api_url"].disabled = True
