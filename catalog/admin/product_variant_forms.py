"""The variants table of a product's page: a row for each variant, and for each one to be created."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.core.validators import MinValueValidator
from django.db.models import QuerySet, prefetch_related_objects
from django.forms import BaseInlineFormSet
from django.forms.formsets import BaseFormSet, formset_factory
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.gtins import clean_gtin
from catalog.models import OptionValue, SellingPlanGroup, Variant
from catalog.options import filter_offered_values
from catalog.validation import MAX_VARIANTS
from catalog.variants import NewVariant

VARIANTS_PER_PAGE = 100
# The columns that a row can change, in the order of the table.
VARIANT_COLUMNS = (
    "price",
    "retail_price",
    "inventory_quantity",
    "sku",
    "gtin",
    "content_amount",
    "content_unit",
    "next_variant_id",
    "active",
)


class VariantRowForm(forms.ModelForm):
    """What all rows have in common."""

    class Meta:
        model = Variant
        fields = VARIANT_COLUMNS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stock = self.fields["inventory_quantity"]
        stock.validators.append(MinValueValidator(0))
        stock.widget.attrs["min"] = 0
        for name in ("gtin", "next_variant_id"):
            self.fields[name].widget = forms.TextInput(attrs={"inputmode": "numeric"})
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"

    @property
    def title(self) -> str:
        """The option values of the row."""
        raise NotImplementedError

    @property
    def cells(self) -> list[Any]:
        """The fields of the row, in the order of the columns."""
        return [self[name] for name in (*VARIANT_COLUMNS, "plan_groups") if name in self.fields]

    def name_fields(self) -> None:
        """Give each field a name of its own: the row's and the column's."""
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = f"{self.title} {field.label}".strip()

    def clean_gtin(self) -> str:
        text: str = self.cleaned_data["gtin"]
        if "gtin" not in self.changed_data:
            return text  # NEXT may have another one
        try:
            return clean_gtin(text)
        except ValueError as error:
            raise ValidationError(
                _("This isn't a GTIN. Type the 8, 12, 13, or 14 digits under the bar code.")
            ) from error

    def clean(self) -> dict[str, Any] | None:
        """Refuse half of a content: without its unit it tells no price."""
        cleaned = super().clean()
        amount, unit = self.cleaned_data.get("content_amount"), self.cleaned_data.get("content_unit")
        if amount and not unit:
            self.add_error("content_unit", _("Choose the unit of the content."))
        elif unit and not amount and "content_amount" not in self.errors:
            self.add_error("content_amount", _("Enter how much is in it."))
        return cleaned

    def validate_unique(self) -> None:
        """Leave it to the services, which know the whole table."""

    def _get_validation_exclusions(self) -> set[str]:
        # Their constraints would be a query for each row. The validators say the same.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded | {"price", "inventory_quantity"}


class VariantForm(VariantRowForm):
    """A variant row. Only the fields that staff changed are written."""

    plan_groups = forms.MultipleChoiceField(
        label=gettext_lazy("Plans of this variant"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 2}),
    )

    def __init__(self, *args: Any, choices: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The form also submits the stock that staff saw, since stock may sell while they edit.
        self.fields["inventory_quantity"].show_hidden_initial = True
        if choices["plan_groups"]:
            groups = self.fields["plan_groups"]
            assert isinstance(groups, forms.MultipleChoiceField)
            groups.choices = choices["plan_groups"]
            self.initial["plan_groups"] = choices["own_groups"].get(self.instance.pk, [])
        else:
            del self.fields["plan_groups"]
        self.name_fields()

    @property
    def title(self) -> str:
        return self.instance.title

    @property
    def values_json(self) -> str:
        """The row's values by the ID of their option, for the script."""
        return json.dumps({value.option_id: value.value for value in self.instance.values.all()})

    @property
    def stock_seen(self) -> int | None:
        """The stock on the page when it was opened; None if stock was not tracked."""
        seen = self.data.get(self["inventory_quantity"].html_initial_name, "")
        return int(seen) if seen.isdecimal() else None


