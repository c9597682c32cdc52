"""A CSV file brought into the catalog, or only what it would change.

A column the file lacks is left alone, and so is a variant it does not name: nothing is deleted.
A product of which one row is refused is left as it is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.csv_drafts import (
    InvalidRowsError,
    apply_rows_to_draft,
    create_blank_draft,
    draft_field_names,
    draft_from_product,
)
from catalog.csv_parser import ProductRows, read_product_rows
from catalog.models import Product, Variant
from catalog.models.product import format_variant_title
from catalog.page_cache import clear_page_cache
from catalog.products import ProductDraft, create_product, update_product
from stores.errors import Problem
from stores.models import Store

ProductCallback = Callable[[int], object]
NEW, CHANGED, SAME, REFUSED = "new", "changed", "same", "refused"


@dataclass(frozen=True)
class ProductImportResult:
    """What happened, or would happen, to one product: `changes` in words, `refused` by row number."""

    slug: str
    kind: str
    changes: list[str] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)


def import_catalog_csv(
    *, store: Store, file: IO[str], dry_run: bool, on_product: ProductCallback = lambda rows: None
) -> list[ProductImportResult]:
    """Bring a file in, each product in a transaction of its own, and return what was done.

    A dry run does the same and takes it back. Errors: Problem where it is no such file.
    """
    results = []
    for product in read_product_rows(file):
        results.append(_import_product(store, product, dry_run=dry_run))
        on_product(len(product.rows))
    if not dry_run and any(result.kind in (NEW, CHANGED) for result in results):
        clear_page_cache(host=store.host)
    return results


def _import_product(store: Store, rows: ProductRows, *, dry_run: bool) -> ProductImportResult:
    if rows.refused:
        return ProductImportResult(rows.slug, REFUSED, refused=rows.refused)
    first = rows.rows[0].number
    try:
        with transaction.atomic():
            result = _write_product(store, rows)
            if dry_run:
                transaction.set_rollback(True)
            return result
    except InvalidRowsError as refused:
        return ProductImportResult(rows.slug, REFUSED, refused=refused.rows)
    except Problem as problem:
        return ProductImportResult(rows.slug, REFUSED, refused=[(first, problem.message)])


def _write_product(store: Store, rows: ProductRows) -> ProductImportResult:
    product = (
        Product.objects.filter(store=store, slug=rows.slug)
        .prefetch_related("variants", "plan_group_uses")
        .first()
    )
    if product is not None:
        product.store = store
    before = draft_from_product(product) if product else create_blank_draft(store, rows)
    variants = list(product.variants.all()) if product else []
    after = apply_rows_to_draft(before, rows, variants)
    if product is None:
        create_product(store=store, draft=after)
        count = len(after.variants)
        return ProductImportResult(rows.slug, NEW, changes=[_("%(count)d variants") % {"count": count}])
    changes = _describe_changes(before, after, variants)
    if not changes:
        return ProductImportResult(rows.slug, SAME)
    update_product(product=product, draft=after, version=product.version)
    return ProductImportResult(rows.slug, CHANGED, changes=changes)


def _describe_changes(before: ProductDraft, after: ProductDraft, variants: Sequence[Variant]) -> list[str]:
    """What differs, in words: `price of Black / M: 49.00 → 55.00`."""
    words = [
        f"{name}: {_shorten_value(getattr(before, name))} → {_shorten_value(getattr(after, name))}"
        for name in draft_field_names(ProductDraft)
        if name not in ("variants", "options") and getattr(before, name) != getattr(after, name)
    ]
    known = {variant.id: variant for variant in before.variants}
    stock = {variant.pk: variant.inventory_quantity for variant in variants}
    for draft in after.variants:
        named = format_variant_title(draft.option_values, after.options)
        was = known.get(draft.id)
        if was is None:
            words.append(_("new variant %(title)s") % {"title": named})
            continue
        for name in ("sku", "price", "active", "next_variant_id", "inventory_quantity"):
            old, new = getattr(was, name), getattr(draft, name)
            if old != new:
                shown = stock.get(draft.id) if name == "inventory_quantity" else old
                words.append(f"{named} {name}: {_shorten_value(shown)} → {_shorten_value(new)}".strip())
        if not draft.is_counted:
            told = {"variant": named or after.slug, "before": stock.get(draft.id)}
            words.append(_("%(variant)s stock: %(before)s → not counted") % told)
    return words


def _shorten_value(value: Any) -> str:
    text = "–" if value is None or value == "" else str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
