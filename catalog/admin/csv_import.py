"""Bringing a CSV file in: first what it would change, then doing it."""

import io
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.csv_import import CHANGED, NEW, REFUSED, SAME, Result, import_file
from stores.errors import Problem
from stores.models import Store

MOST_BYTES = 1_000_000
MOST_ROWS = 3_000
_KEPT = "catalog_import"


class ImportForm(forms.Form):
    store = forms.ModelChoiceField(Store.objects.all(), label=gettext_lazy("Store"))
    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        help_text=gettext_lazy(
            "As the export writes it, a row for each variant. Missing columns are left alone."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def clean_file(self) -> str:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise ValidationError(_too_long())
        try:
            text = file.read().decode("utf-8")
        except UnicodeDecodeError as error:
            raise ValidationError(_("Please save the file as UTF-8.")) from error
        if text.count("\n") > MOST_ROWS:
            raise ValidationError(_too_long())
        return text


def show(request: HttpRequest, *, context: dict[str, Any]) -> HttpResponse:
    """The page: a file is looked at first, kept in the session, and brought in when that is confirmed."""
    form, results = ImportForm(), None
    if request.method == "POST" and "confirm" in request.POST:
        return _bring_in(request)
    if request.method == "POST":
        form = ImportForm(request.POST, request.FILES)
        if form.is_valid():
            store, text = form.cleaned_data["store"], form.cleaned_data["file"]
            try:
                results = import_file(store=store, file=io.StringIO(text, newline=""), dry_run=True)
            except Problem as problem:
                form.add_error("file", problem.message)
            else:
                request.session[_KEPT] = {"store": store.pk, "text": text}
    found = results or []
    context |= {
        "title": _("Import products"),
        "form": form,
        "looked_at": results is not None,
        "counts": _counted(found),
        "shown": [result for result in found if result.kind != SAME][:500],
        "changes_something": any(result.kind in (NEW, CHANGED) for result in found),
    }
    response = TemplateResponse(request, "admin/catalog/import.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _bring_in(request: HttpRequest) -> HttpResponse:
    kept = request.session.pop(_KEPT, None)
    if kept is None:
        messages.error(request, _("Choose the file again, please."))
        return redirect("admin:catalog_product_import")
    store = Store.objects.get(pk=kept["store"])
    results = import_file(store=store, file=io.StringIO(kept["text"], newline=""), dry_run=False)
    words = ", ".join(f"{count} {kind}" for kind, count in _counted(results))
    messages.success(request, _("Imported: %(counts)s.") % {"counts": words})
    return redirect("admin:catalog_product_changelist")


def _counted(results: list[Result]) -> list[tuple[str, int]]:
    names = {NEW: _("new"), CHANGED: _("changed"), SAME: _("as they were"), REFUSED: _("refused")}
    return [(name, sum(result.kind == kind for result in results)) for kind, name in names.items()]


def _too_long() -> str:
    return _("At most %(rows)d rows here. For a longer file use manage.py import_catalog.") % {
        "rows": MOST_ROWS
    }