class VariantFormSet(BaseInlineFormSet):
    """A page of the product's variants. Their choices are loaded once for all rows."""

    # Set by the inline, from the address.
    page_number = ""
    value_id: int | None = None

    @cached_property
    def choices(self) -> dict[str, Any]:
        product = self.instance
        if product._state.adding:
            return {"plan_groups": [], "own_groups": {}}
        groups = SellingPlanGroup.objects.filter(store=product.store_id)
        groups_by_variant: dict[str | None, list[str]] = {}
        for use in product.plan_group_uses.all() if groups else []:
            groups_by_variant.setdefault(use.variant_id, []).append(str(use.group_id))
        return {
            "plan_groups": [(group.pk, group.name) for group in groups],
            "own_groups": groups_by_variant,
        }

    @property
    def _variants(self) -> QuerySet[Variant]:
        assert self.queryset is not None
        return self.queryset

    @cached_property
    def page(self) -> Page:
        """The page of the table that is shown, of the variants with the chosen value."""
        variants = self._variants
        if self.value_id:
            variants = variants.filter(values=self.value_id)
        return Paginator(variants, VARIANTS_PER_PAGE).get_page(self.page_number)

    @cached_property
    def is_complete(self) -> bool:
        """Return True if the table shows all variants of the product."""
        return not self.value_id and not self.page.has_other_pages()

    @cached_property
    def filter_values(self) -> list[OptionValue]:
        """The values to filter the table by. A short table has none."""
        if self.is_complete:
            return []
        return list(filter_offered_values(OptionValue.objects.filter(option__product=self.instance)))

    @cached_property
    def rows(self) -> list[Variant]:
        # A page that is sent back has the rows that it had when it was opened.
        found = list(self._variants.filter(pk__in=self._read_posted_ids()) if self.is_bound else self.page)
        prefetch_related_objects(found, "values")
        for variant in found:
            variant.product = self.instance
        return found

    def _read_posted_ids(self) -> list[str]:
        count = self.data.get(f"{self.prefix}-INITIAL_FORMS", "")
        numbers = range(min(int(count), MAX_VARIANTS) if count.isdecimal() and len(count) < 9 else 0)
        return [self.data.get(f"{self.prefix}-{number}-id", "") for number in numbers]

    def get_queryset(self) -> Any:
        return self.rows

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        # Django's own field would load each row again.
        form.fields["id"] = forms.CharField(
            required=False, initial=form.instance.pk, widget=forms.HiddenInput
        )
        if "DELETE" in form.fields:  # only for staff who may delete
            form.fields["DELETE"].widget.attrs["aria-label"] = _("Delete %(variant)s") % {
                "variant": form.instance.title
            }

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "choices": self.choices}

    def list_changed(self) -> list[VariantForm]:
        """Return the forms of the rows that staff changed. The formset must be saved, without commit."""
        forms: Any = self.forms
        return [
            form
            for form in forms
            if form.has_changed()
            and form.instance not in self.deleted_objects
            and not form.instance._state.adding  # deleted since the page was opened
        ]


class NewVariantForm(VariantRowForm):
    """A variant to create, whose row a script added for a combination of options."""

    combination = forms.CharField(max_length=2_000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name_fields()

    @property
    def title(self) -> str:
        if not self.is_bound:
            return ""
        return " / ".join(_parse_combination(self["combination"].value() or "").values())

    def clean_combination(self) -> dict[str, str]:
        return _parse_combination(self.cleaned_data["combination"])

    def to_variant(self) -> NewVariant:
        data = self.cleaned_data
        return NewVariant(data["combination"], {name: data[name] for name in VARIANT_COLUMNS})


class NewVariantFormSet(BaseFormSet):
    """The variants to create. Without the script there are none: all get the same price and stock."""

    def list_variants(self) -> list[NewVariant]:
        return [form.to_variant() for form in self.forms] if self.is_bound else []


def make_new_variant_formset(data: Any) -> NewVariantFormSet:
    """Return the formset, bound to `data` if it has any of it."""
    prefix = "new_variants"
    is_sent = data is not None and f"{prefix}-TOTAL_FORMS" in data
    formset: Any = formset_factory(
        NewVariantForm,
        formset=NewVariantFormSet,
        extra=0,
        max_num=MAX_VARIANTS,
        absolute_max=MAX_VARIANTS,
    )
    bound: NewVariantFormSet = formset(data if is_sent else None, prefix=prefix)
    return bound


def _parse_combination(text: str) -> dict[str, str]:
    """Return the values by the names of their options, from pairs in JSON. Anything else is empty."""
    try:
        return {str(name).strip(): str(value).strip() for name, value in json.loads(text)}
    except (ValueError, TypeError):
        return {}
