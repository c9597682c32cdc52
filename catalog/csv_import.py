"""Import a CSV or XLSX file into the catalog, or preview what the import would change.

Missing columns and unlisted variants stay unchanged; nothing is deleted.
If one row of a product is refused, the whole product stays unchanged.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from django.db import transaction

from catalog.categories import find_category_slugs
from catalog.csv_changes import Change, describe_changes, describe_new_pictures, describe_new_variant
from catalog.csv_drafts import (
    InvalidRowsError,
    apply_csv_rows,
    build_new_product_draft,
    draft_from_product,
)
from catalog.csv_parser import ProductRows, read_catalog_file
from catalog.csv_pictures import queue_named_pictures, read_new_pictures
from catalog.models import CatalogImport, Product
from catalog.products import create_product, update_product
from stores.errors import Problem
from stores.models import Store
from stores.page_cache import clear_page_cache
from wording.sentence import Sentence

ProductCallback = Callable[[int], object]


class ImportKind(StrEnum):
    """What an import does to one product."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True)
class ProductImportResult:
    """What happens to one product; `refused` are (row number, reason) pairs."""

    slug: str
    kind: ImportKind
    changes: list[Change] = field(default_factory=list)
    refused: list[tuple[int, Sentence]] = field(default_factory=list)


def import_catalog_csv(
    *, store: Store, content: bytes, dry_run: bool, on_product: ProductCallback = lambda rows: None
) -> list[ProductImportResult]:
    """Import a file, each product in its own transaction, and return one result per product.

    A dry run does the same work and rolls it back. Raises Problem if the file is not a catalog file.
    """
    results = []
    file = read_catalog_file(content)
    for product in file.products:
        results.append(import_product(store, product, decimal_mark=file.decimal_mark, dry_run=dry_run))
        on_product(len(product.rows))
    if not dry_run and any(result.kind in (ImportKind.NEW, ImportKind.CHANGED) for result in results):
        clear_page_cache(host=store.host)
    return results


def import_product(
    store: Store,
    rows: ProductRows,
    *,
    decimal_mark: str,
    dry_run: bool,
    catalog_import: CatalogImport | None = None,
) -> ProductImportResult:
    """Import the rows of one product in a transaction of its own. A dry run rolls it back."""
    if rows.refused:
        return ProductImportResult(rows.slug, ImportKind.REFUSED, refused=rows.refused)
    first = rows.rows[0].number
    try:
        with transaction.atomic():
            result = _write_product(store, rows, decimal_mark, catalog_import)
            if dry_run:
                transaction.set_rollback(True)
            return result
    except InvalidRowsError as error:
        return ProductImportResult(rows.slug, ImportKind.REFUSED, refused=error.rows)
    except Problem as problem:
        return ProductImportResult(rows.slug, ImportKind.REFUSED, refused=[(first, problem.sentence)])


def _write_product(
    store: Store, rows: ProductRows, decimal_mark: str, catalog_import: CatalogImport | None
) -> ProductImportResult:
    product = (
        Product.objects.filter(store=store, slug=rows.slug)
        .prefetch_related(
            "options__values",
            "variants__values",
            "variants__picture_rows",
            "media",
            "plan_group_uses",
            "categories",
        )
        .first()
    )
    if product is not None:
        product.store = store
    before = draft_from_product(product) if product else build_new_product_draft(store, rows)
    variants = list(product.variants.all()) if product else []
    after = apply_csv_rows(
        before,
        rows,
        variants,
        categories=partial(find_category_slugs, store),
        decimal_mark=decimal_mark,
    )
    new_pictures = read_new_pictures(product, rows)
    of_pictures = describe_new_pictures(new_pictures.urls)
    if product is None:
        changes = [describe_new_variant(variant, after) for variant in after.variants]
        created = create_product(store=store, draft=after)
        queue_named_pictures(created, new_pictures, catalog_import)
        return ProductImportResult(rows.slug, ImportKind.NEW, changes=changes + of_pictures)
    changes = describe_changes(before, after, variants)
    if changes:
        update_product(product=product, draft=after, version=product.version)
    queue_named_pictures(product, new_pictures, catalog_import)
    kind = ImportKind.CHANGED if changes or of_pictures else ImportKind.UNCHANGED
    return ProductImportResult(rows.slug, kind, changes=changes + of_pictures)
