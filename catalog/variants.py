"""Change a product's options and its variants, the combinations of those options, together."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import F, Max, ProtectedError
from django.utils.translation import gettext as _

from catalog.models import Hold, Product, Variant
from catalog.validation import clean_options, clean_variant_price, validate_variants
from stores.errors import Conflict

OptionValues = dict[str, str]


@dataclass(frozen=True)
class OptionRow:
    """One value of one option. `was` is the previous (option, value), None for a new value."""

    option: str
    value: str
    swatch: Mapping[str, str] = field(default_factory=dict)
    was: tuple[str, str] | None = None


def build_options(rows: Iterable[OptionRow]) -> list[dict[str, Any]]:
    """Return rows in the format of `Product.options`, in the order of the rows."""
    options: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        values = options.setdefault(row.option, [])
        value: dict[str, Any] = {"value": row.value, "sort_order": len(values)}
        values.append(value | ({"swatch": dict(row.swatch)} if row.swatch else {}))
    return [
        {"name": name, "sort_order": position, "values": values}
        for position, (name, values) in enumerate(options.items())
    ]


def build_option_rows(options: Sequence[Mapping[str, Any]]) -> list[OptionRow]:
    """Return `Product.options` as rows, in display order."""
    return [
        OptionRow(
            option=option["name"],
            value=value["value"],
            swatch=value.get("swatch") or {},
            was=(option["name"], value["value"]),
        )
        for option in sorted(options, key=_option_sort_order)
        for value in sorted(option["values"], key=_option_sort_order)
    ]


def option_combinations(options: Sequence[Mapping[str, Any]]) -> list[OptionValues]:
    """Return every combination of the option values: without options, one empty combination."""
    names = [option["name"] for option in options]
    values = [[value["value"] for value in option["values"]] for option in options]
    return [dict(zip(names, chosen, strict=True)) for chosen in itertools.product(*values)]


def set_options(*, product: Product, rows: Sequence[OptionRow]) -> None:
    """Set the product's options and update its variants, in the caller's transaction.

    The product itself is not saved. Variants get renamed values and the first value of a new option.
    Variants whose value was removed are deleted. Raises Conflict if a payment link, an upsell, or an unpaid
    order needs one of those, and Problem if the options are invalid.
    """
    options = clean_options(build_options(rows))
    if options == product.options:
        return
    to_delete, to_update = [], []
    taken: set[tuple[tuple[str, str], ...]] = set()
    for variant in Variant.objects.filter(product=product):
        values = _updated_option_values(variant.option_values, rows, options)
        if values is None or tuple(values.items()) in taken:
            to_delete.append(variant)
            continue
        taken.add(tuple(values.items()))
        if values != variant.option_values:
            to_update.append((variant, values))
    delete_variants(product=product, variants=to_delete)
    # Placeholders first, so that variants can swap options without breaking the unique constraint.
    for variant, _values in to_update:
        Variant.objects.filter(pk=variant.pk).update(option_values={"": variant.pk})
    for variant, values in to_update:
        Variant.objects.filter(pk=variant.pk).update(option_values=values, version=F("version") + 1)
    product.options = options


def create_missing_variants(*, product: Product, price: Decimal, stock: int | None) -> int:
    """Create a variant for each missing combination. Return the number created. Raises Problem."""
    combinations = option_combinations(product.options)
    validate_variants(product.options, combinations)
    existing = [variant.option_values for variant in Variant.objects.filter(product=product)]
    last = Variant.objects.filter(product=product).aggregate(last=Max("position"))["last"]
    first = 0 if last is None else last + 1
    missing = [values for values in combinations if values not in existing]
    Variant.objects.bulk_create(
        Variant(
            product=product,
            option_values=values,
            price=clean_variant_price(price, product.default_currency),
            inventory_quantity=stock,
            position=first + position,
        )
        for position, values in enumerate(missing)
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


def _updated_option_values(
    values: OptionValues, rows: Sequence[OptionRow], options: Sequence[Mapping[str, Any]]
) -> OptionValues | None:
    """Return a variant's values under the new options, or None if one of them was removed."""
    came_from = {row.option: row.was[0] for row in rows if row.was}
    renamed = {row.was: row.value for row in rows if row.was}
    after: OptionValues = {}
    for option in options:
        old = came_from.get(option["name"])
        if old is None or old not in values:
            after[option["name"]] = option["values"][0]["value"]
            continue
        value = renamed.get((old, values[old]))
        if value is None:
            return None
        after[option["name"]] = value
    return after


def _option_sort_order(item: Mapping[str, Any]) -> int:
    return int(item.get("sort_order") or 0)
