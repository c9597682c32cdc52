"""The admin page that imports products from a CSV file: preview first, then confirm."""

import base64
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

from catalog.csv_import import ImportKind, ProductImportResult, import_catalog_csv
from stores.errors import Problem
from stores.models import Store

MAX_UPLOAD_BYTES = 1_000_000
MAX_UPLOAD_ROWS = 3_000
_SESSION_KEY = "catalog_import"


class CsvImportForm(forms.Form):
    store = forms.ModelChoiceField(Store.objects.all(), label=gettext_lazy("Store"))
    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        help_text=gettext_lazy(
            "Use the format of the CSV export, with one row per variant."
            " Columns you leave out stay unchanged."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def clean_file(self) -> bytes:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MAX_UPLOAD_BYTES:
            raise ValidationError(_too_many_rows_message())
        content = file.read()
        if content.count(b"\n") > MAX_UPLOAD_ROWS:
            raise ValidationError(_too_many_rows_message())
        return content


def csv_import_view(request: HttpRequest, *, context: dict[str, Any]) -> HttpResponse:
    """Preview an uploaded file, then import it once staff confirm. The session holds the file in between."""
    form, results = CsvImportForm(), None
    if request.method == "POST" and "confirm" in request.POST:
        return _import_confirmed_file(request)
    if request.method == "POST":
        form = CsvImportForm(request.POST, request.FILES)
        if form.is_valid():
            store, content = form.cleaned_data["store"], form.cleaned_data["file"]
            try:
                results = import_catalog_csv(store=store, content=content, dry_run=True)
            except Problem as problem:
                form.add_error("file", problem.message)
            else:
                text = base64.b64encode(content).decode()
                request.session[_SESSION_KEY] = {"store": store.pk, "text": text}
    shown_results = results or []
    context |= {
        "title": _("Import products"),
        "form": form,
        "is_preview": results is not None,
        "counts": _count_results(shown_results),
        "preview_results": [result for result in shown_results if result.kind != ImportKind.UNCHANGED][:500],
        "has_changes": any(result.kind in (ImportKind.NEW, ImportKind.CHANGED) for result in shown_results),
    }
    response = TemplateResponse(request, "admin/catalog/csv_import.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _import_confirmed_file(request: HttpRequest) -> HttpResponse:
    upload = request.session.pop(_SESSION_KEY, None)
    if upload is None:
        messages.error(request, _("Nothing to import. Choose the file again."))
        return redirect("admin:catalog_product_import")
    store = Store.objects.get(pk=upload["store"])
    results = import_catalog_csv(store=store, content=base64.b64decode(upload["text"]), dry_run=False)
    summary = ", ".join(f"{count} {name}" for name, count in _count_results(results))
    messages.success(request, _("Imported: %(counts)s.") % {"counts": summary})
    return redirect("admin:catalog_product_changelist")


def _count_results(results: list[ProductImportResult]) -> list[tuple[str, int]]:
    names = {
        ImportKind.NEW: _("new"),
        ImportKind.CHANGED: _("changed"),
        ImportKind.UNCHANGED: _("unchanged"),
        ImportKind.REFUSED: _("rejected"),
    }
    return [(name, sum(result.kind == kind for result in results)) for kind, name in names.items()]


def _too_many_rows_message() -> str:
    return _("You can import up to %(rows)d rows here. For a larger file, run manage.py import_catalog.") % {
        "rows": MAX_UPLOAD_ROWS
    }
