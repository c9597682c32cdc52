"""Options in the admin: a row per option on the product page, a row per value on the option's page."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.admin.product_inline_forms import image_choices
from catalog.models import OptionValue, Product, ProductOption
from catalog.options import serialize_value
from catalog.validation import COLOR_PATTERN, clean_options, validate_variants
from catalog.variants import option_combinations
from stores.errors import Problem

OptionData = dict[str, Any]
Choices = Sequence[tuple[str, str]]


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
        options = self.options()
        try:
            validate_variants(clean_options(options), option_combinations(options))
        except Problem as problem:
            raise ValidationError(problem.message) from problem


class OptionForm(OrderedForm):
    """An option. Its existing values stay; new ones are typed, one per line."""

    new_values = forms.CharField(
        label=gettext_lazy("Add values"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 16}),
        help_text=gettext_lazy("One per line. For a color, add its code: Black #1a1a1a"),
    )

    class Meta:
        model = ProductOption
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs |= {"placeholder": _("Size")}
        self.fields["new_values"].widget.attrs |= {"placeholder": _("One per line")}

    def to_option(self, values: Sequence[OptionValue]) -> OptionData:
        """Return the option with its existing `values` and the new ones."""
        data = self.cleaned_data
        lines = [line for line in data["new_values"].splitlines() if line.strip()]
        items = [{"id": value.pk, **serialize_value(value)} for value in values] + [
            _parse_value(line) for line in lines
        ]
        ordered = [{**item, "sort_order": position} for position, item in enumerate(items)]
        return self.identity() | {"name": data["name"], "values": ordered}


class OptionFormSet(OrderedFormSet):
    """All options of a product."""

    def options(self) -> list[OptionData]:
        values = _values_by_option(self.instance)
        return [
            {**form.to_option(values.get(form.instance.pk, [])), "sort_order": position}
            for position, form in enumerate(self.rows)
        ]


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
        return image_choices(self.product)

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "product": self.product, "pictures": self.pictures}

    def options(self) -> list[OptionData]:
        changed: ProductOption = self.instance
        values = _values_by_option(self.product)
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


def _values_by_option(product: Product) -> dict[int, list[OptionValue]]:
    values: dict[int, list[OptionValue]] = {}
    if not product._state.adding:
        for value in OptionValue.objects.filter(option__product=product):
            values.setdefault(value.option_id, []).append(value)
    return values


def _expand_color(code: str) -> str:
    """Return a color as browsers need it, such as `#aabbcc` for `#abc`."""
    return "#" + "".join(2 * digit for digit in code[1:]) if len(code) == 4 else code


def _parse_value(line: str) -> OptionData:
    value, _space, code = line.strip().rpartition(" ")
    if value and COLOR_PATTERN.fullmatch(code):
        return {"value": value.strip(), "swatch": {"type": OptionValue.Swatch.COLOR.value, "value": code}}
    return {"value": line.strip()}
