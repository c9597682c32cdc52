"""Compare NEXT products with ours: which variants match, and which values ours take from theirs."""

from collections.abc import Mapping, Sequence
from typing import Any

from catalog.models import Variant
from catalog.next_products import SellableProduct, SellableVariant
from catalog.validation import clean_options, validate_variants
from stores.errors import Problem


def explain_unsupported_product(next_product: SellableProduct) -> str:
    """Return why our catalog cannot hold a product, such as too many options, or ""."""
    try:
        options = clean_options(merge_next_options(next_product, [], []))
        validate_variants(options, [variant.option_values for variant in next_product.variants])
    except Problem as problem:
        return problem.message
    return ""


def match_next_variants(variants: Sequence[Variant], next_product: SellableProduct) -> dict[int, Variant]:
    """Return our variant for each NEXT variant ID.

    Match by NEXT ID, else take a variant without a NEXT ID that has the same SKU or options.
    """
    by_id = {variant.next_variant_id: variant for variant in variants if variant.next_variant_id}
    unlinked = [variant for variant in variants if not variant.next_variant_id]
    matched = {}
    for next_variant in next_product.variants:
        ours = by_id.get(next_variant.id) or next(
            (
                variant
                for variant in unlinked
                if (variant.sku and variant.sku == next_variant.sku)
                or variant.option_values == next_variant.option_values
            ),
            None,
        )
        if ours is not None:
            matched[next_variant.id] = ours
            unlinked = [variant for variant in unlinked if variant is not ours]
    return matched


def variant_fields_from_next(variant: SellableVariant) -> dict[str, Any]:
    """Return the values of our variant that NEXT Commerce decides, except for its stock."""
    return {
        "next_variant_id": variant.id,
        "sku": variant.sku,
        "option_values": variant.option_values,
        "price": variant.price,
    }


def merge_next_options(
    next_product: SellableProduct, before: Sequence[Mapping[str, Any]], missing: Sequence[Variant]
) -> list[dict[str, Any]]:
    """Return the NEXT options with our sort order and swatches, plus values of missing variants."""
    known = {option["name"]: [dict(value) for value in option["values"]] for option in before}
    options = []
    for position, (name, next_values) in enumerate(next_product.options.items()):
        used = {*next_values, *(variant.option_values.get(name, "") for variant in missing)} - {""}
        kept = [value for value in known.get(name, []) if value["value"] in used]
        existing = {value["value"] for value in kept}
        new = [{"value": value} for value in next_values if value not in existing]
        values = [{**value, "sort_order": order} for order, value in enumerate([*kept, *new])]
        options.append({"name": name, "sort_order": position, "values": values})
    return options
