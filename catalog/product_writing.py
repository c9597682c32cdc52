"""Write products of NEXT into the catalog: add them, or update those we have.

NEXT decides names, texts, prices, pictures, and categories until staff change them; see `next_values`. It
always decides stock and option values. Swatches, plans, and what staff took off sale are ours alone.
"""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import F, Sum
from django.utils import timezone

from catalog.categories import save_next_categories
from catalog.import_sentences import VARIANT_LIKE_DEACTIVATED
from catalog.importable_products import ProductSyncSummary, find_variants_by_next_id
from catalog.models import Category, Hold, NextProductRecord, Product, Variant
from catalog.next_pictures import pictures_from_next, read_pictures, write_pictures
from catalog.next_products import SellableProduct, SellableVariant
from catalog.next_values import (
    PRICE_FIELDS,
    ValueMerge,
    product_values_from_next,
    save_differences,
    variant_values_from_next,
)
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
from nextcommerce.store_schemas import NextCategory
from stores.models import Store


@dataclass
class _ProductUpdate:
    """A product of NEXT beside ours, with what is needed to write it."""

    product: Product
    next_product: SellableProduct
    variants: list[Variant]
    held: Mapping[str, int]
    categories: Mapping[int, Category]

    @cached_property
    def merge(self) -> ValueMerge:
        record = getattr(self.product, "next_record", None)
        return ValueMerge(base=copy.deepcopy(record.values) if record else {})

    @property
    def is_new_currency(self) -> bool:
        return self.product.default_currency != self.product.store.currency


def write_next_products(
    store: Store, importable: Mapping[int, SellableProduct], summary: ProductSyncSummary
) -> list[Product]:
    """Add or update the products, in the caller's transaction. Return their rows."""
    # Locked, so that their options cannot change until their variants are written.
    known = (
        Product.objects.filter(store=store, next_product_id__in=list(importable))
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
        .prefetch_related(
            "options__values", "media", "categories", "differences", "next_pictures__variants", "next_record"
        )
    )
    products = {product.next_product_id: product for product in known}
    variants = _lock_variants(products.values())
    held = _count_held_stock(variant.pk for each in variants.values() for variant in each)
    taken = find_variants_by_next_id(store, importable.values())
    categories = save_next_categories(store=store, listed=_list_categories(importable.values()))
    written = []
    for next_product in importable.values():
        product = products.get(next_product.id)
        ours = variants.get(product.pk, []) if product else []
        next_product, reasons = leave_out_taken_variants(next_product, taken, ours)
        summary.skipped += [(next_product.name, reason) for reason in reasons]
        if product is not None:
            product.store = store
            _update_product(_ProductUpdate(product, next_product, ours, held, categories), summary)
            written.append(product)
        elif next_product.variants:
            written.append(_add_product(store, next_product, categories, summary))
    Variant.objects.filter(product__in=products.values()).update(stock_synced_at=store.now())
    refresh_search_texts([product.pk for product in written])
    return written


def _lock_variants(products: Iterable[Product]) -> dict[str, list[Variant]]:
    """Return the variants by product, locked, so that holds cannot change until their stock is written."""
    locked = (
        Variant.objects.filter(product__in=products)
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
        .prefetch_related("values", "picture_rows")
    )
    variants: dict[str, list[Variant]] = {}
    for variant in locked:
        variants.setdefault(variant.product_id, []).append(variant)
    return variants


def _list_categories(next_products: Iterable[SellableProduct]) -> list[NextCategory]:
    return [category for next_product in next_products for category in next_product.categories or ()]


def _count_held_stock(variant_ids: Iterable[str]) -> dict[str, int]:
    """Return the units of each variant held by unpaid orders, which NEXT Commerce does not know about."""
    holds = Hold.objects.filter(variant__in=list(variant_ids), state=Hold.State.HELD)
    return dict(holds.order_by().values_list("variant").annotate(Sum("quantity")))


def _add_product(
    store: Store,
    next_product: SellableProduct,
    categories: Mapping[int, Category],
    summary: ProductSyncSummary,
) -> Product:
    """Add a product. It is hidden until its pictures are downloaded."""
    values = product_values_from_next(next_product)
    product = Product.objects.create(
        store=store,
        next_product_id=next_product.id,
        slug=generate_product_slug(store=store, name=next_product.slug or next_product.name),
        tax_category=next_product.tax_category[:100],
        active=not next_product.pictures,
        awaits_pictures=bool(next_product.pictures),
        **product_fields_from_next(next_product, store) | values,
    )
    product.store = store
    saved = save_options(product=product, options=merge_next_options(next_product, [], []))
    variants = [
        _build_variant(product, variant, position) for position, variant in enumerate(next_product.variants)
    ]
    values_of = [saved.find_values(variant.option_values) for variant in next_product.variants]
    create_variants(list(zip(variants, values_of, strict=True)))
    update = _ProductUpdate(product, next_product, variants, {}, categories)
    merge = update.merge
    _note_base(merge, product, values)
    for variant, next_variant in zip(variants, next_product.variants, strict=True):
        _note_base(merge, variant, variant_values_from_next(next_variant))
    _write_related(update, is_new=True)
    NextProductRecord.objects.create(product=product, values=merge.base)
    summary.added += 1
    summary.variants_added += len(variants)
    return product


def _note_base(merge: ValueMerge, row: Product | Variant, values: Mapping[str, Any]) -> None:
    """Note the values of a new row as NEXT's."""
    for name, value in values.items():
        merge.merge(row, name, value, take=True)


