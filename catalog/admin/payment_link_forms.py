"""Forms that create a payment link: choose a product, then its variants, add-ons, and limits."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.admin.json_table_forms import TableFormSet, TableModelForm, TableRowForm, table_formset_factory
from catalog.models import LinkVariant, PaymentLink, Product, Variant
from catalog.payment_links import AddOnDraft, LinkExtras
from stores.discount_codes import is_possible_code
from stores.money import format_money

EXTRA_FIELDS = tuple(LinkExtras.__dataclass_fields__)


class ChooseProductForm(forms.Form):
    """Step one: choose the product."""

    product = forms.ModelChoiceField(
        Product.objects.filter(active=True),
        label=gettext_lazy("Product"),
        widget=AutocompleteSelect(PaymentLink._meta.get_field("product"), admin.site),
    )


class StoreVariantSelect(AutocompleteSelect):
    """Searches only the variants that can be add-ons of `product`, in the same store."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(LinkVariant._meta.get_field("variant"), admin.site, *args, **kwargs)
        self.product = ""

    def get_url(self) -> str:
        return f"{super().get_url()}?add_on_for={self.product}"


class AddOnForm(TableRowForm):
    """An add-on with its quantity limits."""

    significant_fields = ("variant",)

    variant = forms.ModelChoiceField(
        Variant.objects.none(), label=gettext_lazy("Variant"), required=False, widget=StoreVariantSelect
    )
    min_quantity = forms.IntegerField(
        label=gettext_lazy("Minimum"),
        required=False,
        min_value=0,
        max_value=999,
        widget=forms.NumberInput(attrs={"class": "row-number", "placeholder": "0"}),
    )
    max_quantity = forms.IntegerField(
        label=gettext_lazy("Maximum"),
        required=False,
        min_value=1,
        max_value=999,
        widget=forms.NumberInput(attrs={"class": "row-number", "placeholder": "–"}),
    )

    def __init__(self, *args: Any, product: Product, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        variant = self.fields["variant"]
        assert isinstance(variant, forms.ModelChoiceField)
        variant.queryset = Variant.objects.filter(
            product__store=product.store_id, active=True
        ).select_related("product")
        variant.widget.product = product.pk

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        minimum, maximum = data.get("min_quantity") or 0, data.get("max_quantity")
        if maximum is not None and maximum < minimum:
            self.add_error("max_quantity", _("The maximum must be at least the minimum."))
        return data


class AddOnFormSet(table_formset_factory(AddOnForm)):  # type: ignore[misc]
    """The add-ons of a link."""

    heading = gettext_lazy("Add-ons")
    add_text = gettext_lazy("Add an add-on")
    intro = gettext_lazy(
        "Optional extras from any product in this store. A minimum of 1 or more makes an add-on required."
        " Leave the maximum empty for no limit."
    )

    def add_ons(self) -> list[AddOnDraft]:
        """Return the rows as drafts for `create_payment_link`."""
        return [
            AddOnDraft(
                variant_id=form.cleaned_data["variant"].pk,
                min_quantity=form.cleaned_data["min_quantity"] or 0,
                max_quantity=form.cleaned_data["max_quantity"],
            )
            for form in self.rows
        ]


class LinkMetadataForm(TableRowForm):
    significant_fields = ("name",)

    name = forms.CharField(label=gettext_lazy("Name"), max_length=40, required=False)
    value = forms.CharField(label=gettext_lazy("Value"), max_length=500, required=False)


class LinkMetadataFormSet(table_formset_factory(LinkMetadataForm)):  # type: ignore[misc]
    """The metadata of a link."""

    heading = gettext_lazy("Notes")
    add_text = gettext_lazy("Add a note")
    intro = gettext_lazy(
        "For your own records and integrations, such as campaign: spring. Shoppers never see notes."
    )

    def metadata(self) -> dict[str, str]:
        return {form.cleaned_data["name"]: form.cleaned_data["value"] for form in self.rows}


class PaymentLinkForm(TableModelForm):
    """Creates a payment link for one product. Later, a link can only be opened and closed."""

    primaries = forms.MultipleChoiceField(
        label=gettext_lazy("Variants sold"), widget=forms.CheckboxSelectMultiple
    )
    default = forms.ChoiceField(label=gettext_lazy("Selected by default"))
    display_mode = forms.ChoiceField(
        label=gettext_lazy("Show variants as"),
        choices=[("grid", gettext_lazy("tiles")), ("list", gettext_lazy("list"))],
    )
    show_inventory = forms.BooleanField(label=gettext_lazy("Show stock"), required=False)

    return_url = forms.URLField(
        label=gettext_lazy("Return URL"), required=False, assume_scheme="https", max_length=500
    )

    class Meta:
        model = PaymentLink
        fields = (
            "opens_at",
            "expires_at",
            "closed_message",
            "uses_left",
            "max_quantity",
            "prefilled_email",
            "custom_text_label",
            "discount_code",
            "accepts_codes",
        )

    def __init__(
        self, *args: Any, product: Product, copy_of: PaymentLink | None = None, **kwargs: Any
    ) -> None:
        self.product, self.copy_of = product, copy_of
        super().__init__(*args, **kwargs)
        variants = [variant for variant in product.variants.all() if variant.active]
        choices = [(variant.pk, _variant_label(variant, product)) for variant in variants]
        for name in ("primaries", "default"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices
        self.initial["primaries"] = [pk for pk, _label in choices]
        if copy_of is not None:
            self._copy_from(copy_of)
        self.fields["uses_left"].label = _("Maximum purchases")
        self.fields["uses_left"].help_text = _(
            "The link closes after this many purchases. Leave blank for no limit."
        )

    def _copy_from(self, copy_of: PaymentLink) -> None:
        config, rows = copy_of.variant_config, copy_of.link_variants.all()
        self.initial.update({name: getattr(copy_of, name) for name in EXTRA_FIELDS if name != "uses_left"})
        self.initial.update(
            primaries=[row.variant_id for row in rows if row.is_primary],
            default=copy_of.default_variant_id,
            display_mode=config.get("display_mode", "grid"),
            show_inventory=config.get("show_inventory") is True,
        )

    def make_tables(self, data: Any) -> Sequence[TableFormSet]:
        rows = self.copy_of.link_variants.all() if self.copy_of else []
        metadata = self.copy_of.metadata if self.copy_of else {}
        self.add_on_table: AddOnFormSet = AddOnFormSet(
            data,
            prefix="addons",
            form_kwargs={"product": self.product},
            initial=[
                {
                    "variant": row.variant_id,
                    "min_quantity": row.min_quantity,
                    "max_quantity": row.max_quantity,
                }
                for row in rows
                if not row.is_primary
            ],
        )
        self.metadata_table: LinkMetadataFormSet = LinkMetadataFormSet(
            data,
            prefix="notes",
            initial=[{"name": name, "value": value} for name, value in metadata.items()],
        )
        return [self.add_on_table, self.metadata_table]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        primaries, default = data.get("primaries"), data.get("default")
        if primaries and default and default not in primaries:
            self.add_error("default", _("Choose one of the variants this link sells."))
        return data

    def clean_discount_code(self) -> str:
        code = str(self.cleaned_data["discount_code"]).strip()
        if code and not is_possible_code(code):
            raise forms.ValidationError(_("A discount code can't contain spaces."))
        return code

    def to_extras(self) -> LinkExtras:
        """Return the optional settings for `create_payment_link`."""
        return LinkExtras(**{name: self.cleaned_data[name] for name in EXTRA_FIELDS})

    def variant_config(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {"display_mode": data["display_mode"], "show_inventory": data["show_inventory"]}


def _variant_label(variant: Variant, product: Product) -> str:
    price = format_money(variant.price, product.default_currency)
    return f"{variant.title or product.name} – {price}"
