"""The admin pages that import products from a file: upload, check, preview, import."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.staff_log import log_staff_act
from catalog import staged_import
from catalog.imported_pictures import load_picture_progress, retry_imported_pictures
from catalog.models import CatalogImport, ImportedProduct, Product
from catalog.sentences import FILE_IMPORTED, PICTURES_RETRIED
from stores.errors import Problem
from stores.models import Store
from stores.table_export import generate_csv

MAX_UPLOAD_BYTES = 20_000_000
# How long one step works before its page comes back with the progress.
STEP_SECONDS = 2.0
PRODUCTS_PER_PAGE = 50
Kind = ImportedProduct.Kind


class CsvImportForm(forms.Form):
    store = forms.ModelChoiceField(Store.objects.all(), label=gettext_lazy("Store"))
    file = forms.FileField(
        label=gettext_lazy("CSV or Excel file"),
        help_text=gettext_lazy(
            "One row for each variant, in the columns of the export. Columns you leave out stay unchanged."
            " Pictures are downloaded from the https addresses in “picture_urls”, separated by spaces."
            " Nothing is imported before you have seen what would change."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.xlsx,text/csv"}),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MAX_UPLOAD_BYTES:
            raise ValidationError(
                _("The file is larger than %(max)d MB. Split it, or run manage.py import_catalog.")
                % {"max": MAX_UPLOAD_BYTES // 1_000_000}
            )
        return file


def make_import_urls(model_admin: "admin.ModelAdmin[Product]") -> list[URLPattern]:
    """Return the addresses of the import's pages, for staff who may add and change products."""

    def wrap(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        def checked_view(request: HttpRequest, **parameters: str) -> HttpResponseBase:
            if not (model_admin.has_add_permission(request) and model_admin.has_change_permission(request)):
                raise PermissionDenied
            context = {**model_admin.admin_site.each_context(request), "opts": model_admin.opts}
            return view(request, context=context, **parameters)

        return model_admin.admin_site.admin_view(checked_view)

    return [
        path("import/", wrap(upload_view), name="catalog_product_import"),
        path("import/<str:import_id>/", wrap(import_view), name="catalog_product_import_file"),
        path(
            "import/<str:import_id>/refused/", wrap(refused_rows_view), name="catalog_product_import_refused"
        ),
    ]


def upload_view(request: HttpRequest, *, context: dict[str, Any]) -> HttpResponse:
    """Take a file and lead on to its page."""
    stores = list(Store.objects.all()[:2])
    form = CsvImportForm(initial={"store": stores[0] if len(stores) == 1 else None})
    if request.method == "POST":
        form = CsvImportForm(request.POST, request.FILES)
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                started = staged_import.start_import(
                    store=form.cleaned_data["store"],
                    content=file.read(),
                    file_name=file.name or "",
                    actor=request.user,
                )
            except Problem as problem:
                form.add_error("file", problem.message)
            else:
                return redirect("admin:catalog_product_import_file", started.pk)
    recent = CatalogImport.objects.select_related("store", "created_by")[:10]
    context |= {"title": _("Import products"), "form": form, "recent": recent}
    return TemplateResponse(request, "admin/catalog/csv_import.html", context)


def import_view(request: HttpRequest, import_id: str, *, context: dict[str, Any]) -> HttpResponse:
    """Show an import: how far it is, and what it would change or has changed. A POST takes the next step."""
    catalog_import = get_object_or_404(CatalogImport.objects.select_related("store"), pk=import_id)
    if request.method == "POST":
        if "retry_pictures" in request.POST:
            _retry_pictures(request, catalog_import)
        else:
            _take_step(request, catalog_import)
        return redirect("admin:catalog_product_import_file", catalog_import.pk)
    counts = staged_import.count_kinds(catalog_import)
    done, total = staged_import.count_progress(catalog_import)
    is_confirmed = catalog_import.confirmed_at is not None
    is_working = not catalog_import.finished_at and (is_confirmed or counts[""] > 0)
    shown = request.GET.get("show", "")
    products = catalog_import.products.exclude(kind="")
    products = products.filter(kind=shown) if shown in Kind.values else products.exclude(kind=Kind.UNCHANGED)
    importable = counts[Kind.NEW] + counts[Kind.CHANGED]
    page = Paginator(products, PRODUCTS_PER_PAGE).get_page(request.GET.get("page"))
    context |= {
        "title": _("Import products"),
        "catalog_import": catalog_import,
        "is_confirmed": is_confirmed,
        "is_working": is_working,
        "done": done,
        "total": total,
        "counts": [(kind, kind.label, counts[kind]) for kind in Kind],
        "shown": shown,
        "has_refused": counts[Kind.REFUSED] > 0,
        "button": ngettext("Import %(count)d product", "Import %(count)d products", importable)
        % {"count": importable}
        if importable
        else "",
        "pictures": load_picture_progress(catalog_import),
        "page": page,
        "rows": [_read_product(product) for product in page],
    }
    response = TemplateResponse(request, "admin/catalog/csv_import_file.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _read_product(product: ImportedProduct) -> tuple[ImportedProduct, list[Any], list[Any]]:
    """Return the product with its changes and refused rows, in the reader's language."""
    changes = [change.read() for change in staged_import.list_changes(product)]
    return product, changes, staged_import.list_refusals(product)


def _take_step(request: HttpRequest, catalog_import: CatalogImport) -> None:
    if "confirm" in request.POST:
        staged_import.confirm_import(catalog_import)
        catalog_import.refresh_from_db(fields=["confirmed_at"])
    staged_import.run_step(catalog_import, seconds=STEP_SECONDS)
    if staged_import.claim_finish(catalog_import):
        counts = staged_import.count_kinds(catalog_import)
        text = FILE_IMPORTED.fill(
            file=catalog_import.file_name,
            new=counts[Kind.NEW],
            changed=counts[Kind.CHANGED],
            refused=counts[Kind.REFUSED],
        )
        log_staff_act(actor=request.user, model=Product, text=text)


def _retry_pictures(request: HttpRequest, catalog_import: CatalogImport) -> None:
    count = retry_imported_pictures(catalog_import)
    text = PICTURES_RETRIED.fill(count=count)
    log_staff_act(actor=request.user, model=Product, text=text)
    messages.success(request, str(text))


def refused_rows_view(request: HttpRequest, import_id: str, *, context: dict[str, Any]) -> HttpResponseBase:
    """Download the refused rows with the reason in the last column, to correct and import again."""
    catalog_import = get_object_or_404(CatalogImport, pk=import_id)
    lines = generate_csv(
        staged_import.list_refused_columns(catalog_import), staged_import.iter_refused_rows(catalog_import)
    )
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="refused-rows.csv"'
    response["Cache-Control"] = "no-store"
    return response
