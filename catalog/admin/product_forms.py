"""Forms of the product page in the admin: the product, and its options as a table."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.admin.json_table_forms import TableFormSet, TableModelForm, TableRowForm, table_formset_factory
from catalog.admin.product_inline_forms import image_choices
from catalog.models import Product, SellingPlanGroup
from catalog.validation import clean_options, validate_variants
from catalog.variants import OptionRow, build_option_rows, build_options, option_combinations
from stores.errors import Problem


class SwatchType(models.TextChoices):
    """The swatches that staff can choose; the API also accepts `text`."""

    NONE = "", gettext_lazy("none")
    COLOR = "color", gettext_lazy("color")
    IMAGE = "image", gettext_lazy("picture")


class OptionValueForm(TableRowForm):
    """One value of an option, with its swatch."""

    significant_fields = ("option", "value")

    original_option = forms.CharField(required=False, widget=forms.HiddenInput)
    original_value = forms.CharField(required=False, widget=forms.HiddenInput)
    option = forms.CharField(label=gettext_lazy("Option"), max_length=60, required=False)
    value = forms.CharField(label=gettext_lazy("Value"), max_length=60, required=False)
    swatch = forms.ChoiceField(
        label=gettext_lazy("Swatch"),
        required=False,
        choices=SwatchType.choices,
    )
    color = forms.RegexField(
        r"^#[0-9a-fA-F]{6}$",
        label=gettext_lazy("Color"),
        required=False,
        widget=forms.TextInput(attrs={"type": "color"}),
    )
    picture = forms.ChoiceField(label=gettext_lazy("Picture"), required=False)

    def __init__(self, *args: Any, pictures: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        picture = self.fields["picture"]
        assert isinstance(picture, forms.ChoiceField)
        picture.choices = [("", "–"), *pictures]
        self.fields["option"].widget.attrs["placeholder"] = _("Size")
        self.fields["value"].widget.attrs["placeholder"] = _("Large")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if bool(data.get("option")) != bool(data.get("value")):
            raise ValidationError(_("Enter both an option, such as Size, and a value, such as Large."))
        if data.get("swatch") == SwatchType.IMAGE and not data.get("picture"):
            self.add_error("picture", _("Choose a picture."))
        return data

    def to_row(self) -> OptionRow:
        data = self.cleaned_data
        swatches = {
            SwatchType.COLOR: {"type": SwatchType.COLOR.value, "value": data.get("color") or "#000000"},
            SwatchType.IMAGE: {"type": SwatchType.IMAGE.value, "media_id": data.get("picture") or ""},
        }
        was = (data["original_option"], data["original_value"]) if data.get("original_option") else None
        return OptionRow(
            option=data["option"], value=data["value"], swatch=swatches.get(data["swatch"], {}), was=was
        )


class OptionFormSet(table_formset_factory(OptionValueForm, can_order=True)):  # type: ignore[misc]
    """All values of all options of a product."""

    heading = gettext_lazy("Options")
    add_text = gettext_lazy("Add a value")
    intro = gettext_lazy(
        "One row per value: Color – Black, Color – White, Size – M. Renaming a value renames it in its"
        " variants. Removing a value deletes its variants."
    )

    def option_rows(self) -> list[OptionRow]:
        """Return the rows grouped by option, with options in order of first mention."""
        rows = [form.to_row() for form in self.rows]
        names = list(dict.fromkeys(row.option for row in rows))
        return sorted(rows, key=lambda row: names.index(row.option))

    def clean(self) -> None:
        if any(self.errors):
            return
        options = build_options(self.option_rows())
        try:
            validate_variants(clean_options(options), option_combinations(options))
        except Problem as problem:
            raise ValidationError(problem.message) from problem


class ProductForm(TableModelForm):
    """A product with its options table and the settings for new variants."""

    plan_groups = forms.ModelMultipleChoiceField(
        SellingPlanGroup.objects.none(),
        label=gettext_lazy("Selling plans"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Offered for every variant without plans of its own."),
    )
    make_variants = forms.BooleanField(
        label=gettext_lazy("Create missing variants"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Adds a variant for each missing option combination."),
    )
    new_price = forms.DecimalField(
        label=gettext_lazy("Price of new variants"),
        max_digits=12,
        decimal_places=2,
        required=False,
        validators=[MinValueValidator(0)],
    )
    new_stock = forms.IntegerField(
        label=gettext_lazy("Stock of new variants"),
        required=False,
        min_value=0,
        help_text=gettext_lazy("Leave blank if you don't track stock. These variants never sell out."),
    )
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Product
        fields = (
            "store",
            "name",
            "slug",
            "description",
            "active",
            "listed",
            "collect_shipping_address",
            "collect_tax_address",
            "tax_code",
            "requires_selling_plan",
            "next_product_id",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        product = self.instance
        if product._state.adding:
            self.fields["new_price"].required = True
            self.fields["slug"].required = False
            self.fields["slug"].help_text = _("Leave blank to create it from the name.")
            self.fields["plan_groups"].help_text = _("Save the product first, then choose its plans.")
            return
        groups = self.fields["plan_groups"]
        assert isinstance(groups, forms.ModelMultipleChoiceField)
        groups.queryset = SellingPlanGroup.objects.filter(store=product.store_id)
        self.initial["plan_groups"] = [
            use.group_id for use in product.plan_group_uses.all() if use.variant_id is None
        ]
        self.initial["make_variants"] = False
        self.initial["seen_version"] = product.version

    def make_tables(self, data: Any) -> Sequence[TableFormSet]:
        product = self.instance
        pictures = [] if product._state.adding else image_choices(product)
        self.options: OptionFormSet = OptionFormSet(
            data,
            prefix="options",
            form_kwargs={"pictures": pictures},
            initial=[
                {
                    "original_option": row.option,
                    "original_value": row.value,
                    "option": row.option,
                    "value": row.value,
                    "swatch": row.swatch.get("type", SwatchType.NONE.value),
                    "color": row.swatch.get("value", ""),
                    "picture": row.swatch.get("media_id", ""),
                    "ORDER": place,
                }
                for place, row in enumerate(build_option_rows(product.options), start=1)
            ],
        )
        return [self.options]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        product = self.instance
        if not product._state.adding and data.get("seen_version") != product.version:
            raise ValidationError(
                _("Someone else changed this product. Reload the page, then make your change again.")
            )
        if data.get("make_variants") and data.get("new_price") is None and "new_price" not in self.errors:
            self.add_error("new_price", _("Enter a price for the new variants."))
        return data
