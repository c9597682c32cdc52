"""JSON list fields edited as tables of form fields, next to the model's own form."""

import json
from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.forms.formsets import BaseFormSet, formset_factory
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from catalog.admin.problem_forms import ProblemModelAdmin, ProblemModelForm


class TableRowForm(forms.Form):
    """A table row without required fields. It counts once any of `significant_fields` is filled."""

    significant_fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if field.label:
                field.widget.attrs.setdefault("aria-label", field.label)

    @property
    def is_filled(self) -> bool:
        return any(self.cleaned_data.get(name) not in (None, "") for name in self.significant_fields)


class TableFormSet(BaseFormSet):
    """Table rows, with the data that Django's script for inline rows reads."""

    heading: str = ""
    add_text: str = ""
    intro: str = ""

    @property
    def rows(self) -> list[Any]:
        """The filled rows that staff did not remove, in the order they set."""
        filled = [form for form in self.forms if form.is_filled and not form.cleaned_data.get("DELETE")]
        return sorted(filled, key=lambda form: form.cleaned_data.get("ORDER") or 999)

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if "ORDER" in form.fields:
            form.fields["ORDER"].label = _("Position")
            form.fields["ORDER"].widget.attrs |= {"class": "row-number", "aria-label": _("Position")}
        form.fields["DELETE"].widget.attrs["aria-label"] = _("Remove")

    @cached_property
    def script_data(self) -> str:
        return json.dumps(
            {
                "name": f"#{self.prefix}",
                "options": {"prefix": self.prefix, "addText": str(self.add_text), "deleteText": _("Remove")},
            }
        )


def table_formset_factory(form: type[forms.Form], *, can_order: bool = False) -> type[TableFormSet]:
    """Return a formset class for a table whose rows are `form`."""
    formset_class: type[TableFormSet] = formset_factory(  # type: ignore[assignment]
        form,
        formset=TableFormSet,
        extra=1,
        can_delete=True,
        can_order=can_order,
        max_num=500,
        absolute_max=500,
    )
    return formset_class


class TableModelForm(ProblemModelForm):
    """A model form with tables, which subclasses return from `make_tables`."""

    class Media:
        css: ClassVar = {"all": ["css/admin/catalog.css"]}
        js: ClassVar = ["admin/js/jquery.init.js", "admin/js/inlines.js"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tables = self.make_tables(self.data if self.is_bound else None)
        for field in self.fields.values():
            if isinstance(field, forms.SplitDateTimeField):
                field.widget.attrs["aria-label"] = field.label

    @property
    def media(self) -> forms.Media:
        return sum((table.media for table in self.tables), super().media)

    def make_tables(self, data: Any) -> Sequence[TableFormSet]:
        """Return the tables, bound to `data` unless it is None."""
        return ()

    def full_clean(self) -> None:
        super().full_clean()
        # Validate every table, so that all errors show at the same time.
        invalid = [table for table in self.tables if self.is_bound and not table.is_valid()]
        if invalid:
            self.add_error(None, _("Check the highlighted rows."))


class TableModelAdmin(ProblemModelAdmin):
    """An admin for forms with tables."""

    change_form_template = "admin/catalog/tables_change_form.html"
