"""Sync products from NEXT Commerce into the catalog: names, variants, prices, and stock.

NEXT Commerce decides those values. Values that exist only here (descriptions, pictures, swatches, plans,
and what staff deactivated) stay unchanged. Products that NEXT Commerce no longer has are deactivated, never
deleted.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Hold, Product, ProductSync, Variant
from catalog.next_products import SellableProduct, SellableVariant, select_sellable_variants
from catalog.page_cache import clear_page_cache
from catalog.product_matching import (
    explain_unsupported_product,
    match_next_variants,
    merge_next_options,
    variant_fields_from_next,
)
from catalog.products import generate_product_slug
from nextcommerce.schemas import NextProduct
from stores.models import Store
from stores.next_client import open_next_client

PageCallback = Callable[[int], object]


@dataclass
class ProductSyncSummary:
    """What a sync changed. `skipped` holds (product or variant name, reason) pairs."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    deactivated: int = 0
    variants_added: int = 0
    variants_changed: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)


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
        state.cursor, state.seen_product_ids, state.finished_at = "", [], None
        state.started_at = timezone.now()
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
    _sync_page(store, page, summary)
    state.seen_product_ids += [listed.id for listed in page if listed.id is not None]
    state.cursor = next_cursor
    if not next_cursor:
        _deactivate_missing_products(store, state.seen_product_ids, summary)
        state.finished_at = timezone.now()
    state.save()


def _sync_page(store: Store, page: Sequence[NextProduct], summary: ProductSyncSummary) -> None:
    importable = _select_importable_products(store, page, summary)
    known = Product.objects.filter(store=store, next_product_id__in=list(importable))
    products = {product.next_product_id: product for product in known}
    # Locked, so that their holds cannot change until their stock is written.
    locked = (
        Variant.objects.filter(product__in=products.values()).order_by("pk").select_for_update(of=("self",))
    )
    variants: dict[str, list[Variant]] = {}
    for variant in locked:
        variants.setdefault(variant.product_id, []).append(variant)
    held = _count_held_stock(variant.pk for each in variants.values() for variant in each)
    for next_product in importable.values():
        product = products.get(next_product.id)
        if product is None:
            _add_next_product(store, next_product, summary)
        else:
            product.store = store
            _sync_product(product, variants.get(product.pk, []), next_product, held, summary)


def _select_importable_products(
    store: Store, page: Sequence[NextProduct], summary: ProductSyncSummary
) -> dict[int, SellableProduct]:
    """Return the products that can be sold here, by NEXT id. One that is listed twice is imported once."""
    found = (_select_importable_product(store, listed, summary) for listed in page)
    return {next_product.id: next_product for next_product in found if next_product is not None}


def _select_importable_product(
    store: Store, listed: NextProduct, summary: ProductSyncSummary
) -> SellableProduct | None:
    """Return the product as it can be sold here, and note in `summary` what can't be."""
    next_product = select_sellable_variants(listed, currency=store.currency)
    if next_product is None:
        label = listed.title or str(listed.id or "?")
        summary.skipped.append((label, _("NEXT Commerce sent invalid data for it")))
        return None
    reason = (
        explain_unsupported_product(next_product)
        if next_product.variants
        else "; ".join(next_product.skipped_variants) or _("it has no variant")
    )
    if reason:
        summary.skipped.append((next_product.name, reason))
        return None
    summary.skipped += [(next_product.name, each) for each in next_product.skipped_variants]
    return next_product


def _count_held_stock(variant_ids: Iterable[str]) -> dict[str, int]:
    """Return the units of each variant held by unpaid orders, which NEXT Commerce does not know about."""
    holds = Hold.objects.filter(variant__in=list(variant_ids), state=Hold.State.HELD)
    return dict(holds.order_by().values_list("variant").annotate(Sum("quantity")))


def _add_next_product(store: Store, next_product: SellableProduct, summary: ProductSyncSummary) -> None:
    product = Product.objects.create(
        store=store,
        next_product_id=next_product.id,
        slug=generate_product_slug(store=store, name=next_product.slug or next_product.name),
        name=next_product.name,
        listed=next_product.listed,
        default_currency=store.currency,
        collect_shipping_address=next_product.requires_shipping,
        options=merge_next_options(next_product, [], []),
    )
    Variant.objects.bulk_create(
        Variant(
            product=product,
            position=position,
            inventory_quantity=variant.stock,
            **variant_fields_from_next(variant),
        )
        for position, variant in enumerate(next_product.variants)
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
    before = (summary.variants_added, summary.variants_changed, summary.deactivated)
    matched = match_next_variants(variants, next_product)
    missing = [variant for variant in variants if variant not in matched.values()]
    for variant in missing:
        if variant.active:
            _update_variant_row(variant, {"active": False})
            summary.deactivated += 1
            summary.skipped.append((str(variant), _("deactivated, because NEXT Commerce no longer sells it")))
    _sync_variants(product, matched, missing, next_product, held, summary)
    values = {
        "name": next_product.name,
        "default_currency": product.store.currency,
        "collect_shipping_address": next_product.requires_shipping,
        "options": merge_next_options(next_product, product.options, missing),
    }
    different = {name: value for name, value in values.items() if getattr(product, name) != value}
    if different or before != (summary.variants_added, summary.variants_changed, summary.deactivated):
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
) -> None:
    taken = [variant.option_values for variant in missing]
    importable = [variant for variant in next_product.variants if variant.option_values not in taken]
    # Placeholders first, so that variants can swap options without breaking the unique constraint.
    for next_variant in importable:
        ours = matched.get(next_variant.id)
        if ours is not None and ours.option_values != next_variant.option_values:
            Variant.objects.filter(pk=ours.pk).update(option_values={"": ours.pk})
    for position, next_variant in enumerate(next_product.variants):
        ours = matched.get(next_variant.id)
        if next_variant not in importable:
            reason = _("%(sku)s has the same options as a deactivated variant") % {"sku": next_variant.sku}
            summary.skipped.append((next_product.name, reason))
        elif ours is None:
            values = variant_fields_from_next(next_variant)
            values |= {"position": position, "inventory_quantity": next_variant.stock}
            Variant.objects.create(product=product, **values)
            summary.variants_added += 1
        elif _sync_variant(ours, next_variant, held.get(ours.pk, 0)):
            summary.variants_changed += 1


def _sync_variant(variant: Variant, next_variant: SellableVariant, held: int) -> bool:
    """Update the fields that differ. Return True if there were any."""
    stock = None if next_variant.stock is None else max(next_variant.stock - held, 0)
    values = variant_fields_from_next(next_variant) | {"inventory_quantity": stock}
    different = {name: value for name, value in values.items() if getattr(variant, name) != value}
    if different:
        _update_variant_row(variant, different)
    return bool(different)


def _update_variant_row(variant: Variant, values: Mapping[str, Any]) -> None:
    Variant.objects.filter(pk=variant.pk).update(**values, version=F("version") + 1)


def _deactivate_missing_products(
    store: Store, seen_product_ids: Sequence[int], summary: ProductSyncSummary
) -> None:
    """Deactivate the products that came from NEXT Commerce and are no longer there."""
    ours = Product.objects.filter(store=store, active=True, next_product_id__isnull=False)
    seen = set(seen_product_ids)
    for product in ours.only("pk", "name", "next_product_id"):
        if product.next_product_id not in seen:
            Product.objects.filter(pk=product.pk).update(
                active=False, version=F("version") + 1, updated_at=timezone.now()
            )
            summary.deactivated += 1
            summary.skipped.append((product.name, _("deactivated, because NEXT Commerce no longer sells it")))
