"""A product's options and the variants that are their combinations, changed together."""

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
    """One value of one option; `was` is its (option, value) before a change, None for a new one."""

    option: str
    value: str
    swatch: Mapping[str, str] = field(default_factory=dict)
    was: tuple[str, str] | None = None


def build_options(rows: Iterable[OptionRow]) -> list[dict[str, Any]]:
    """Return rows as `Product.options` keeps them, in the order of the rows (R64, R65)."""
    options: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        values = options.setdefault(row.option, [])
        value: dict[str, Any] = {"value": row.value, "sort_order": len(values)}
        values.append(value | ({"swatch": dict(row.swatch)} if row.swatch else {}))
    return [
        {"name": name, "sort_order": place, "values": values}
        for place, (name, values) in enumerate(options.items())
    ]


def build_option_rows(options: Sequence[Mapping[str, Any]]) -> list[OptionRow]:
    """Return `Product.options` as rows, in the order in which they are shown."""
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
    """Return every combination of the options' values; of no options, the one empty combination."""
    names = [option["name"] for option in options]
    values = [[value["value"] for value in option["values"]] for option in options]
    return [dict(zip(names, chosen, strict=True)) for chosen in itertools.product(*values)]


def set_options(*, product: Product, rows: Sequence[OptionRow]) -> None:
    """Give the product these options, in the caller's transaction; the product is not saved.

    Its variants follow: a renamed value is renamed in them, a new option gives them its first value,
    and those whose value is gone are deleted. Errors: Conflict where a payment link or an unpaid order
    needs one of these; Problem where the options cannot be.
    """
    options = clean_options(build_options(rows))
    if options == product.options:
        return
    going, staying = [], []
    taken: set[tuple[tuple[str, str], ...]] = set()
    for variant in Variant.objects.filter(product=product):
        values = _updated_option_values(variant.option_values, rows, options)
        if values is None or tuple(values.items()) in taken:
            going.append(variant)
            continue
        taken.add(tuple(values.items()))
        if values != variant.option_values:
            staying.append((variant, values))
    delete_variants(product=product, variants=going)
    # Two steps, so that two values may change places.
    for variant, _values in staying:
        Variant.objects.filter(pk=variant.pk).update(option_values={"": variant.pk})
    for variant, values in staying:
        Variant.objects.filter(pk=variant.pk).update(option_values=values, version=F("version") + 1)
    product.options = options


def create_missing_variants(*, product: Product, price: Decimal, stock: int | None) -> int:
    """Make a variant for each combination that has none; return how many. Errors: Problem."""
    wanted = option_combinations(product.options)
    validate_variants(product.options, wanted)
    there = [variant.option_values for variant in Variant.objects.filter(product=product)]
    last = Variant.objects.filter(product=product).aggregate(last=Max("position"))["last"]
    first = 0 if last is None else last + 1
    missing = [values for values in wanted if values not in there]
    Variant.objects.bulk_create(
        Variant(
            product=product,
            option_values=values,
            price=clean_variant_price(price, product.default_currency),
            inventory_quantity=stock,
            position=first + place,
        )
        for place, values in enumerate(missing)
    )
    return len(missing)


def delete_variants(*, product: Product, variants: Iterable[Variant]) -> None:
    """Delete variants. Errors: Conflict where a payment link, an upsell or an unpaid order needs one."""
    for variant in variants:
        variant.product = product
        if Hold.objects.filter(variant=variant, state=Hold.State.HELD).exists():
            raise Conflict(
                _("%(name)s is in an order that is being paid. Switch it off, or try again later.")
                % {"name": variant}
            )
        try:
            variant.delete()
        except ProtectedError as error:
            raise Conflict(
                _("%(name)s is on a payment link or an upsell. Switch it off instead of deleting it.")
                % {"name": variant}
            ) from error


def _updated_option_values(
    values: OptionValues, rows: Sequence[OptionRow], options: Sequence[Mapping[str, Any]]
) -> OptionValues | None:
    """Return a variant's values under the new options, or None where one of them is gone."""
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
