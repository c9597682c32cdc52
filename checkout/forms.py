"""The checkout form: contact, address by country, shipping method, and a payment link's questions."""

from collections.abc import Mapping
from copy import copy
from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from catalog.models import LinkQuestion
from checkout import addresses
from checkout.buyer import Address, Buyer
from checkout.models import ShippingMethod
from checkout.questions import build_answers, build_question_field, question_field_name
from checkout.quote import list_offered_methods
from checkout.selection import Selection
from checkout.tax_rules import TaxRules, load_tax_rules
from orders.form_fields import ShopperEmailField, TypedTextField
from stores.errors import Problem
from stores.http import client_ip
from stores.models import Store
from stores.phones import parse_phone
from stores.postal_codes import is_usual_in_state
from stores.typed_text import split_name

MAX_NAME_LENGTH = 150
CHECKBOXES = ("accepts_marketing", "wants_reminder")
SHORT_FIELDS = ("city", "state", "postal_code")


def read_posted_values(posted: QueryDict) -> dict[str, str]:
    """Return what a post of the form says. A box that it leaves out isn't ticked, whatever was before."""
    return dict.fromkeys(CHECKBOXES, "") | {name: str(posted[name]) for name in posted}


class CheckoutForm(forms.Form):
    """All checkout fields. The address fields depend on the country.

    The country comes from the posted data, then the initial value, then the most likely allowed country.
    """

    email = ShopperEmailField()
    phone = TypedTextField(
        label=_("Phone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
        help_text=_("We'll only use it for questions about your order."),
    )
    name = TypedTextField(
        label=_("Full name"),
        max_length=MAX_NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
    )
    country = forms.ChoiceField(
        label=_("Country"), widget=forms.Select(attrs={"autocomplete": "country", "data-updates": ""})
    )
    shipping = forms.ChoiceField(
        label=_("Shipping method"), required=False, widget=forms.RadioSelect(attrs={"data-updates": ""})
    )
    wants_reminder = forms.BooleanField(
        label=_("Email me a reminder if I don't finish my order."),
        required=False,
        widget=forms.CheckboxInput(attrs={"data-updates": ""}),
    )
    accepts_marketing = forms.BooleanField(label=_("Email me occasional news and offers."), required=False)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        store: Store,
        selection: Selection,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}), label_suffix="")
        self.store = store
        self.selection = selection
        self.needs_address = (
            selection.needs_shipping or selection.needs_tax_address or store.needs_tax_address
        )
        self.all_methods: list[ShippingMethod] = []
        self.methods: list[ShippingMethod] = []
        self.country_code = ""
        self.address_names: list[str] = []
        self.unusual_postal_code = ""  # the state and code that the shopper is asked to look at again
        if selection.needs_shipping:
            self.all_methods = list_offered_methods(store=store)
        if self.needs_address:
            self._add_country_field()
            self._add_address_fields()
        else:
            del self.fields["country"]
        if selection.needs_shipping:
            self._add_shipping_field()
        else:
            del self.fields["shipping"]
        if not self._offers_reminder():
            del self.fields["wants_reminder"]
        self.questions = self._add_question_fields()
        for name, field in self.fields.items():
            if name != "email":
                field.error_messages["required"] = str(_("Please fill out this field."))

    def _offers_reminder(self) -> bool:
        """Return True if the store reminds of open carts. A link for one person has reminders of its own."""
        is_personal = self.selection.link is not None and self.selection.link.is_personal
        return self.store.cart_reminder_hours is not None and not is_personal

    def _typed_value(self, name: str) -> str:
        value = self.data.get(name) if self.is_bound else self.initial.get(name)
        return value.strip() if isinstance(value, str) else ""

    def _add_country_field(self) -> None:
        choices = addresses.list_country_choices(
            store=self.store, selection=self.selection, methods=self.all_methods
        )
        codes = [code for code, _name in choices]
        # A currency code usually starts with its country's code (USD, US).
        candidates = [
            self._typed_value("country").upper(),
            *self.store.countries,
            self.store.currency[:2],
            *codes,
        ]
        self.country_code = next((code for code in candidates if code in codes), "")
        country = self.fields["country"]
        assert isinstance(country, forms.ChoiceField)
        country.choices = choices
        self.initial["country"] = self.country_code

    def _add_address_fields(self) -> None:
        for part in addresses.get_address_parts(self.country_code) if self.country_code else []:
            attrs = {"autocomplete": part.autocomplete}
            if part.name == "state" and self.store.needs_tax_address:
                attrs["data-updates"] = ""  # the tax may depend on it
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
            self.fields[part.name] = field
            self.address_names.append(part.name)

    def _add_shipping_field(self) -> None:
        self.methods = [method for method in self.all_methods if method.goes_to(self.country_code)]
        shipping = self.fields["shipping"]
        assert isinstance(shipping, forms.ChoiceField)
        shipping.choices = [(method.code, method.name) for method in self.methods]
        if self.methods:
            self.initial.setdefault("shipping", self.methods[0].code)

    def _add_question_fields(self) -> list[LinkQuestion]:
        questions = list(self.selection.link.questions.all()) if self.selection.link else []
        self.fields.update({question_field_name(row): build_question_field(row) for row in questions})
        return questions

    @property
    def shipping_code(self) -> str:
        """Return the code of the chosen method if it ships to the country, or else of the first that does."""
        codes = [method.code for method in self.methods]
        wanted = self._typed_value("shipping")
        return wanted if wanted in codes else codes[0] if codes else ""

    @property
    def state_code(self) -> str:
        """Return the state that the shopper chose, if the country's addresses have one."""
        return self._typed_value("state") if "state" in self.fields else ""

    @cached_property
    def tax_rules(self) -> TaxRules:
        """The rules for the form's address, read once for a page that is priced more than once."""
        return load_tax_rules(store=self.store, country=self.country_code, state=self.state_code)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        try:
            cleaned["phone"] = parse_phone(text=cleaned.get("phone", ""), country=self.country_code)
        except Problem as problem:
            self.add_error("phone", problem.message)
        if cleaned.get("postal_code"):
            self._clean_postal_code(cleaned)
        self._show_cleaned(cleaned)
        if self.selection.needs_shipping:
            cleaned["shipping"] = self.shipping_code
            if not self.methods:
                self.add_error("country", _("We don't ship to this country yet. Please choose another."))
        return cleaned

    def _show_cleaned(self, cleaned: dict[str, Any]) -> None:
        """Show details as they are stored, so that shoppers see what an order would say."""
        shown: Any = copy(self.data)
        for name in ("email", "name", *self.address_names):
            if cleaned.get(name):
                shown[name] = cleaned[name]
        self.data = shown

    def _clean_postal_code(self, cleaned: dict[str, Any]) -> None:
        """Put the code into its country's form. One that is unusual in the state must be sent twice."""
        code, error = addresses.check_postal_code(country=self.country_code, value=cleaned["postal_code"])
        cleaned["postal_code"] = code
        if error:
            self.add_error("postal_code", error)
        elif not is_usual_in_state(self.country_code, self.state_code, code):
            self.unusual_postal_code = f"{self.state_code} {code}"
            if self._typed_value("unusual_postal_code") != self.unusual_postal_code:
                self.add_error(
                    "postal_code", addresses.describe_unusual_code(self.country_code, self.state_code)
                )

    def address_fields(self) -> list[tuple[forms.BoundField, str]]:
        """Return (field, width) of the address fields. Two or three short fields share a row."""
        short = [name for name in self.address_names if name in SHORT_FIELDS]
        width = {2: "half", 3: "third"}.get(len(short), "")
        return [(self[name], width if name in short else "") for name in self.address_names]

    def question_fields(self) -> list[forms.BoundField]:
        """Return the fields of the payment link's questions."""
        return [self[question_field_name(question)] for question in self.questions]

    def focus_first_error(self) -> "CheckoutForm":
        """Autofocus the first field with an error. Return the form."""
        for name in self.fields if self.is_bound else []:
            if self.errors.get(name):
                self.fields[name].widget.attrs["autofocus"] = True
                break
        return self

    def typed_values(self) -> dict[str, str]:
        """Return all typed values, to prefill the form on the next visit."""
        return {name: self._typed_value(name) for name in self.fields}

    def find_reminder_email(self) -> str:
        """Return the email to remind if the shopper ticked that and typed a valid one, or else ""."""
        try:
            email: str = self.fields["email"].clean(self._typed_value("email"))
        except forms.ValidationError:
            return ""
        return email if self._typed_value("wants_reminder") else ""

    def build_buyer(self, request: HttpRequest) -> Buyer:
        """Return the validated data as a Buyer. Call only after `is_valid()`."""
        cleaned = self.cleaned_data
        first_name, last_name = split_name(cleaned["name"])
        address = None
        if self.needs_address:
            address = Address(
                first_name=first_name,
                last_name=last_name,
                country=self.country_code,
                phone=cleaned["phone"],
                **addresses.complete_address(country=self.country_code, data=cleaned),
            )
        return Buyer(
            email=cleaned["email"],
            first_name=first_name,
            last_name=last_name,
            phone=cleaned["phone"],
            language=get_language() or "en",
            accepts_marketing=cleaned["accepts_marketing"],
            answers=build_answers(self.questions, cleaned),
            shipping_address=address if self.selection.needs_shipping else None,
            billing_address=None if self.selection.needs_shipping else address,
            ip=client_ip(request),
            user_agent=request.headers.get("User-Agent", ""),
        )
