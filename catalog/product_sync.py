"""Sync products from NEXT Commerce into the catalog: names, variants, prices, and stock.

NEXT Commerce decides those values. Values that exist only here (descriptions, pictures, swatches, plans,
and what staff deactivated) stay unchanged. Products that NEXT Commerce no longer has are deactivated, never
deleted, and are activated again when it lists them again. See `missing_products`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.importable_products import (
    ProductSyncSummary,
    find_variants_by_next_id,
    list_sellable_products,
    select_importable_products,
)
from catalog.missing_products import handle_missing_products
from catalog.models import Hold, Product, ProductSync, SeenNextProduct, SeenNextVariant, Variant
from catalog.next_products import SellableProduct, SellableVariant
from catalog.options import load_options, save_options, serialize_options
from catalog.product_matching import (
    find_importable_variants,
    leave_out_taken_variants,
    match_next_variants,
    merge_next_options,
    product_fields_from_next,
    variant_fields_from_next,
)
from catalog.products import generate_product_slug
from catalog.search import refresh_search_texts
from catalog.variants import create_variants, set_variant_values
from nextcommerce.store_schemas import NextProduct
from stores.models import Store
from stores.next_client import open_next_client
from stores.page_cache import clear_page_cache

PageCallback = Callable[[int], object]


def sync_products(
    *, store: Store, restart: bool = False, on_page: PageCallback = lambda count: None
) -> ProductSyncSummary:
    """Import all products of the store page by page. An interrupted sync resumes where it stopped.

    Each page is committed together with the cursor of the next one. Concurrent syncs share the pages, and
    each page is imported once. Requests run at background priority. Raises NextApiError; try again later.
    """
    api, summary = open_next_client(store, background=True), ProductSyncSummary()
    state = _start_sync(store, restart=restart)
    while state.finished_at is None:
        page, next_cursor = api.list_products_page(state.cursor)
        with transaction.atomic():
            locked = ProductSync.objects.select_for_update().get(pk=state.pk)
            if _sync_position(locked) == _sync_position(state):
                _advance_sync(locked, store, page, next_cursor, summary)
        state = locked
        on_page(len(page))
    clear_page_cache(host=store.host)
    return summary


@transaction.atomic
def _start_sync(store: Store, *, restart: bool) -> ProductSync:
    ProductSync.objects.get_or_create(store=store, defaults={"started_at": timezone.now()})
    state = ProductSync.objects.select_for_update().get(store=store)
    if restart or state.finished_at is not None:
        state.seen_products.all().delete()
        state.cursor, state.started_at, state.finished_at = "", timezone.now(), None
        state.save()
    return state


def _sync_position(state: ProductSync) -> tuple[object, ...]:
    """Return the position of a sync. A page read from another position is not imported."""
    return state.started_at, state.cursor, state.finished_at


def _advance_sync(
    state: ProductSync,
    store: Store,
    page: Sequence[NextProduct],
    next_cursor: str,
    summary: ProductSyncSummary,
) -> None:
    """Import a page and store the next cursor. The caller has locked `state`."""
    sellable = list_sellable_products(page, store.currency, summary)
    _sync_page(store, select_importable_products(sellable, store.currency, summary), summary)
    _record_seen_ids(state, page, sellable)
    state.cursor = next_cursor
    if not next_cursor:
        _handle_missing_products(state, store, summary)
        state.finished_at = timezone.now()
    state.save()


def _record_seen_ids(
    state: ProductSync, page: Sequence[NextProduct], sellable: Sequence[SellableProduct]
) -> None:
    ids = {listed.id for listed in page if listed.id is not None}
    SeenNextProduct.objects.bulk_create(
        [SeenNextProduct(sync=state, next_product_id=number) for number in sorted(ids)], ignore_conflicts=True
    )
    variant_ids = {variant.id for next_product in sellable for variant in next_product.variants}
    SeenNextVariant.objects.bulk_create(
        [
            SeenNextVariant(sync=state, next_variant_id=number, seen_at=state.started_at)
            for number in sorted(variant_ids)
        ],
        update_conflicts=True,
        unique_fields=["sync", "next_variant_id"],
        update_fields=["seen_at"],
    )


def _sync_page(store: Store, importable: Mapping[int, SellableProduct], summary: ProductSyncSummary) -> None:
    # Locked, so that their options cannot change until their variants are written.
    known = (
        Product.objects.filter(store=store, next_product_id__in=list(importable))
        .order_by("pk")
        .select_for_update(of=("self",))
        .prefetch_related("options__values")
    )
    products = {product.next_product_id: product for product in known}
    # Locked, so that their holds cannot change until their stock is written.
    locked = (
        Variant.objects.filter(product__in=products.values())
        .order_by("pk")
        .select_for_update(of=("self",))
        .prefetch_related("values")
    )
    variants: dict[str, list[Variant]] = {}
    for variant in locked:
        variants.setdefault(variant.product_id, []).append(variant)
    held = _count_held_stock(variant.pk for each in variants.values() for variant in each)
    taken = find_variants_by_next_id(store, importable.values())
    for next_product in importable.values():
        product = products.get(next_product.id)
        ours = variants.get(product.pk, []) if product else []
        before = len(next_product.skipped_variants)
        next_product = leave_out_taken_variants(next_product, taken, ours)
        reasons = next_product.skipped_variants[before:]
        summary.skipped += [(next_product.name, reason) for reason in reasons]
        if product is not None:
            product.store = store
            _sync_product(product, ours, next_product, held, summary)
        elif next_product.variants:
            _add_next_product(store, next_product, summary)
    Variant.objects.filter(product__in=products.values()).update(stock_synced_at=store.now())
    imported = Product.objects.filter(store=store, next_product_id__in=list(importable))
    refresh_search_texts(imported.values_list("pk", flat=True))


def _count_held_stock(variant_ids: Iterable[str]) -> dict[str, int]:
    """Return the units of each variant held by unpaid orders, which NEXT Commerce does not know about."""
    holds = Hold.objects.filter(variant__in=list(variant_ids), state=Hold.State.HELD)
    return dict(holds.order_by().values_list("variant").annotate(Sum("quantity")))


def _add_next_product(store: Store, next_product: SellableProduct, summary: ProductSyncSummary) -> None:
    product = Product.objects.create(
        store=store,
        next_product_id=next_product.id,
        slug=generate_product_slug(store=store, name=next_product.slug or next_product.name),
        listed=next_product.listed,
        tax_category=next_product.tax_category,
        **product_fields_from_next(next_product, store),
    )
    saved = save_options(product=product, options=merge_next_options(next_product, [], []))
    create_variants(
        [
            (_build_variant(product, variant, position), saved.find_values(variant.option_values))
            for position, variant in enumerate(next_product.variants)
        ]
    )
    summary.added += 1
    summary.variants_added += len(next_product.variants)


def _sync_product(
    product: Product,
    variants: list[Variant],
    next_product: SellableProduct,
    held: Mapping[str, int],
    summary: ProductSyncSummary,
) -> None:
    before = (summary.variants_added, summary.variants_changed)
    matched = match_next_variants(variants, next_product)
    missing = [variant for variant in variants if variant not in matched.values()]
    has_new_options = _sync_variants(product, matched, missing, next_product, held, summary)
    values = product_fields_from_next(next_product, product.store) | _reactivate(product, summary)
    values["tax_category"] = product.tax_category or next_product.tax_category[:100]
    different = {name: value for name, value in values.items() if getattr(product, name) != value}
    after = (summary.variants_added, summary.variants_changed)
    if different or has_new_options or before != after:
        now = timezone.now()
        Product.objects.filter(pk=product.pk).update(**different, version=F("version") + 1, updated_at=now)
        summary.changed += 1
    else:
        summary.unchanged += 1


def _sync_variants(
    product: Product,
    matched: Mapping[int, Variant],
    missing: Sequence[Variant],
    next_product: SellableProduct,
    held: Mapping[str, int],
    summary: ProductSyncSummary,
) -> bool:
    """Update the variants and the options they combine. Return True if the options changed."""
    importable, kept = find_importable_variants(next_product, matched, missing)
    before = serialize_options(product)
    options = merge_next_options(next_product, before, kept)
    saved = load_options(product) if options == before else save_options(product=product, options=options)
    new, existing = [], []
    for position, next_variant in enumerate(next_product.variants):
        ours = matched.get(next_variant.id)
        if next_variant not in importable:
            reason = _("%(sku)s has the same options as a deactivated variant") % {"sku": next_variant.sku}
            summary.skipped.append((next_product.name, reason))
            continue
        values = saved.find_values(next_variant.option_values)
        if ours is None:
            new.append((_build_variant(product, next_variant, position), values))
            summary.variants_added += 1
            continue
        existing.append((ours, values))
        if _sync_variant(ours, next_variant, held.get(ours.pk, 0), summary):
            summary.variants_changed += 1
    set_variant_values(existing)
    create_variants(new)
    saved.delete_removed()
    return options != before


def _build_variant(product: Product, next_variant: SellableVariant, position: int) -> Variant:
    return Variant(product=product, position=position, **variant_fields_from_next(next_variant))


def _sync_variant(
    variant: Variant, next_variant: SellableVariant, held: int, summary: ProductSyncSummary
) -> bool:
    """Update the fields that differ. Return True if there were any, or if the options differ."""
    values = variant_fields_from_next(next_variant, held=held) | _reactivate(variant, summary)
    different = {name: value for name, value in values.items() if getattr(variant, name) != value}
    if not different and variant.option_values == next_variant.option_values:
        return False
    _update_variant_row(variant, different)
    return True


def _update_variant_row(variant: Variant, values: Mapping[str, Any]) -> None:
    Variant.objects.filter(pk=variant.pk).update(**values, version=F("version") + 1)


def _reactivate(row: Product | Variant, summary: ProductSyncSummary) -> dict[str, Any]:
    """Return the changes that put back on sale what an earlier sync took off."""
    if not row.hidden_by_sync:
        return {}
    summary.reactivated += 1
    return {"active": True, "hidden_by_sync": False}


def _handle_missing_products(state: ProductSync, store: Store, summary: ProductSyncSummary) -> None:
    missing, is_held = handle_missing_products(state=state, store=store)
    if is_held:
        summary.held += missing.names
        return
    summary.deactivated += len(missing.names)
    reason = _("deactivated, because NEXT Commerce no longer sells it")
    summary.skipped += [(name, reason) for name in missing.names]
