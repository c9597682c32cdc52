"""Inline forms of the product page in the admin: a row per variant and per picture."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects
from django.forms import BaseInlineFormSet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog import images
from catalog.image_download import download_image
from catalog.models import Media, Product, SellingPlanGroup, Variant
from stores.errors import Problem


def image_choices(product: Product) -> list[tuple[str, str]]:
    """Return (id, label) for each picture, labeled by its alt text or else its number."""
    return [
        (picture.pk, picture.alt_text or _("Picture %(number)s") % {"number": place})
        for place, picture in enumerate(product.media.all(), start=1)
    ]


class VariantForm(forms.ModelForm):
    """A variant row. Only the fields that staff changed are written."""

    pictures = forms.MultipleChoiceField(
        label=gettext_lazy("Pictures"), required=False, widget=forms.SelectMultiple(attrs={"size": 2})
    )
    plan_groups = forms.MultipleChoiceField(
        label=gettext_lazy("Plans of this variant"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 2}),
    )

    class Meta:
        model = Variant
        fields = ("sku", "price", "inventory_quantity", "active", "next_variant_id")

    def __init__(self, *args: Any, choices: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The form also submits the stock that staff saw, since stock may sell while they edit.
        self.fields["inventory_quantity"].show_hidden_initial = True
        for name in ("pictures", "plan_groups"):
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = choices[name]
        variant = self.instance
        self.initial["pictures"] = variant.media_order
        self.initial["plan_groups"] = choices["own_groups"].get(variant.pk, [])
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = f"{variant.title} {field.label}".strip()

    @property
    def stock_seen(self) -> int | None:
        """The stock on the page when it was opened; None if stock was not tracked."""
        seen = self.data.get(self["inventory_quantity"].html_initial_name, "")
        return int(seen) if seen.isdecimal() else None


class VariantFormSet(BaseInlineFormSet):
    """The product's variants. Their choices are loaded once for all rows."""

    @cached_property
    def choices(self) -> dict[str, Any]:
        product = self.instance
        groups_by_variant: dict[str | None, list[str]] = {}
        for use in product.plan_group_uses.all():
            groups_by_variant.setdefault(use.variant_id, []).append(str(use.group_id))
        groups = SellingPlanGroup.objects.filter(store=product.store_id)
        return {
            "pictures": image_choices(product),
            "plan_groups": [(group.pk, group.name) for group in groups],
            "own_groups": groups_by_variant,
        }

    def get_queryset(self) -> Any:
        variants = super().get_queryset()
        prefetch_related_objects(list(variants), "values", "picture_rows")
        for variant in variants:
            variant.product = self.instance
        return variants

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:  # only for staff who may delete
            form.fields["DELETE"].widget.attrs["aria-label"] = _("Delete %(variant)s") % {
                "variant": form.instance.title
            }

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "choices": self.choices}


class ProductImageFormSet(BaseInlineFormSet):
    """The product's pictures."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:  # only for staff who may delete
            form.fields["DELETE"].widget.attrs["aria-label"] = _("Delete %(picture)s") % {
                "picture": form.instance
            }


class ProductImageForm(forms.ModelForm):
    """A picture row. The image is set once; later only its alt text and position change."""

    upload = forms.FileField(label=gettext_lazy("File"), required=False)
    address = forms.URLField(
        label=gettext_lazy("Or image URL"),
        required=False,
        assume_scheme="https",
        help_text=gettext_lazy("We download the image once and store a copy."),
    )
    place = forms.IntegerField(
        label=gettext_lazy("Position"),
        required=False,
        min_value=1,
        widget=forms.NumberInput(attrs={"class": "row-number"}),
    )

    class Meta:
        model = Media
        fields = ("alt_text",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label
        self.fields["upload"].widget.attrs["accept"] = (
            "image/jpeg,image/png,image/webp,image/avif,image/heic,.heic"
        )
        if not self.instance._state.adding:
            position = self.instance.position
            self.initial["place"] = None if position is None else position + 1

    def clean_upload(self) -> Any:
        file = self.cleaned_data["upload"]
        if file and not self.instance._state.adding:
            raise ValidationError(_("To replace a picture, remove it and add a new one."))
        if file:
            file.seek(0)
            try:
                images.open_image(file)
            except Problem as problem:
                raise ValidationError(problem.message) from problem
            file.seek(0)
        return file

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"]
        if address and not self.instance._state.adding:
            raise ValidationError(_("To replace a picture, remove it and add a new one."))
        if address:
            try:
                self.downloaded = download_image(address)
                images.open_image(self.downloaded)
            except Problem as problem:
                raise ValidationError(problem.message) from problem
            self.downloaded.seek(0)
        return address

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("address") and not data.get("upload"):
            data["upload"] = self.downloaded
        missing = self.instance._state.adding and not data.get("upload")
        if missing and not {"upload", "address"} & set(self.errors):
            self.add_error("upload", _("Choose a file or enter an image URL."))
        return data
