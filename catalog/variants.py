"""Change a product's options and its variants, the combinations of those options, together."""

import itertools
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, Max, ProtectedError
from django.utils.translation import gettext as _

from catalog.models import Hold, OptionValue, Product, ProductOption, Variant, VariantOptionValue
from catalog.next_ids import require_free_next_ids
from catalog.options import SavedOptions, filter_offered_values, save_options
from catalog.ordered_variants import find_ordered_variants
from catalog.search import refresh_search_texts
from catalog.validation import clean_variant_price, validate_variant_count
from stores.errors import Conflict, Problem

Assignment = tuple[Variant, Sequence[OptionValue]]


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


def set_options(*, product: Product, options: Sequence[Mapping[str, Any]]) -> list[Variant]:
    """Set the product's options and update its variants, in the caller's transaction.

    Options and values with an `id` keep their row, even under another name. Variants get the first value of
    a new option. Variants whose value was removed are deleted, or hidden if they were ever ordered; the
    hidden ones are returned. Raises Conflict if a payment link, an upsell, or an unpaid order needs one of
    those, or if two ordered ones would become the same, and Problem if the options are invalid.
    """
    variants = list(Variant.objects.filter(product=product).prefetch_related("values"))
    saved = save_options(product=product, options=options)
    offered = {value.pk for _option, values in saved.options for value in values}
    OptionValue.objects.filter(pk__in=offered, is_removed=True).update(is_removed=False)
    plan = _plan_variants(product, variants, saved, offered)
    delete_variants(product=product, variants=plan.to_delete)
    hidden = _hide_variants(variant for variant, _values in plan.to_hide)
    set_variant_values([*plan.to_update, *plan.to_hide])
    changed = [variant.pk for variant, _values in plan.to_update]
    Variant.objects.filter(pk__in=changed).update(version=F("version") + 1)
    saved.delete_removed(
        keep=[value for _variant, values in plan.to_hide for value in values if value.pk not in offered]
    )
    refresh_search_texts([product.pk])
    return hidden


@dataclass(frozen=True)
class _VariantPlan:
    """What new options do to the variants: some get other values, some leave."""

    to_update: list[Assignment] = field(default_factory=list)
    to_hide: list[Assignment] = field(default_factory=list)
    to_delete: list[Variant] = field(default_factory=list)


def _plan_variants(
    product: Product, variants: Sequence[Variant], saved: SavedOptions, offered: Collection[int]
) -> _VariantPlan:
    updated = [(variant, _updated_values(variant, saved)) for variant in variants]
    # Asked only if a variant leaves.
    ordered = find_ordered_variants(product, variants) if _has_leaving(updated, offered) else set()
    plan = _VariantPlan()
    taken: set[str] = set()
    # Of two variants that become the same, the one that was ordered stays.
    for variant, values in sorted(updated, key=lambda each: each[0].pk not in ordered):
        key = _combination_key(values)
        if variant.pk not in ordered and (key in taken or not _is_offered(values, offered)):
            plan.to_delete.append(variant)
            continue
        if key in taken:
            raise _merged_error(product, variant)
        taken.add(key)
        if not _is_offered(values, offered):
            plan.to_hide.append((variant, values))
        elif key != variant.combination:
            plan.to_update.append((variant, values))
    return plan


def _has_leaving(updated: Sequence[Assignment], offered: Collection[int]) -> bool:
    """Return True if a variant has a value that isn't offered, or two become the same."""
    keys = {_combination_key(values) for _variant, values in updated if _is_offered(values, offered)}
    return len(keys) < len(updated)


def _is_offered(values: Sequence[OptionValue], offered: Collection[int]) -> bool:
    return all(value.pk in offered for value in values)


def _merged_error(product: Product, variant: Variant) -> Conflict:
    variant.product = product
    return Conflict(
        _(
            "%(name)s was ordered before, so the option that sets it apart can't be removed."
            " Take the variant off sale instead."
        )
        % {"name": variant}
    )


def remove_variants(*, product: Product, variants: Iterable[Variant]) -> list[Variant]:
    """Delete variants, or hide those that were ever ordered and return them.

    Raises Conflict if a payment link, an upsell, or an unpaid order needs one that would be deleted.
    """
    variants = list(variants)
    ordered = find_ordered_variants(product, variants)
    delete_variants(product=product, variants=[each for each in variants if each.pk not in ordered])
    return _hide_variants(each for each in variants if each.pk in ordered)


