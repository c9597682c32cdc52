"""The forms of a product's variants and pictures, as rows of its page in the admin."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog import images
from catalog.image_download import download_image
from catalog.models import Media, Product, SellingPlanGroup, Variant
from catalog.selectors import ordered_media
from stores.errors import Problem


def image_choices(product: Product) -> list[tuple[str, str]]:
    """Return each picture with what it shows, or with its place."""
    return [
        (picture.pk, picture.alt_text or _("Picture %(number)s") % {"number": place})
        for place, picture in enumerate(ordered_media(product), start=1)
    ]


class VariantForm(forms.ModelForm):
    """A variant in the product's table. Only what was changed on the page is written."""

    pictures = forms.MultipleChoiceField(
        label=gettext_lazy("Pictures"), required=False, widget=forms.SelectMultiple(attrs={"size": 2})
    )
    plan_groups = forms.MultipleChoiceField(
        label=gettext_lazy("Own selling plans"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 2}),
    )

    class Meta:
        model = Variant
        fields = ("sku", "price", "inventory_quantity", "active", "next_variant_id")

    def __init__(self, *args: Any, choices: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What staff saw, since stock is sold while they look at it.
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
        """The stock that was on the page when it was opened; None where it was not counted."""
        seen = self.data.get(self["inventory_quantity"].html_initial_name, "")
        return int(seen) if seen.isdecimal() else None


class VariantFormSet(BaseInlineFormSet):
    """The product's variants; what one can choose for them is read once."""

    @cached_property
    def choices(self) -> dict[str, Any]:
        product = self.instance
        own: dict[str | None, list[str]] = {}
        for use in product.plan_group_uses.all():
            own.setdefault(use.variant_id, []).append(str(use.group_id))
        groups = SellingPlanGroup.objects.filter(store=product.store_id)
        return {
            "pictures": image_choices(product),
            "plan_groups": [(group.pk, group.name) for group in groups],
            "own_groups": own,
        }

    def get_queryset(self) -> Any:
        variants = super().get_queryset()
        for variant in variants:
            variant.product = self.instance
        return variants

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].widget.attrs["aria-label"] = _("Delete %(variant)s") % {
            "variant": form.instance.title
        }

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "choices": self.choices}


class ProductImageFormSet(BaseInlineFormSet):
    """The product's pictures."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].widget.attrs["aria-label"] = _("Delete %(picture)s") % {
            "picture": form.instance
        }


class ProductImageForm(forms.ModelForm):
    """A picture: taken in once, then only its words and its place change."""

    upload = forms.FileField(label=gettext_lazy("File"), required=False)
    address = forms.URLField(
        label=gettext_lazy("Or its address"),
        required=False,
        assume_scheme="https",
        help_text=gettext_lazy("It is fetched once and kept here."),
    )
    place = forms.IntegerField(
        label=gettext_lazy("Order"),
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
        self.fields["upload"].widget.attrs["accept"] = "image/jpeg,image/png,image/webp"
        if not self.instance._state.adding:
            order = self.instance.product.media_order
            if self.instance.pk in order:
                self.initial["place"] = order.index(self.instance.pk) + 1

    def clean_upload(self) -> Any:
        file = self.cleaned_data["upload"]
        if file and not self.instance._state.adding:
            raise ValidationError(_("Add a new picture and remove this one instead."))
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
            raise ValidationError(_("Add a new picture and remove this one instead."))
        if address:
            try:
                self.fetched = download_image(address)
                images.open_image(self.fetched)
            except Problem as problem:
                raise ValidationError(problem.message) from problem
            self.fetched.seek(0)
        return address

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("address") and not data.get("upload"):
            data["upload"] = self.fetched
        missing = self.instance._state.adding and not data.get("upload")
        if missing and not {"upload", "address"} & set(self.errors):
            self.add_error("upload", _("Choose the picture's file."))
        return data
