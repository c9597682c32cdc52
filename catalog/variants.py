"""Change a product's options and its variants, the combinations of those options, together."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import F, Max, ProtectedError
from django.utils.translation import gettext as _

from catalog.models import Hold, OptionValue, Product, Variant, VariantOptionValue
from catalog.options import SavedOptions, save_options, serialize_options
from catalog.search import refresh_search_texts
from catalog.validation import MAX_VARIANTS, clean_variant_price, validate_variants
from stores.errors import Conflict

OptionValues = dict[str, str]
Assignment = tuple[Variant, Sequence[OptionValue]]


def option_combinations(options: Sequence[Mapping[str, Any]]) -> list[OptionValues]:
    """Return every combination of the option values: without options, one empty combination.

    Stops after one more than a product can have.
    """
    names = [option["name"] for option in options]
    values = [[value["value"] for value in option["values"]] for option in options]
    found = itertools.islice(itertools.product(*values), MAX_VARIANTS + 1)
    return [dict(zip(names, chosen, strict=True)) for chosen in found]


def create_variants(assignments: Sequence[Assignment]) -> None:
    """Create variants, each with its option values. The database accepts each combination once."""
    for variant, values in assignments:
        variant.store_id = variant.product.store_id
        variant.combination = _combination_key(values)
    Variant.objects.bulk_create(variant for variant, _values in assignments)
    _create_value_rows(assignments)


def set_variant_values(assignments: Sequence[Assignment]) -> None:
    """Set the option values of existing variants. Variants can swap combinations."""
    changing = [
        (variant, values)
        for variant, values in assignments
        if variant.combination != _combination_key(values)
    ]
    # Placeholders first, because the database accepts each combination once.
    for variant, _values in changing:
        Variant.objects.filter(pk=variant.pk).update(combination=variant.pk)
    VariantOptionValue.objects.filter(variant__in=[variant for variant, _values in changing]).delete()
    for variant, values in changing:
        variant.combination = _combination_key(values)
        Variant.objects.filter(pk=variant.pk).update(combination=variant.combination)
    _create_value_rows(changing)


def set_options(*, product: Product, options: Sequence[Mapping[str, Any]]) -> None:
    """Set the product's options and update its variants, in the caller's transaction.

    Options and values with an `id` keep their row, even under another name. Variants get the first value of
    a new option. Variants whose value was removed are deleted. Raises Conflict if a payment link, an upsell,
    or an unpaid order needs one of those, and Problem if the options are invalid.
    """
    variants = list(Variant.objects.filter(product=product).prefetch_related("values"))
    saved = save_options(product=product, options=options)
    to_delete: list[Variant] = []
    to_update: list[Assignment] = []
    taken: set[str] = set()
    for variant in variants:
        values = _updated_values(variant, saved)
        key = "" if values is None else _combination_key(values)
        if values is None or key in taken:
            to_delete.append(variant)
            continue
        taken.add(key)
        if key != variant.combination:
            to_update.append((variant, values))
    delete_variants(product=product, variants=to_delete)
    set_variant_values(to_update)
    changed = [variant.pk for variant, _values in to_update]
    Variant.objects.filter(pk__in=changed).update(version=F("version") + 1)
    saved.delete_removed()
    refresh_search_texts([product.pk])


def create_missing_variants(*, product: Product, price: Decimal, stock: int | None) -> int:
    """Create a variant for each missing combination. Return the number created. Raises Problem."""
    options = serialize_options(product)
    validate_variants(options, option_combinations(options))
    values = [list(option.values.all()) for option in product.options.prefetch_related("values")]
    combinations = list(itertools.product(*values))
    existing = Variant.objects.filter(product=product)
    keys = set(existing.values_list("combination", flat=True))
    last = existing.aggregate(last=Max("position"))["last"]
    first = 0 if last is None else last + 1
    missing = [values for values in combinations if _combination_key(values) not in keys]
    create_variants(
        [
            (
                Variant(
                    product=product,
                    price=clean_variant_price(price, product.default_currency),
                    inventory_quantity=stock,
                    position=first + position,
                ),
                values,
            )
            for position, values in enumerate(missing)
        ]
    )
    return len(missing)


def delete_variants(*, product: Product, variants: Iterable[Variant]) -> None:
    """Delete variants. Raises Conflict if a payment link, an upsell, or an unpaid order needs one."""
    for variant in variants:
        variant.product = product
        if Hold.objects.filter(variant=variant, state=Hold.State.HELD).exists():
            raise Conflict(
                _("%(name)s is in an order that is awaiting payment. Deactivate it, or try again later.")
                % {"name": variant}
            )
        try:
            variant.delete()
        except ProtectedError as error:
            raise Conflict(
                _("A payment link or an upsell sells %(name)s. Deactivate it instead of deleting it.")
                % {"name": variant}
            ) from error


def _updated_values(variant: Variant, saved: SavedOptions) -> list[OptionValue] | None:
    """Return a variant's values under the new options, or None if one of them was removed."""
    before = {value.option_id: value for value in variant.values.all()}
    after = []
    for option, values in saved.options:
        value = before.get(option.pk, values[0])
        if value not in values:
            return None
        after.append(value)
    return after


def _combination_key(values: Iterable[OptionValue]) -> str:
    return ".".join(str(pk) for pk in sorted(value.pk for value in values))


def _create_value_rows(assignments: Iterable[Assignment]) -> None:
    VariantOptionValue.objects.bulk_create(
        VariantOptionValue(variant=variant, value=value)
        for variant, values in assignments
        for value in values
    )
