"""The forms of a product's pictures: adding several, describing and ordering them, and who shows one."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.forms.models import BaseModelFormSet, modelformset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Media, Product, Variant

ACCEPTED_FILES = "image/jpeg,image/png,image/webp,image/avif,image/heic,.heic"


class MultipleFilesInput(forms.ClearableFileInput):
    """A file field that takes several files."""

    allow_multiple_selected = True


class MultiplePicturesField(forms.FileField):
    """Several files. Whether each is a picture shows when it is saved, one by one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=MultipleFilesInput(attrs={"accept": ACCEPTED_FILES}), **kwargs)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = data if isinstance(data, list | tuple) else [data]
        return [super(MultiplePicturesField, self).clean(file, initial) for file in files if file]


class AddPicturesForm(forms.Form):
    """Files, or the address of one picture."""

    pictures = MultiplePicturesField(
        label=gettext_lazy("Files"),
        required=False,
        help_text=gettext_lazy("JPEG, PNG, WebP, AVIF, or HEIC, up to 40 MB each. Choose several at once."),
    )
    address = forms.URLField(
        label=gettext_lazy("Or image URL"),
        required=False,
        assume_scheme="https",
        help_text=gettext_lazy("We download the image once and store a copy."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not data.get("pictures") and not data.get("address"):
            self.add_error("pictures", _("Choose a file or enter an image URL."))
        return data


class PictureForm(forms.ModelForm):
    """A saved picture: its description and position."""

    place = forms.IntegerField(
        label=gettext_lazy("Position"),
        required=False,
        min_value=1,
        widget=forms.NumberInput(attrs={"class": "row-number"}),
    )

    class Meta:
        model = Media
        fields = ("alt_text",)
        labels = {"alt_text": gettext_lazy("Description for people who can't see it")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.number = int((self.prefix or "-0").rpartition("-")[2]) + 1
        self.shown_count = 0  # how many variants show it first
        self.initial["place"] = self.number

    @property
    def sort_key(self) -> tuple[float, int]:
        """The sort key. A picture that was moved up goes before the one that had its position."""
        place = self.cleaned_data.get("place")
        if place is None:
            return (float("inf"), 0)
        return (place, (place > self.number) - (place < self.number))


class PictureFormSet(BaseModelFormSet):
    """The pictures of a product, in the order that staff give them."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        # Django's own field would load each row again.
        form.fields["id"] = forms.CharField(
            required=False, initial=form.instance.pk, widget=forms.HiddenInput
        )

    def list_kept(self) -> list[PictureForm]:
        """Return the forms of the pictures that stay, in order. One without a place comes last."""
        kept = [form for form in self.list_existing() if form not in self.deleted_forms]
        return sorted(kept, key=lambda form: form.sort_key)

    def list_deleted(self) -> list[PictureForm]:
        return [form for form in self.list_existing() if form in self.deleted_forms]

    def list_existing(self) -> list[PictureForm]:
        """Return the forms of the pictures that nobody deleted since the page was opened."""
        rows: Any = self.forms
        return [form for form in rows if not form.instance._state.adding]


def make_picture_formset(product: Product, data: Any, *, can_delete: bool) -> PictureFormSet:
    """Return the formset of the product's pictures, bound to `data` unless it is None."""
    formset: Any = modelformset_factory(
        Media, form=PictureForm, formset=PictureFormSet, extra=0, can_delete=can_delete
    )
    bound: PictureFormSet = formset(data, queryset=product.media.all(), prefix="pictures")
    return bound


class PictureVariantsForm(forms.Form):
    """The variants that show a picture first."""

    variants = forms.MultipleChoiceField(
        label=gettext_lazy("Variants"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, choices: Sequence[Variant], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["variants"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(variant.pk, variant.title or _("only variant")) for variant in choices]


def list_picture_choices(product: Product) -> list[tuple[str, str]]:
    """Return (id, label) for each picture, labeled by its alt text or else its number."""
    return [
        (picture.pk, picture.alt_text or _("Picture %(number)s") % {"number": place})
        for place, picture in enumerate(product.media.all(), start=1)
    ]