def _update_product(update: _ProductUpdate, summary: ProductSyncSummary) -> None:
    product, next_product, merge = update.product, update.next_product, update.merge
    before = (summary.variants_added, summary.variants_changed)
    matched = match_next_variants(update.variants, next_product)
    has_new_options = _update_variants(update, matched, summary)
    values = product_fields_from_next(next_product, product.store) | _reactivate(product, summary)
    for name, theirs in product_values_from_next(next_product).items():
        values[name] = merge.merge(product, name, theirs)
    values["tax_category"] = product.tax_category or next_product.tax_category[:100]
    has_new_relations = _write_related(update)
    different = {name: value for name, value in values.items() if getattr(product, name) != value}
    after = (summary.variants_added, summary.variants_changed)
    if different or has_new_options or has_new_relations or before != after:
        now = timezone.now()
        Product.objects.filter(pk=product.pk).update(**different, version=F("version") + 1, updated_at=now)
        summary.changed += 1
    else:
        summary.unchanged += 1
    _save_merge(update)


def _save_merge(update: _ProductUpdate) -> None:
    product, base = update.product, update.merge.base
    present = {variant.pk for variant in update.variants}
    base["variants"] = {pk: row for pk, row in base.get("variants", {}).items() if pk in present}
    record = getattr(product, "next_record", None)
    if record is None:
        NextProductRecord.objects.create(product=product, values=base)
    elif record.values != base:
        NextProductRecord.objects.filter(pk=record.pk).update(values=base)
    known = {(row.variant_id, row.field): row for row in product.differences.all()}
    save_differences(product, update.merge, known)


def _write_related(update: _ProductUpdate, *, is_new: bool = False) -> bool:
    """Write the product's categories and pictures. Return True if they changed."""
    has_new_pictures = _write_pictures(update, is_new=is_new)
    return _write_categories(update, is_new=is_new) or has_new_pictures


def _write_pictures(update: _ProductUpdate, *, is_new: bool) -> bool:
    product, pictures = update.product, update.next_product.pictures
    if pictures is None:
        return False
    matched = {variant.next_variant_id: variant for variant in update.variants if variant.next_variant_id}
    ours: dict[str, Any] = {"pictures": [], "variants": {}}
    if not is_new:
        ours = read_pictures(product, update.variants, list(product.next_pictures.all()))
    theirs = pictures_from_next(update.next_product, matched)
    wanted = update.merge.merge_encoded(product, "pictures", ours, theirs)
    if wanted != ours:
        write_pictures(product, wanted, {picture.key: picture.url for picture in pictures})
    return bool(wanted != ours)


def _write_categories(update: _ProductUpdate, *, is_new: bool) -> bool:
    product, listed = update.product, update.next_product.categories
    if listed is None:
        return False
    theirs = sorted({category.id for category in listed} & update.categories.keys())
    current = {} if is_new else {row.next_category_id: row for row in product.categories.all()}
    ours = sorted(number for number in current if number is not None)
    wanted = update.merge.merge_encoded(product, "categories", ours, theirs)
    if wanted == ours:
        return False
    product.categories.remove(*(current[number] for number in set(ours) - set(wanted)))
    product.categories.add(*(update.categories[number] for number in set(wanted) - set(ours)))
    return True


def _update_variants(
    update: _ProductUpdate, matched: Mapping[int, Variant], summary: ProductSyncSummary
) -> bool:
    """Update the variants and the options they combine. Return True if the options changed."""
    product, next_product = update.product, update.next_product
    missing = [variant for variant in update.variants if variant not in matched.values()]
    importable, kept = find_importable_variants(next_product, matched, missing)
    before = serialize_options(product)
    options = merge_next_options(next_product, before, kept)
    saved = load_options(product) if options == before else save_options(product=product, options=options)
    new, existing = [], []
    for position, next_variant in enumerate(next_product.variants):
        ours = matched.get(next_variant.id)
        if next_variant not in importable:
            reason = VARIANT_LIKE_DEACTIVATED.fill(sku=next_variant.sku)
            summary.skipped.append((next_product.name, reason))
            continue
        values = saved.find_values(next_variant.option_values)
        if ours is None:
            ours = _build_variant(product, next_variant, position)
            _note_base(update.merge, ours, variant_values_from_next(next_variant))
            new.append((ours, values))
            summary.variants_added += 1
            continue
        existing.append((ours, values))
        if _update_variant(update, ours, next_variant, summary):
            summary.variants_changed += 1
    set_variant_values(existing)
    create_variants(new)
    saved.delete_removed()
    update.variants = [*update.variants, *(variant for variant, _values in new)]
    return options != before


def _build_variant(product: Product, next_variant: SellableVariant, position: int) -> Variant:
    fields = variant_fields_from_next(next_variant) | variant_values_from_next(next_variant)
    return Variant(product=product, position=position, **fields)


def _update_variant(
    update: _ProductUpdate, variant: Variant, next_variant: SellableVariant, summary: ProductSyncSummary
) -> bool:
    """Update the fields that differ. Return True if there were any, or if the options differ."""
    held = update.held.get(variant.pk, 0)
    values = variant_fields_from_next(next_variant, held=held) | _reactivate(variant, summary)
    for name, theirs in variant_values_from_next(next_variant).items():
        # An amount in another currency isn't a price of ours.
        take = name in PRICE_FIELDS and update.is_new_currency
        values[name] = update.merge.merge(variant, name, theirs, take=take)
    different = {name: value for name, value in values.items() if getattr(variant, name) != value}
    if not different and variant.option_values == next_variant.option_values:
        return False
    Variant.objects.filter(pk=variant.pk).update(**different, version=F("version") + 1)
    variant.next_variant_id = next_variant.id
    return True


def _reactivate(row: Product | Variant, summary: ProductSyncSummary) -> dict[str, Any]:
    """Return the changes that put back on sale what an earlier sync took off."""
    if not row.hidden_by_sync:
        return {}
    summary.reactivated += 1
    return {"active": True, "hidden_by_sync": False}