def _hide_variants(variants: Iterable[Variant]) -> list[Variant]:
    """Take variants off sale. Return those that were on sale."""
    hidden = [variant for variant in variants if variant.active]
    Variant.objects.filter(pk__in=[variant.pk for variant in hidden]).update(
        active=False, hidden_by_sync=False, missing_since=None, version=F("version") + 1
    )
    return hidden


@dataclass(frozen=True)
class NewVariant:
    """A variant to create: its option values by the option's name, and its columns."""

    option_values: Mapping[str, str]
    fields: Mapping[str, Any]


def create_missing_variants(
    *, product: Product, default: Mapping[str, Any] | None, given: Sequence[NewVariant] = ()
) -> int:
    """Create the `given` variants and, unless `default` is None, one for each other missing combination.

    Variants that exist are left as they are. Return the number created. Raises Problem if a price can't be
    charged, an ID isn't free, or a combination is none of the options'.
    """
    if default is None and not given:
        return 0
    options = _load_offered_options(product)
    fields = {_find_combination(options, new): new.fields for new in given}
    if default is not None:
        validate_variant_count(math.prod(len(values) for _option, values in options))
        every = itertools.product(*(values for _option, values in options))
        fields = {values: fields.get(values, default) for values in every}
    rows = _build_missing_variants(product, fields)
    for row, _values in rows:
        clean_variant_price(row.price, product.default_currency)
    require_free_next_ids(
        store=product.store, next_ids={row.pk: row.next_variant_id for row, _values in rows}
    )
    create_variants(rows)
    return len(rows)


def _build_missing_variants(
    product: Product, fields: Mapping[tuple[OptionValue, ...], Mapping[str, Any]]
) -> list[Assignment]:
    """Return new variants, not saved, for those of the combinations that have none."""
    existing = Variant.objects.filter(product=product)
    keys = set(existing.values_list("combination", flat=True))
    last = existing.aggregate(last=Max("position"))["last"]
    missing = [(values, row) for values, row in fields.items() if _combination_key(values) not in keys]
    return [
        (Variant(product=product, position=position, **row), values)
        for position, (values, row) in enumerate(missing, start=0 if last is None else last + 1)
    ]


def _load_offered_options(product: Product) -> list[tuple[ProductOption, list[OptionValue]]]:
    values = list(filter_offered_values(OptionValue.objects.filter(option__product=product)))
    return [
        (option, [value for value in values if value.option_id == option.pk])
        for option in product.options.all()
    ]


def _find_combination(
    options: Sequence[tuple[ProductOption, list[OptionValue]]], new: NewVariant
) -> tuple[OptionValue, ...]:
    by_name = {option.name: {value.value: value for value in values} for option, values in options}
    found = [by_name.get(name, {}).get(text) for name, text in new.option_values.items()]
    values = [value for value in found if value is not None]
    if len(values) < len(found) or set(new.option_values) != set(by_name):
        raise Problem(
            _("%(title)s is no longer one of the combinations. Check its row, then save again.")
            % {"title": " / ".join(new.option_values.values())},
            field="variants",
        )
    order = list(by_name)
    return tuple(sorted(values, key=lambda value: order.index(value.option.name)))


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
            # Not `variant.delete()`, which takes the ID from the row that a log still names.
            Variant.objects.filter(pk=variant.pk).delete()
        except ProtectedError as error:
            raise Conflict(
                _("A payment link or an upsell sells %(name)s. Deactivate it instead of deleting it.")
                % {"name": variant}
            ) from error


def _updated_values(variant: Variant, saved: SavedOptions) -> list[OptionValue]:
    """Return a variant's values under the new options: its own, also removed ones, else the first."""
    before = {value.option_id: value for value in variant.values.all()}
    return [before.get(option.pk, values[0]) for option, values in saved.options]


def _combination_key(values: Iterable[OptionValue]) -> str:
    return ".".join(str(pk) for pk in sorted(value.pk for value in values))


def _create_value_rows(assignments: Iterable[Assignment]) -> None:
    VariantOptionValue.objects.bulk_create(
        VariantOptionValue(variant=variant, value=value)
        for variant, values in assignments
        for value in values
    )
