"""Options in the admin: a row per option on the product page, a row per value on the option's page."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.admin.product_picture_forms import list_picture_choices
from catalog.models import OptionValue, Product, ProductOption
from catalog.option_text import format_option_values, parse_option_values
from catalog.options import filter_offered_values, serialize_value
from catalog.validation import clean_options
from stores.errors import Problem

OptionData = dict[str, Any]
Choices = Sequence[tuple[str, str]]
ValuesByOption = Mapping[int, Sequence[OptionValue]]


class OrderedForm(forms.ModelForm):
    """A row with its place among the others. Rows without one come last, new ones after existing ones."""

    place = forms.IntegerField(
        label=gettext_lazy("Position"),
        required=False,
        min_value=1,
        widget=forms.NumberInput(attrs={"class": "row-number"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["place"] = self.instance.position + 1
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label

    def validate_unique(self) -> None:
        """Leave it to the formset, because rows may swap names."""

    def validate_constraints(self) -> None:
        """Leave it to the formset, because rows may swap names."""

    def identity(self) -> OptionData:
        return {"id": self.instance.pk} if self.instance.pk else {}


class OrderedFormSet(BaseInlineFormSet):
    """Rows that staff order, add, and remove."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:  # only for staff who may delete
            label = _("Delete %(name)s") % {"name": form.instance}
            form.fields["DELETE"].widget.attrs["aria-label"] = label

    @property
    def rows(self) -> list[Any]:
        """The forms of the rows that remain, in their new order."""
        remaining = [
            form
            for form in self.forms
            if (form.instance.pk or form.has_changed()) and not form.cleaned_data.get("DELETE")
        ]
        return sorted(remaining, key=lambda form: form.cleaned_data.get("place") or 999_999)

    def options(self) -> list[OptionData]:
        """Return all options of the product, for `catalog.variants.set_options`."""
        raise NotImplementedError

    def validate_unique(self) -> None:
        """Leave it to `clean`, which knows the new values too."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        try:
            clean_options(self.options())
        except Problem as problem:
            raise ValidationError(problem.message) from problem


class OptionForm(OrderedForm):
    """An option and its values, in one line. A script shows the values as chips."""

    value_line = forms.CharField(
        label=gettext_lazy("Values"),
        required=False,
        max_length=20_000,
        widget=forms.TextInput(attrs={"data-chips": "", "autocomplete": "off"}),
        help_text=gettext_lazy("Separate values by commas. For a color, add its code: Black #1a1a1a"),
    )

    class Meta:
        model = ProductOption
        fields = ("name",)

    def __init__(self, *args: Any, values_by_option: ValuesByOption, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.existing = values_by_option.get(self.instance.pk, [])
        self.initial["value_line"] = format_option_values(self.existing)
        self.fields["name"].widget.attrs |= {"placeholder": _("Size"), "autocomplete": "off"}
        self.fields["value_line"].widget.attrs |= {
            "placeholder": _("S, M, L"),
            "data-remove": _("Remove {value}"),
        }

    def to_option(self) -> OptionData:
        """Return the option with its values as typed. Those that existed keep their row and swatch."""
        data = self.cleaned_data
        if "value_line" not in self.changed_data:
            items = [{"id": value.pk, **serialize_value(value)} for value in self.existing]
        else:
            items = self._merge_values(parse_option_values(data["value_line"]))
        ordered = [{**item, "sort_order": position} for position, item in enumerate(items)]
        return self.identity() | {"name": data["name"], "values": ordered}

    def _merge_values(self, items: Sequence[OptionData]) -> list[OptionData]:
        existing = {value.value: value for value in self.existing}
        merged = []
        for item in items:
            value = existing.pop(item["value"], None)  # a repeated value is an error of its own
            kept = {"id": value.pk, **serialize_value(value)} if value else {}
            if value and value.swatch_type == OptionValue.Swatch.COLOR and "swatch" not in item:
                kept.pop("swatch")
            merged.append(kept | item)
        return merged


class OptionFormSet(OrderedFormSet):
    """All options of a product."""

    @cached_property
    def values_by_option(self) -> ValuesByOption:
        return _load_values_by_option(self.instance)

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "values_by_option": self.values_by_option}

    def options(self) -> list[OptionData]:
        return [{**form.to_option(), "sort_order": position} for position, form in enumerate(self.rows)]


class OptionValueForm(OrderedForm):
    """One value of an option, with its swatch."""

    class Meta:
        model = OptionValue
        fields = ("value", "swatch_type", "swatch_value", "swatch_media")

    def __init__(self, *args: Any, product: Product, pictures: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_text = self.instance.swatch_type == OptionValue.Swatch.TEXT
        self.text = self.instance.swatch_value if is_text else ""
        swatch = self.fields["swatch_type"]
        assert isinstance(swatch, forms.TypedChoiceField)
        # Only the API can set the text of a swatch.
        hidden = set() if is_text else {OptionValue.Swatch.TEXT}
        swatch.choices = [choice for choice in OptionValue.Swatch.choices if choice[0] not in hidden]
        color, picture = self.fields["swatch_value"], self.fields["swatch_media"]
        color.widget = forms.TextInput(attrs={"type": "color", "aria-label": color.label})
        # Browsers send black for a color that nobody chose.
        self.initial["swatch_value"] = _expand_color(self.instance.swatch_value) or "#000000"
        assert isinstance(picture, forms.ModelChoiceField)
        picture.widget = forms.Select(attrs={"aria-label": picture.label})
        picture.queryset = product.media.all()
        picture.choices = [("", "–"), *pictures]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("swatch_type") == OptionValue.Swatch.IMAGE and not data.get("swatch_media"):
            self.add_error("swatch_media", _("Choose a picture."))
        return data

    def to_value(self) -> OptionData:
        data = self.cleaned_data
        kind = data["swatch_type"]
        swatch: OptionData = {"type": kind}
        if kind == OptionValue.Swatch.COLOR:
            swatch["value"] = data["swatch_value"]
        elif kind == OptionValue.Swatch.IMAGE:
            swatch["media_id"] = data["swatch_media"].pk
        elif self.text:
            swatch["value"] = self.text
        return self.identity() | {"value": data["value"]} | ({"swatch": swatch} if kind else {})


class OptionValueFormSet(OrderedFormSet):
    """All values of an option."""

    @cached_property
    def product(self) -> Product:
        product: Product = self.instance.product
        return product

    @cached_property
    def pictures(self) -> Choices:
        return list_picture_choices(self.product)

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "product": self.product, "pictures": self.pictures}

    def options(self) -> list[OptionData]:
        changed: ProductOption = self.instance
        values = _load_values_by_option(self.product)
        options = []
        for option in self.product.options.all():
            name = option.name
            items = [{"id": value.pk, **serialize_value(value)} for value in values.get(option.pk, [])]
            if option == changed:
                name = changed.name
                items = [
                    {**form.to_value(), "sort_order": position} for position, form in enumerate(self.rows)
                ]
            options.append({"id": option.pk, "name": name, "sort_order": option.position, "values": items})
        return options


def _load_values_by_option(product: Product) -> ValuesByOption:
    """Return the values that the product offers, by their option."""
    values: dict[int, list[OptionValue]] = {}
    if not product._state.adding:
        for value in filter_offered_values(OptionValue.objects.filter(option__product=product)):
            values.setdefault(value.option_id, []).append(value)
    return values


def _expand_color(code: str) -> str:
    """Return a color as browsers need it, such as `#aabbcc` for `#abc`."""
    return "#" + "".join(2 * digit for digit in code[1:]) if len(code) == 4 else code
