"""The tables in the forms of a payment link: its add-ons, questions, and notes."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.admin.json_table_forms import TableRowForm, table_formset_factory
from catalog.bundles import MAX_FIXED_QUANTITY
from catalog.link_validation import MAX_QUESTIONS, AddOnDraft, QuestionDraft
from catalog.models import LinkQuestion, LinkVariant, Product, Variant


class StoreVariantSelect(AutocompleteSelect):
    """Searches only the variants of one store: that of `product`, whose add-ons they can be, or `store`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(LinkVariant._meta.get_field("variant"), admin.site, *args, **kwargs)
        self.product = ""
        self.store = ""

    def get_url(self) -> str:
        scope = f"sold_by={self.store}" if self.store else f"add_on_for={self.product}"
        return f"{super().get_url()}?{scope}"


def build_quantity_field() -> forms.IntegerField:
    """Return the field for how many of a row's product one purchase has; blank for one."""
    return forms.IntegerField(
        label=gettext_lazy("Quantity"),
        required=False,
        min_value=1,
        max_value=MAX_FIXED_QUANTITY,
        widget=forms.NumberInput(attrs={"class": "row-number", "placeholder": "1"}),
    )


def build_own_price_field() -> forms.DecimalField:
    """Return the field for what one unit costs here; blank for the product's own price."""
    return forms.DecimalField(
        label=gettext_lazy("Price for one"),
        required=False,
        max_digits=12,
        decimal_places=2,
        widget=forms.TextInput(
            attrs={"class": "row-number", "inputmode": "decimal", "placeholder": gettext_lazy("its own")}
        ),
    )


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


class IncludedItemForm(TableRowForm):
    """A product that comes with every purchase."""

    significant_fields = ("variant",)

    variant = forms.ModelChoiceField(
        Variant.objects.none(), label=gettext_lazy("Product"), required=False, widget=StoreVariantSelect
    )
    shoppers_choose = forms.BooleanField(label=gettext_lazy("Shoppers choose the variant"), required=False)
    quantity = build_quantity_field()
    price = build_own_price_field()

    def __init__(self, *args: Any, product: Product, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        variant = self.fields["variant"]
        assert isinstance(variant, forms.ModelChoiceField)
        variant.queryset = Variant.objects.filter(
            product__store=product.store_id, active=True
        ).select_related("product")
        variant.widget.product = product.pk


class IncludedItemFormSet(table_formset_factory(IncludedItemForm)):  # type: ignore[misc]
    """What else is in a bundle."""

    heading = gettext_lazy("Also included")
    add_text = gettext_lazy("Add a product")
    intro = gettext_lazy(
        "Products that come with every purchase make this link a bundle. If one is sold out, so is the"
        " bundle. Prices you enter replace the products' own."
    )

    def clean(self) -> None:
        if any(self.errors):
            return
        ids = [draft.variant_id for draft in self.add_ons()]
        if len(set(ids)) < len(ids):
            raise forms.ValidationError(_("Choose each product only once. Enter a quantity instead."))

    def add_ons(self) -> list[AddOnDraft]:
        """Return the rows as drafts for `create_payment_link`: one for each variant to choose from."""
        return [
            AddOnDraft(
                variant_id=variant_id,
                min_quantity=form.cleaned_data["quantity"] or 1,
                max_quantity=form.cleaned_data["quantity"] or 1,
                price=form.cleaned_data["price"],
                choice=number if form.cleaned_data["shoppers_choose"] else None,
            )
            for number, form in enumerate(self.rows, start=1)
            for variant_id in _list_choices(form.cleaned_data)
        ]


def _list_choices(data: dict[str, Any]) -> list[str]:
    """Return the variant, and the product's others after it if shoppers choose."""
    variant = data["variant"]
    if not data["shoppers_choose"]:
        return [variant.pk]
    others = variant.product.variants.filter(active=True).exclude(pk=variant.pk)
    return [variant.pk, *others.values_list("pk", flat=True)]


def list_included_rows(rows: Iterable[LinkVariant]) -> list[dict[str, Any]]:
    """Return what a link includes as the initial rows of the table: a choice is one row."""
    shown: dict[object, dict[str, Any]] = {}
    for row in rows:
        if row.is_included:
            initial = {
                "variant": row.variant_id,
                "shoppers_choose": row.choice is not None,
                "quantity": row.quantity,
                "price": row.price,
            }
            shown.setdefault(row.choice or row.variant_id, initial)
    return list(shown.values())


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


class QuestionForm(TableRowForm):
    """A question that the checkout asks."""

    significant_fields = ("label",)

    label = forms.CharField(label=gettext_lazy("Question"), max_length=80, required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Answer"), choices=LinkQuestion.Kind.choices, required=False)
    is_required = forms.BooleanField(label=gettext_lazy("Required"), required=False)
    choices = forms.CharField(
        label=gettext_lazy("Choices, one to a line"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("label") and data.get("kind") == LinkQuestion.Kind.CHOICE:
            choices = set(filter(None, map(str.strip, data.get("choices", "").splitlines())))
            if len(choices) < 2:
                self.add_error("choices", _("Enter at least two choices, one to a line."))
        return data


class QuestionFormSet(table_formset_factory(QuestionForm, can_order=True)):  # type: ignore[misc]
    """The questions of a link."""

    heading = gettext_lazy("Questions at checkout")
    add_text = gettext_lazy("Add a question")
    intro = gettext_lazy(
        "Up to five. You'll find the answers on the order, its packing slip, emails, and exports."
    )

    def clean(self) -> None:
        if any(self.errors):
            return
        labels = [form.cleaned_data["label"].casefold() for form in self.rows]
        if len(labels) > MAX_QUESTIONS:
            raise forms.ValidationError(
                _("A link can ask at most %(count)d questions.") % {"count": MAX_QUESTIONS}
            )
        if len(set(labels)) < len(labels):
            raise forms.ValidationError(_("Ask each question only once."))

    def questions(self) -> list[QuestionDraft]:
        """Return the rows as drafts, in the order staff set."""
        return [
            QuestionDraft(
                label=form.cleaned_data["label"],
                kind=form.cleaned_data["kind"] or LinkQuestion.Kind.TEXT,
                is_required=form.cleaned_data["is_required"],
                choices=form.cleaned_data["choices"],
            )
            for form in self.rows
        ]
