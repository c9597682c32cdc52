"""A CSV file brought into the catalogue, or only what it would change.

A column the file lacks is left alone, and so is a variant it does not name: nothing is deleted.
A product of which one row is refused is left as it is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.csv_drafts import RowsRefused, blank_draft, draft_after, draft_of, names_of
from catalog.csv_parser import ProductRows, read
from catalog.models import Product, Variant
from catalog.models.product import title
from catalog.page_cache import forget_pages
from catalog.products import ProductDraft, create_product, update_product
from stores.errors import Problem
from stores.models import Store

OnProduct = Callable[[int], object]
NEW, CHANGED, SAME, REFUSED = "new", "changed", "same", "refused"


@dataclass(frozen=True)
class Result:
    """What happened, or would happen, to one product: `changes` in words, `refused` by row number."""

    slug: str
    kind: str
    changes: list[str] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)


def import_file(
    *, store: Store, file: IO[str], dry_run: bool, on_product: OnProduct = lambda rows: None
) -> list[Result]:
    """Bring a file in, each product in a transaction of its own, and return what was done.

    A dry run does the same and takes it back. Errors: Problem where it is no such file.
    """
    results = []
    for product in read(file):
        results.append(_import_product(store, product, dry_run=dry_run))
        on_product(len(product.rows))
    if not dry_run and any(result.kind in (NEW, CHANGED) for result in results):
        forget_pages(host=store.host)
    return results


def _import_product(store: Store, rows: ProductRows, *, dry_run: bool) -> Result:
    if rows.refused:
        return Result(rows.slug, REFUSED, refused=rows.refused)
    first = rows.rows[0].number
    try:
        with transaction.atomic():
            result = _write(store, rows)
            if dry_run:
                transaction.set_rollback(True)
            return result
    except RowsRefused as refused:
        return Result(rows.slug, REFUSED, refused=refused.rows)
    except Problem as problem:
        return Result(rows.slug, REFUSED, refused=[(first, problem.message)])


def _write(store: Store, rows: ProductRows) -> Result:
    product = (
        Product.objects.filter(store=store, slug=rows.slug)
        .prefetch_related("variants", "plan_group_uses")
        .first()
    )
    if product is not None:
        product.store = store
    before = draft_of(product) if product else blank_draft(store, rows)
    variants = list(product.variants.all()) if product else []
    after = draft_after(before, rows, variants)
    if product is None:
        create_product(store=store, draft=after)
        count = len(after.variants)
        return Result(rows.slug, NEW, changes=[_("%(count)d variants") % {"count": count}])
    changes = _differences(before, after, variants)
    if not changes:
        return Result(rows.slug, SAME)
    update_product(product=product, draft=after, version=product.version)
    return Result(rows.slug, CHANGED, changes=changes)


def _differences(before: ProductDraft, after: ProductDraft, variants: Sequence[Variant]) -> list[str]:
    """What differs, in words: `price of Black / M: 49.00 → 55.00`."""
    words = [
        f"{name}: {_short(getattr(before, name))} → {_short(getattr(after, name))}"
        for name in names_of(ProductDraft)
        if name not in ("variants", "options") and getattr(before, name) != getattr(after, name)
    ]
    known = {variant.id: variant for variant in before.variants}
    stock = {variant.pk: variant.inventory_quantity for variant in variants}
    for draft in after.variants:
        named = title(draft.option_values, after.options)
        was = known.get(draft.id)
        if was is None:
            words.append(_("new variant %(title)s") % {"title": named})
            continue
        for name in ("sku", "price", "active", "next_variant_id", "inventory_quantity"):
            old, new = getattr(was, name), getattr(draft, name)
            if old != new:
                shown = stock.get(draft.id) if name == "inventory_quantity" else old
                words.append(f"{named} {name}: {_short(shown)} → {_short(new)}".strip())
        if not draft.is_counted:
            told = {"variant": named or after.slug, "before": stock.get(draft.id)}
            words.append(_("%(variant)s stock: %(before)s → not counted") % told)
    return words


def _short(value: Any) -> str:
    text = "–" if value is None or value == "" else str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
