"""The form of a new payment request."""

import datetime
import secrets
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.admin.json_table_forms import TableFormSet, TableModelForm, TableRowForm, table_formset_factory
from catalog.admin.payment_link_tables import StoreVariantSelect, build_own_price_field, build_quantity_field
from catalog.models import PaymentLink, Variant
from orders.form_fields import ShopperEmailField
from orders.models import PaymentRequest
from orders.new_payment_requests import RequestDraft, RequestedItem
from orders.payment_requests import end_of_day, require_possible_end
from stores.errors import Problem
from stores.models import Store
from stores.money import least_charge

DEFAULT_DAYS = 14
DEFAULT_REMINDER_DAYS = 3
MAX_REMINDER_DAYS = 365


class RequestedItemForm(TableRowForm):
    """A product with its quantity and price."""

    significant_fields = ("variant",)

    variant = forms.ModelChoiceField(
        Variant.objects.none(), label=gettext_lazy("Product"), required=False, widget=StoreVariantSelect
    )
    quantity = build_quantity_field()
    price = build_own_price_field()

    def __init__(self, *args: Any, store: Store, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        variant = self.fields["variant"]
        assert isinstance(variant, forms.ModelChoiceField)
        rows = Variant.objects.filter(product__store=store, active=True, product__active=True)
        variant.queryset = rows.select_related("product")
        variant.widget.store = store.slug
        self.fields["price"].validators.append(_PriceValidator(store.currency))


class _PriceValidator:
    """Refuses a price that can't be charged."""

    def __init__(self, currency: str) -> None:
        self.least = least_charge(currency)

    def __call__(self, value: Decimal) -> None:
        if value < self.least:
            raise forms.ValidationError(_("Enter at least %(least)s.") % {"least": self.least})


class RequestedItemFormSet(table_formset_factory(RequestedItemForm)):  # type: ignore[misc]
    """What the request is for."""

    heading = gettext_lazy("What it is for")
    add_text = gettext_lazy("Add a product")
    intro = gettext_lazy(
        "To ask for any amount, such as a deposit, choose a product to charge it as, and enter the amount as"
        " its price."
    )

    def clean(self) -> None:
        if any(self.errors):
            return
        ids = [form.cleaned_data["variant"].pk for form in self.rows]
        if not ids:
            raise forms.ValidationError(_("Choose at least one product."))
        if len(set(ids)) < len(ids):
            raise forms.ValidationError(_("Choose each product only once. Enter a quantity instead."))

    def items(self) -> Iterator[RequestedItem]:
        """Yield the rows for `create_payment_request`."""
        for form in self.rows:
            data = form.cleaned_data
            yield RequestedItem(data["variant"].pk, data["quantity"] or 1, data["price"])


class PaymentRequestForm(TableModelForm):
    """Asks one person for a payment."""

    form_key = forms.CharField(widget=forms.HiddenInput, max_length=64)
    email = ShopperEmailField(widget=forms.EmailInput(attrs={"class": "vTextField"}))
    language = forms.ChoiceField(label=gettext_lazy("Language of the email"), choices=settings.LANGUAGES)
    expires_on = forms.DateField(
        label=gettext_lazy("Can be paid until"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=gettext_lazy("Through the end of that day, by the store's clock."),
    )

    class Meta:
        model = PaymentRequest
        fields: ClassVar = (
            *("title", "email", "name", "language", "note", "reference"),
            *("reminder", "reminder_days"),
        )

    def __init__(
        self,
        *args: Any,
        store: Store,
        copy_of: PaymentRequest | None = None,
        link: PaymentLink | None = None,
        **kwargs: Any,
    ) -> None:
        self.store, self.copied_link = store, copy_of.link if copy_of else link
        super().__init__(*args, **kwargs)
        self.fields["title"].required = True
        self.fields["title"].help_text = _("For example, “Deposit for the workshop”. The recipient sees it.")
        self.fields["note"].help_text = _("A short message, shown in the email.")
        self.fields["reference"].help_text = _("For example, your invoice number. The recipient sees it.")
        self.fields["reminder"].label = _("Remind once if unpaid")
        self.fields["reminder_days"].required = False
        today = timezone.now().astimezone(ZoneInfo(store.time_zone)).date()
        self.initial.update(
            form_key=secrets.token_urlsafe(24),
            expires_on=today + datetime.timedelta(days=DEFAULT_DAYS),
            language=settings.LANGUAGE_CODE.partition("-")[0],
            reminder=PaymentRequest.Reminder.BEFORE,
            reminder_days=DEFAULT_REMINDER_DAYS,
        )
        if copy_of is not None:
            names = ("title", "email", "name", "language", "note", "reminder", "reminder_days")
            self.initial.update({name: getattr(copy_of, name) for name in names})
        elif link is not None:
            self.initial["title"] = link.title

    def make_tables(self, data: Any) -> Sequence[TableFormSet]:
        self.item_table: RequestedItemFormSet = RequestedItemFormSet(
            data,
            prefix="items",
            form_kwargs={"store": self.store},
            initial=list_requested_rows(self.copied_link) if self.copied_link else [],
        )
        return [self.item_table]

    def clean_reminder_days(self) -> int:
        days: int = self.cleaned_data["reminder_days"] or 0
        if days > MAX_REMINDER_DAYS:
            raise forms.ValidationError(_("Enter at most %(most)d days.") % {"most": MAX_REMINDER_DAYS})
        return days

    def clean_expires_on(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["expires_on"]
        try:
            require_possible_end(end_of_day(day, self.store))
        except Problem as problem:
            raise forms.ValidationError(problem.message) from problem
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        has_reminder = data.get("reminder") != PaymentRequest.Reminder.NONE
        if has_reminder and "reminder_days" in data and not data["reminder_days"]:
            self.add_error("reminder_days", _("Enter a number of days, or choose “Never”."))
        return data

    def validate_unique(self) -> None:
        """Accept the same form posted twice: the service returns the request that it made."""

    def to_draft(self) -> RequestDraft:
        data = self.cleaned_data
        names = ("title", "email", "name", "language", "expires_on", "reference", "note", "reminder")
        return RequestDraft(
            items=tuple(self.item_table.items()),
            reminder_days=data["reminder_days"],
            **{name: data[name] for name in names},
        )


def list_requested_rows(link: PaymentLink) -> list[dict[str, Any]]:
    """Return what a link sells at the least, as the rows of the form."""
    rows = link.link_variants.select_related("variant")
    chosen = [
        row
        for row in rows
        if row.variant_id == link.default_variant_id or (row.quantity and not row.is_primary)
    ]
    return [
        {
            "variant": row.variant_id,
            "quantity": (link.fixed_quantity or 1) if row.is_primary else row.quantity,
            "price": row.price,
        }
        for row in chosen
    ]
