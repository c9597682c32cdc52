"""The checkout form: contact, address by country, shipping method, and a payment link's questions."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from catalog.models import LinkQuestion
from checkout import addresses
from checkout.buyer import Buyer
from checkout.buyer_form import AddressForm, BuyerForm
from checkout.consents import EARLY_START_TEXT, list_given_consents, needs_marketing_confirmation
from checkout.models import ShippingMethod
from checkout.questions import build_answers, build_question_field, question_field_name
from checkout.quote import list_offered_methods
from checkout.selection import Selection
from checkout.tax_rules import TaxRules, load_tax_rules
from orders.answers import build_note
from orders.form_fields import TypedTextField
from stores.consumer_law import get_home_country
from stores.http import client_ip
from stores.models import Store
from stores.offered_payment_methods import list_payment_methods
from stores.typed_text import split_name

BILLING_PREFIX = "billing"
MAX_NOTE_LENGTH = 300


class CheckoutForm(BuyerForm):
    """All checkout fields: the buyer's, and those that the selection asks for."""

    shipping = forms.ChoiceField(
        label=_("Shipping method"), required=False, widget=forms.RadioSelect(attrs={"data-updates": ""})
    )
    # Rendered as radio buttons. What it can pay for depends on the quote (`checkout.payment_choice`).
    payment_method = forms.ChoiceField(
        label=_("Payment method"),
        required=False,
        error_messages={"invalid_choice": _("This payment method is no longer available. Choose another.")},
    )
    bills_elsewhere = forms.BooleanField(
        label=_("Use a different billing address"),
        required=False,
        widget=forms.CheckboxInput(attrs={"data-updates": ""}),
    )
    note = TypedTextField(
        label=_("Order note"),
        required=False,
        max_length=MAX_NOTE_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
        help_text=_("For the shop and the delivery."),
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
        self.store = store
        self.selection = selection
        ships = selection.needs_shipping
        self.all_methods: list[ShippingMethod] = list_offered_methods(store=store) if ships else []
        self.methods: list[ShippingMethod] = []
        needs_address = ships or selection.needs_tax_address or store.needs_tax_address
        home = get_home_country(store)
        super().__init__(
            data,
            initial=initial,
            countries=addresses.list_country_choices(
                store=store, selection=selection, methods=self.all_methods
            )
            if needs_address
            else (),
            # A currency code usually starts with its country's code (USD, US).
            likely_countries=[*store.countries, home],
            updates_by_state=store.needs_tax_address,
            home_country=home if ships else "",
        )
        self._drop_unasked_fields()
        if ships:
            self._add_shipping_field()
        self.payment_methods = list_payment_methods(store)
        self._set_choices("payment_method", [(row.code, row.label) for row in self.payment_methods])
        self.billing = self._build_billing_form()
        self.questions = self._add_question_fields()
        self._add_consent_field()
        self.explain_required_fields()
        if "early_start" in self.fields:
            self.fields["early_start"].error_messages["required"] = str(
                _("Please agree, or remove these products.")
            )

    def _drop_unasked_fields(self) -> None:
        """Remove the fields that the selection or the store has no use for."""
        ships = self.selection.needs_shipping
        asked = {
            "shipping": ships,
            "bills_elsewhere": ships,
            "note": ships and self.store.asks_order_note,
            "wants_reminder": self._offers_reminder(),
        }
        for name in asked:
            if not asked[name]:
                del self.fields[name]

    def _offers_reminder(self) -> bool:
        """Return True if the store reminds of open carts. A link for one person has reminders of its own."""
        is_personal = self.selection.link is not None and self.selection.link.is_personal
        return self.store.cart_reminder_hours is not None and not is_personal

    def _set_choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def _add_shipping_field(self) -> None:
        self.methods = [method for method in self.all_methods if method.goes_to(self.country_code)]
        self._set_choices("shipping", [(method.code, method.name) for method in self.methods])
        if self.methods:
            self.initial.setdefault("shipping", self.methods[0].code)

    def _build_billing_form(self) -> AddressForm | None:
        """Return the form of another billing address if the shopper wants one. It may be in any country."""
        if "bills_elsewhere" not in self.fields or not self.typed_value("bills_elsewhere"):
            return None
        before = f"{BILLING_PREFIX}-"
        typed = {
            name.removeprefix(before): self.initial[name] for name in self.initial if name.startswith(before)
        }
        form = AddressForm(
            self.data if self.is_bound else None,
            initial=typed,
            prefix=BILLING_PREFIX,
            countries=addresses.list_all_countries(),
            likely_countries=[self.country_code],
        )
        form.explain_required_fields()
        self.name_autocomplete_section("shipping")
        form.name_autocomplete_section("billing")
        return form

    def _add_question_fields(self) -> list[LinkQuestion]:
        questions = list(self.selection.link.questions.all()) if self.selection.link else []
        self.fields.update({question_field_name(row): build_question_field(row) for row in questions})
        return questions

    def _add_consent_field(self) -> None:
        """Ask for the consent that digital goods need, if the law of the shopper's country does."""
        if self.selection.early_starts and self.store.asks_to_start_early(self.country_code):
            self.fields["early_start"] = forms.BooleanField(label=EARLY_START_TEXT)

    @property
    def shipping_code(self) -> str:
        """Return the code of the chosen method if it ships to the country, or else of the first that does."""
        codes = [method.code for method in self.methods]
        wanted = self.typed_value("shipping")
        return wanted if wanted in codes else codes[0] if codes else ""

    @property
    def payment_code(self) -> str:
        """Return the code of the payment method that the shopper chose, or "" for none yet."""
        return self.typed_value("payment_method")

    @cached_property
    def tax_rules(self) -> TaxRules:
        """The rules for the form's address, read once for a page that is priced more than once."""
        return load_tax_rules(store=self.store, country=self.country_code, state=self.state_code)

    def is_valid(self) -> bool:
        """Return True if nothing has an error, the billing address included."""
        is_billing_valid = self.billing is None or self.billing.is_valid()
        return super().is_valid() and is_billing_valid

    def show_problem(self, message: str) -> None:
        """Show a message above a form that wasn't validated."""
        self.cleaned_data: dict[str, Any] = {}
        self.add_error(None, message)

    def list_problems(self) -> list[forms.BoundField]:
        """Return the fields with an error, in their order on the page."""
        parts = [self, self.billing] if self.billing else [self]
        return [field for part in parts for field in part.visible_fields() if field.errors]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.selection.needs_shipping:
            cleaned["shipping"] = self.shipping_code
            if not self.methods:
                self.add_error("country", _("We don't ship to this country yet. Please choose another."))
        return cleaned

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
        parts = [self, self.billing] if self.billing else [self]
        # What is agreed to is ticked for each order anew.
        return {
            part.add_prefix(name): part.typed_value(name)
            for part in parts
            for name in part.fields
            if name != "early_start"
        }

    def find_reminder_email(self) -> str:
        """Return the email to remind if the shopper ticked that and typed a valid one, or else ""."""
        try:
            email: str = self.fields["email"].clean(self.typed_value("email"))
        except forms.ValidationError:
            return ""
        return email if self.typed_value("wants_reminder") else ""

    def build_buyer(self, request: HttpRequest) -> Buyer:
        """Return the validated data as a Buyer. Call only after `is_valid()`."""
        cleaned = self.cleaned_data
        needs_confirmation = cleaned["accepts_marketing"] and needs_marketing_confirmation(
            store=self.store, email=cleaned["email"], country=self.country_code
        )
        first_name, last_name = split_name(cleaned["name"])
        address = self.build_address(phone=cleaned["phone"]) if self.needs_address else None
        ships = self.selection.needs_shipping
        return Buyer(
            email=cleaned["email"],
            first_name=first_name,
            last_name=last_name,
            phone=cleaned["phone"],
            language=get_language() or "en",
            accepts_marketing=cleaned["accepts_marketing"] and not needs_confirmation,
            consents=list_given_consents(
                early_starts=self.selection.early_starts if cleaned.get("early_start") else [],
                marketing_text=str(self.fields["accepts_marketing"].label)
                if cleaned["accepts_marketing"]
                else "",
                confirms_marketing=needs_confirmation,
            ),
            answers=(*build_answers(self.questions, cleaned), *build_note(cleaned.get("note", ""))),
            shipping_address=address if ships else None,
            billing_address=self.billing.build_address() if self.billing else None if ships else address,
            ip=client_ip(request),
            user_agent=request.headers.get("User-Agent", ""),
        )
