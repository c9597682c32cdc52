"""Import a file in steps that a page can wait for: check all products, show them, then import them.

Each product is checked or imported in a transaction of its own that also records the outcome. So a step may
end at any line, run twice, or at the same time as another: the next one goes on where it ended.
"""

import datetime
import time
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.translation import get_language, override

from catalog.csv_changes import Change
from catalog.csv_columns import PROBLEM_COLUMN
from catalog.csv_import import ImportKind, ProductImportResult, import_product
from catalog.csv_parser import CsvRow, ProductRows, read_catalog_file
from catalog.models import CatalogImport, ImportedProduct
from stores.models import Store
from stores.page_cache import clear_page_cache
from wording.sentence import Sentence

# Longer than staff look at a preview, or come back for the rows that were refused.
KEPT_DAYS = 30
_BATCH_SIZE = 500


@transaction.atomic
def start_import(*, store: Store, content: bytes, file_name: str, actor: Any) -> CatalogImport:
    """Save the products of a file, to be checked. Raises Problem if it is not a catalog file."""
    file = read_catalog_file(content)
    oldest = timezone.now() - datetime.timedelta(days=KEPT_DAYS)
    CatalogImport.objects.filter(store=store, created_at__lt=oldest).delete()
    catalog_import = CatalogImport.objects.create(
        store=store,
        created_by=actor,
        file_name=file_name[-200:],
        read_as=file.read_as,
        decimal_mark=file.decimal_mark,
        columns=file.columns,
    )
    ImportedProduct.objects.bulk_create(
        [
            ImportedProduct(
                catalog_import=catalog_import,
                position=position,
                slug=product.slug[:200].replace("\0", ""),
                rows=[_pack_row(row) for row in product.rows],
                kind=ImportedProduct.Kind.REFUSED if product.refused else "",
                refused=_pack_reasons(product.refused),
            )
            for position, product in enumerate(file.products)
        ],
        batch_size=_BATCH_SIZE,
    )
    return catalog_import


def confirm_import(catalog_import: CatalogImport) -> bool:
    """Let the next steps import what was checked. Return False if they already may, or if checks remain."""
    if is_unchecked(catalog_import):
        return False
    rows = CatalogImport.objects.filter(pk=catalog_import.pk, confirmed_at=None)
    return bool(rows.update(confirmed_at=timezone.now()))


def run_step(catalog_import: CatalogImport, *, seconds: float) -> None:
    """Check or import as many products as fit in the time, at least one."""
    end = time.monotonic() + seconds
    is_confirmed = catalog_import.confirmed_at is not None
    for pk in _list_due_products(catalog_import, is_confirmed=is_confirmed):
        _run_product(catalog_import, pk, is_confirmed=is_confirmed)
        if time.monotonic() > end:
            break
    if is_confirmed:
        clear_page_cache(host=catalog_import.store.host)


def claim_finish(catalog_import: CatalogImport) -> bool:
    """Record that everything confirmed is imported. Return True to the one caller that records it."""
    if catalog_import.confirmed_at is None or is_unfinished(catalog_import):
        return False
    rows = CatalogImport.objects.filter(pk=catalog_import.pk, finished_at=None)
    return bool(rows.update(finished_at=timezone.now()))


def is_unchecked(catalog_import: CatalogImport) -> bool:
    """Return True while products remain to be checked."""
    return catalog_import.products.filter(kind="").exists()


def is_unfinished(catalog_import: CatalogImport) -> bool:
    """Return True while products remain to be imported."""
    return _filter_importable(catalog_import).filter(imported_at=None).exists()


def count_kinds(catalog_import: CatalogImport) -> dict[str, int]:
    """Return the number of products of each kind, with "" for those that aren't checked yet."""
    kinds = catalog_import.products.order_by().values_list("kind").annotate(Count("pk"))
    return dict.fromkeys(["", *ImportedProduct.Kind.values], 0) | dict(kinds)


