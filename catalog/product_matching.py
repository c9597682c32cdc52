"""Compare NEXT products with ours: which variants match, and which values ours take from theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from catalog.import_sentences import VARIANT_ALREADY_SOLD
from catalog.models import Product, Variant
from catalog.next_products import SellableProduct, SellableVariant
from catalog.validation import clean_options, validate_variants
from stores.columns import fit_to_columns
from stores.errors import Problem
from stores.models import Store
from wording.sentence import Sentence


def explain_unsupported_product(next_product: SellableProduct) -> Sentence:
    """Return why our catalog cannot hold a product, such as too many options; the empty one if it can."""
    try:
        options = clean_options(merge_next_options(next_product, [], []))
        validate_variants(options, [variant.option_values for variant in next_product.variants])
    except Problem as problem:
        return problem.sentence
    return Sentence()


def match_next_variants(variants: Sequence[Variant], next_product: SellableProduct) -> dict[int, Variant]:
    """Return our variant for each NEXT variant ID.

    Match by NEXT ID, else take a variant without a NEXT ID that has the same SKU or options.
    """
    by_id = {variant.next_variant_id: variant for variant in variants if variant.next_variant_id}
    unlinked = [variant for variant in variants if not variant.next_variant_id]
    matched = {}
    for next_variant in next_product.variants:
        ours = by_id.get(next_variant.id) or _find_same_variant(unlinked, next_variant)
        if ours is not None:
            matched[next_variant.id] = ours
        if ours in unlinked:
            unlinked.remove(ours)
    return matched


def _find_same_variant(variants: Sequence[Variant], next_variant: SellableVariant) -> Variant | None:
    return next((variant for variant in variants if _is_same_variant(variant, next_variant)), None)


def _is_same_variant(variant: Variant, next_variant: SellableVariant) -> bool:
    has_same_sku = bool(variant.sku) and variant.sku == next_variant.sku
    return has_same_sku or variant.option_values == next_variant.option_values


def find_importable_variants(
    next_product: SellableProduct, matched: Mapping[int, Variant], missing: Sequence[Variant]
) -> tuple[list[SellableVariant], list[Variant]]:
    """Return the NEXT variants whose options are free, and our variants that therefore keep theirs.

    A variant that NEXT Commerce no longer lists keeps its options, so another one cannot have the same.
    """
    kept = list(missing)
    while True:
        taken = [variant.option_values for variant in kept]
        importable = [variant for variant in next_product.variants if variant.option_values not in taken]
        ids = {variant.id for variant in importable}
        staying = [ours for next_id, ours in matched.items() if next_id not in ids]
        if len(missing) + len(staying) == len(kept):
            return importable, kept
        kept = [*missing, *staying]


def product_fields_from_next(next_product: SellableProduct, store: Store) -> dict[str, Any]:
    """Return the values of our product that NEXT Commerce alone decides, except for its options."""
    fields = {
        "default_currency": store.currency,
        "allows_subscriptions": next_product.allows_subscriptions,
        "subscription_interval": next_product.subscription_interval,
        "subscription_interval_counts": next_product.subscription_interval_counts,
    }
    return fit_to_columns(Product, fields)


def variant_fields_from_next(variant: SellableVariant, *, held: int = 0) -> dict[str, Any]:
    """Return the values of our variant that NEXT Commerce alone decides, except for its options.

    NEXT Commerce does not know about the `held` units of unpaid orders.
    """
    fields = {
        "next_variant_id": variant.id,
        "next_price": variant.price,
        "inventory_quantity": None if variant.stock is None else max(variant.stock - held, 0),
    }
    return fit_to_columns(Variant, fields)


def leave_out_taken_variants(
    next_product: SellableProduct, taken: Mapping[int, Variant], variants: Sequence[Variant]
) -> tuple[SellableProduct, list[Sentence]]:
    """Return the product without variants whose NEXT ID another product of ours has, and the reasons."""
    own = {variant.pk for variant in variants}
    free, skipped = [], []
    for next_variant in next_product.variants:
        holder = taken.get(next_variant.id)
        if holder is None or holder.pk in own:
            free.append(next_variant)
            continue
        skipped.append(
            VARIANT_ALREADY_SOLD.fill(sku=next_variant.sku or next_variant.id, product=holder.product.name)
        )
    return replace(next_product, variants=free), skipped


def merge_next_options(
    next_product: SellableProduct, before: Sequence[Mapping[str, Any]], kept: Sequence[Variant]
) -> list[dict[str, Any]]:
    """Return the NEXT options with our sort order and swatches, plus what our `kept` variants have."""
    known = {option["name"]: option["values"] for option in before}
    names = dict.fromkeys([*next_product.options, *(name for each in kept for name in each.option_values)])
    options = []
    for position, name in enumerate(names):
        kept_values = {variant.option_values.get(name, "") for variant in kept} - {""}
        values = _merge_next_values(next_product.options.get(name, []), known.get(name, []), kept_values)
        options.append({"name": name, "sort_order": position, "values": values})
    return options


def _merge_next_values(
    next_values: Sequence[str], known: Sequence[Mapping[str, Any]], kept: set[str]
) -> list[dict[str, Any]]:
    """Return our values that NEXT or a kept variant has, in our order, and the values new to us."""
    used = {*next_values, *kept}
    ours = [dict(value) for value in known if value["value"] in used]
    existing = {value["value"] for value in ours}
    new = [{"value": value} for value in next_values if value not in existing]
    return [{**value, "sort_order": order} for order, value in enumerate([*ours, *new])]
