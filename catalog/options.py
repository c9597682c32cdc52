"""The options of a product: as the API and imports have them, and as rows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from catalog.models import Media, OptionValue, Product, ProductOption, Variant
from catalog.prefetching import fill_prefetch
from catalog.validation import clean_options
from stores.errors import Problem

OptionData = Mapping[str, Any]
Row = TypeVar("Row", ProductOption, OptionValue)


@dataclass(frozen=True)
class SavedOptions:
    """A product's options as saved, in order, and the rows that are no longer among them."""

    options: list[tuple[ProductOption, list[OptionValue]]]
    removed: list[ProductOption | OptionValue] = field(default_factory=list)

    def find_values(self, option_values: Mapping[str, str]) -> list[OptionValue]:
        """Return the rows of the given values, in the order of the options. Raises KeyError."""
        return [
            {value.value: value for value in values}[option_values[option.name]]
            for option, values in self.options
            if option.name in option_values
        ]

    def delete_removed(self, *, keep: Collection[OptionValue] = ()) -> None:
        """Delete the removed rows, once no variant has one of their values, and mark those in `keep`."""
        OptionValue.objects.filter(pk__in=[value.pk for value in keep]).update(is_removed=True)
        for row in self.removed:
            if row not in keep:
                row.delete()


def serialize_options(product: Product) -> list[Any]:
    """Return the product's options: `[{name, sort_order, values: [{value, sort_order, swatch?}]}]`.

    Runs two queries unless `options__values` is prefetched.
    """
    return [
        {
            "name": option.name,
            "sort_order": option.position,
            "values": [serialize_value(value) for value in values],
        }
        for option, values in load_options(product).options
    ]


def prefetch_options(products: Sequence[Product]) -> None:
    """Prefetch the options of the products and the values of their variants, all in one query.

    `variants` must be prefetched.
    """
    found = OptionValue.objects.filter(option__product__in=products).annotate(
        variant_id=F("variant_rows__variant")
    )
    options: dict[str, dict[ProductOption, list[OptionValue]]] = {}
    values_by_variant: dict[str, list[OptionValue]] = {}
    for value in found:
        values = options.setdefault(value.option.product_id, {}).setdefault(value.option, [])
        if value not in values[-1:]:
            values.append(value)
        values_by_variant.setdefault(value.variant_id, []).append(value)
    for product in products:
        by_option = options.get(product.pk, {})
        fill_prefetch(product, "options", list(by_option))
        for option, values in by_option.items():
            fill_prefetch(option, "values", values)
        for variant in product.variants.all():
            fill_prefetch(variant, "values", values_by_variant.get(variant.pk, []))


def filter_offered_values(values: QuerySet[OptionValue]) -> QuerySet[OptionValue]:
    """Return the values that the product still offers: without those that staff removed."""
    active = Variant.objects.filter(values=OuterRef("pk"), active=True)
    return values.filter(Q(is_removed=False) | Exists(active))


def load_options(product: Product) -> SavedOptions:
    """Return the product's options without changing them."""
    options = list(product.options.all())
    models.prefetch_related_objects(options, "values")
    return SavedOptions([(option, list(option.values.all())) for option in options])


def save_options(*, product: Product, options: Sequence[OptionData]) -> SavedOptions:
    """Save the product's options, in the caller's transaction. Raises Problem if they are invalid.

    An option or value is found by its `id` if it has one, which renames it, else by its name. Rows that are
    not listed remain until `delete_removed`, because variants may still need them.
    """
    cleaned = clean_options(options)
    _require_pictures(product, cleaned)
    existing = list(product.options.prefetch_related("values"))
    rows = [
        (option or ProductOption(product=product), {"name": item["name"], "position": item["sort_order"]})
        for item, option in _match_rows(existing, cleaned, "name")
    ]
    saved = _save_rows(rows, existing, "name")
    removed: list[ProductOption | OptionValue] = [option for option in existing if option not in saved]
    result = []
    for item, option in zip(cleaned, saved, strict=True):
        before = list(option.values.all()) if option in existing else []
        values = _save_values(option, item["values"], before)
        removed += [value for value in before if value not in values]
        result.append((option, values))
    return SavedOptions(result, removed)


def serialize_value(value: OptionValue) -> dict[str, Any]:
    """Return a value as in `serialize_options`."""
    serialized: dict[str, Any] = {"value": value.value, "sort_order": value.position}
    return serialized | ({"swatch": value.swatch} if value.swatch else {})


def _save_values(
    option: ProductOption, items: Sequence[OptionData], before: Sequence[OptionValue]
) -> list[OptionValue]:
    rows = []
    for item, value in _match_rows(before, items, "value"):
        swatch = item.get("swatch") or {}
        fields = {
            "value": item["value"],
            "position": item["sort_order"],
            "swatch_type": swatch.get("type", ""),
            "swatch_value": swatch.get("value", ""),
            "swatch_media_id": swatch.get("media_id"),
        }
        rows.append((value or OptionValue(option=option), fields))
    return _save_rows(rows, before, "value")


def _match_rows(
    rows: Sequence[Row], items: Sequence[OptionData], name_field: str
) -> list[tuple[OptionData, Row | None]]:
    """Pair each item with its row: by ID, else the row of this name that no other item has by ID."""
    by_id = {row.pk: row for row in rows}
    named = {item["id"] for item in items if "id" in item}
    by_name = {getattr(row, name_field): row for row in rows if row.pk not in named}
    return [
        (item, by_id.get(item["id"]) if "id" in item else by_name.get(item[name_field])) for item in items
    ]


def _save_rows(
    rows: Sequence[tuple[Row, Mapping[str, Any]]], existing: Sequence[Row], name_field: str
) -> list[Row]:
    """Create the new rows, and write the fields that differ in the others. Return the rows."""
    _free_names(rows, existing, name_field)
    new = []
    for row, fields in rows:
        changed = [name for name, value in fields.items() if getattr(row, name) != value]
        for name in changed:
            setattr(row, name, fields[name])
        if row._state.adding:
            new.append(row)
        elif changed:
            row.save(update_fields=changed)
    if new:
        type(new[0])._default_manager.bulk_create(new)
    return [row for row, _fields in rows]


def _free_names(
    rows: Sequence[tuple[Row, Mapping[str, Any]]], existing: Sequence[Row], name_field: str
) -> None:
    """Rename rows whose name another row takes, so that rows can swap names."""
    names = {row.pk: fields[name_field] for row, fields in rows if not row._state.adding}
    wanted = {fields[name_field] for _row, fields in rows}
    for row in existing:
        name = getattr(row, name_field)
        if name in wanted and names.get(row.pk) != name:
            # No real name starts with a space.
            type(row)._default_manager.filter(pk=row.pk).update(**{name_field: f" {row.pk}"})


def _require_pictures(product: Product, options: Sequence[OptionData]) -> None:
    swatches = (value["swatch"] for option in options for value in option["values"] if "swatch" in value)
    ids = {swatch["media_id"] for swatch in swatches if "media_id" in swatch}
    known = Media.objects.filter(product=product, pk__in=ids).values_list("pk", flat=True) if ids else ()
    if unknown := sorted(ids - set(known)):
        raise Problem(_("The product has no picture %(id)s.") % {"id": unknown[0]}, field="options")