def count_progress(catalog_import: CatalogImport) -> tuple[int, int]:
    """Return how many products are done, and how many there are to do, in the present phase."""
    if catalog_import.confirmed_at is None:
        products = catalog_import.products.all()
        return products.exclude(kind="").count(), products.count()
    importable = _filter_importable(catalog_import)
    return importable.exclude(imported_at=None).count(), importable.count()


def iter_refused_rows(catalog_import: CatalogImport) -> Iterator[list[str]]:
    """Yield the cells of each row of the refused products, as in the file, and why, in this language."""
    return _iter_refused_rows(catalog_import, get_language() or "en")


def _iter_refused_rows(catalog_import: CatalogImport, language: str) -> Iterator[list[str]]:
    refused = catalog_import.products.filter(kind=ImportedProduct.Kind.REFUSED)
    for product in refused.iterator(chunk_size=_BATCH_SIZE):
        reasons: dict[int, list[str]] = {}
        with override(language):
            for number, reason in list_refusals(product):
                reasons.setdefault(number, []).append(str(reason))
        for number, cells in product.rows:
            cells = {**cells, PROBLEM_COLUMN: "; ".join(reasons.get(number, []))}
            yield [cells.get(column, "") for column in list_refused_columns(catalog_import)]


def list_changes(product: ImportedProduct) -> list[Change]:
    """Return what importing the product would change, or changed."""
    return [Change.from_json(row) for row in product.changes]


def list_refusals(product: ImportedProduct) -> list[tuple[int, Sentence]]:
    """Return the numbers of the rows that were refused, and why."""
    return [(number, Sentence.from_json(reason)) for number, reason in product.refused]


def list_refused_columns(catalog_import: CatalogImport) -> list[str]:
    """Return the columns of the file and the one with the reason."""
    return [*(column for column in catalog_import.columns if column != PROBLEM_COLUMN), PROBLEM_COLUMN]


def _filter_importable(catalog_import: CatalogImport) -> QuerySet[ImportedProduct]:
    """Return the products that were to be imported when they were checked, or that have been."""
    unchanging = [ImportedProduct.Kind.UNCHANGED, ImportedProduct.Kind.REFUSED]
    return catalog_import.products.exclude(kind__in=unchanging, imported_at=None)


def _list_due_products(catalog_import: CatalogImport, *, is_confirmed: bool) -> list[int]:
    due = _filter_importable(catalog_import) if is_confirmed else catalog_import.products.filter(kind="")
    if is_confirmed:
        due = due.filter(imported_at=None)
    return list(due.values_list("pk", flat=True)[:_BATCH_SIZE])


@transaction.atomic
def _run_product(catalog_import: CatalogImport, pk: int, *, is_confirmed: bool) -> None:
    product = ImportedProduct.objects.select_for_update(no_key=True).get(pk=pk)
    if product.imported_at or (product.kind and not is_confirmed):
        return  # another step was faster
    result = import_product(
        catalog_import.store,
        _unpack_rows(product),
        decimal_mark=catalog_import.decimal_mark,
        dry_run=not is_confirmed,
        catalog_import=catalog_import,
    )
    _set_result(product, result)
    product.imported_at = timezone.now() if is_confirmed else None
    product.save(update_fields=["kind", "changes", "refused", "imported_at"])


def _set_result(product: ImportedProduct, result: ProductImportResult) -> None:
    product.kind = ImportKind(result.kind).value
    product.changes = [change.to_json() for change in result.changes]
    product.refused = _pack_reasons(result.refused)


def _pack_reasons(refused: Iterable[tuple[int, Sentence]]) -> list[Any]:
    return [[number, reason.to_json()] for number, reason in refused]


def _pack_row(row: CsvRow) -> list[Any]:
    # Databases store no NUL. A row with one is refused anyway.
    return [row.number, {column: cell.replace("\0", "\ufffd") for column, cell in row.cells.items()}]


def _unpack_rows(product: ImportedProduct) -> ProductRows:
    rows = [CsvRow(number, cells) for number, cells in product.rows]
    return ProductRows(rows[0].cells["slug"].strip(), rows)
