"""Import a CSV or XLSX file into the catalog, or preview what the import would change.

Missing columns and unlisted variants stay unchanged; nothing is deleted.
If one row of a product is refused, the whole product stays unchanged.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.csv_drafts import (
    InvalidRowsError,
    apply_csv_rows,
    build_new_product_draft,
    draft_field_names,
    draft_from_product,
)
from catalog.csv_parser import ProductRows, read_catalog_file
from catalog.models import Product, Variant
from catalog.product_drafts import ProductDraft, VariantDraft
from catalog.products import create_product, update_product
from stores.errors import Problem
from stores.models import Store
from stores.page_cache import clear_page_cache

ProductCallback = Callable[[int], object]


class ImportKind(StrEnum):
    """What an import does to one product."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True)
class ProductImportResult:
    """What happens to one product: `changes` as readable texts, `refused` as (row number, reason) pairs."""

    slug: str
    kind: ImportKind
    changes: list[str] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)


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
    store: Store, rows: ProductRows, *, decimal_mark: str, dry_run: bool
) -> ProductImportResult:
    """Import the rows of one product in a transaction of its own. A dry run rolls it back."""
    if rows.refused:
        return ProductImportResult(rows.slug, ImportKind.REFUSED, refused=rows.refused)
    first = rows.rows[0].number
    try:
        with transaction.atomic():
            result = _write_product(store, rows, decimal_mark)
            if dry_run:
                transaction.set_rollback(True)
            return result
    except InvalidRowsError as error:
        return ProductImportResult(rows.slug, ImportKind.REFUSED, refused=error.rows)
    except Problem as problem:
        return ProductImportResult(rows.slug, ImportKind.REFUSED, refused=[(first, problem.message)])


def _write_product(store: Store, rows: ProductRows, decimal_mark: str) -> ProductImportResult:
    product = (
        Product.objects.filter(store=store, slug=rows.slug)
        .prefetch_related(
            "options__values", "variants__values", "variants__picture_rows", "media", "plan_group_uses"
        )
        .first()
    )
    if product is not None:
        product.store = store
    before = draft_from_product(product) if product else build_new_product_draft(store, rows)
    variants = list(product.variants.all()) if product else []
    after = apply_csv_rows(before, rows, variants, decimal_mark=decimal_mark)
    if product is None:
        create_product(store=store, draft=after)
        count = len(after.variants)
        changes = [ngettext("%(count)d variant", "%(count)d variants", count) % {"count": count}]
        return ProductImportResult(rows.slug, ImportKind.NEW, changes=changes)
    changes = _describe_changes(before, after, variants)
    if not changes:
        return ProductImportResult(rows.slug, ImportKind.UNCHANGED)
    update_product(product=product, draft=after, version=product.version)
    return ProductImportResult(rows.slug, ImportKind.CHANGED, changes=changes)


def _describe_changes(before: ProductDraft, after: ProductDraft, variants: Sequence[Variant]) -> list[str]:
    """Return each difference as text, such as `Black / M price: 49.00 → 55.00`."""
    changes = [
        f"{name}: {_shorten_value(getattr(before, name))} → {_shorten_value(getattr(after, name))}"
        for name in draft_field_names(ProductDraft)
        if name not in ("variants", "options") and getattr(before, name) != getattr(after, name)
    ]
    known = {variant.id: variant for variant in before.variants}
    stock = {variant.pk: variant.inventory_quantity for variant in variants}
    for draft in after.variants:
        title = _format_title(draft, after)
        previous = known.get(draft.id)
        if previous is None:
            changes.append(_("new variant %(title)s") % {"title": title})
            continue
        changes += _describe_variant_changes(previous, draft, title=title, stock=stock.get(draft.id))
        if not draft.is_counted:
            values = {"variant": title or after.slug, "before": stock.get(draft.id)}
            changes.append(_("%(variant)s stock: %(before)s → not counted") % values)
    return changes


def _describe_variant_changes(
    before: VariantDraft, after: VariantDraft, *, title: str, stock: int | None
) -> list[str]:
    changes = []
    for name in ("sku", "price", "active", "next_variant_id", "inventory_quantity"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            shown = stock if name == "inventory_quantity" else old
            changes.append(f"{title} {name}: {_shorten_value(shown)} → {_shorten_value(new)}".strip())
    return changes


def _format_title(variant: VariantDraft, product: ProductDraft) -> str:
    names = [option["name"] for option in product.options]
    return " / ".join(variant.option_values[name] for name in names if name in variant.option_values)


def _shorten_value(value: Any) -> str:
    text = "–" if value is None or value == "" else str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
