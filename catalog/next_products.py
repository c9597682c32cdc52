"""Products and variants as NEXT Commerce lists them, parsed from `productsList` rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from nextcommerce.parsing import iter_objects, parse_amount, parse_integer, parse_mapping, parse_text
from stores.money import is_payable

Json = Mapping[str, Any]


@dataclass(frozen=True)
class NextVariant:
    """A variant that can be sold here. `stock` includes units we hold; None means it is not counted."""

    id: int
    sku: str
    option_values: dict[str, str]
    price: Decimal
    stock: int | None


@dataclass(frozen=True)
class NextProduct:
    """A product with the variants that can be sold here, and the reasons why others cannot."""

    id: int
    name: str
    slug: str
    listed: bool
    requires_shipping: bool
    variants: list[NextVariant]
    skipped_variants: list[str] = field(default_factory=list)

    @property
    def options(self) -> dict[str, list[str]]:
        """The values of each option, in the order of the variants."""
        found: dict[str, list[str]] = {}
        for variant in self.variants:
            for name, value in variant.option_values.items():
                values = found.setdefault(name, [])
                if value not in values:
                    values.append(value)
        return found


def parse_next_product(row: Json, *, currency: str) -> NextProduct | None:
    """Return the product with its prices in `currency`, or None if the row is invalid."""
    number, name = parse_integer(row.get("id")), parse_text(row.get("title")).strip()
    if number is None or number < 1 or not name:
        return None
    rows = list(iter_objects(row.get("variants")))
    combinations = _parse_option_values(rows)
    variants: list[NextVariant] = []
    skipped_variants: list[str] = []
    for each, values in zip(rows, combinations, strict=True):
        label = parse_text(each.get("sku")) or parse_text(each.get("title")) or parse_text(each.get("id"))
        variant_id, price = parse_integer(each.get("id")), _parse_variant_price(each, currency)
        if variant_id is None or variant_id < 1:
            skipped_variants.append(_("%(variant)s has no id") % {"variant": label})
        elif price is None:
            skipped_variants.append(
                _("%(variant)s has no price in %(currency)s") % {"variant": label, "currency": currency}
            )
        elif any(variant.option_values == values for variant in variants):
            skipped_variants.append(
                _("%(variant)s has the same options as another variant") % {"variant": label}
            )
        else:
            variants.append(
                NextVariant(
                    variant_id, parse_text(each.get("sku"))[:100], values, price, _parse_variant_stock(each)
                )
            )
    return NextProduct(
        id=number,
        name=name[:200],
        slug=parse_text(row.get("slug"))[:100],
        listed=row.get("is_public") is not False,
        requires_shipping=any(each.get("requires_shipping") is not False for each in rows),
        variants=variants,
        skipped_variants=skipped_variants,
    )


def _parse_option_values(rows: Sequence[Json]) -> list[dict[str, str]]:
    """Return each variant's option values: its attributes if all variants share them, else its title."""
    found = [
        {
            parse_text(value.get("name") or value.get("code"))[:100]: parse_text(value.get("value"))[:100]
            for value in iter_objects(row.get("variant_attribute_values"))
        }
        for row in rows
    ]
    complete = all(values.keys() == found[0].keys() and all(values.values()) for values in found)
    if len(rows) < 2 or (complete and found[0]):
        return found if complete else [{} for _row in rows]
    return [
        {
            _("Variant"): (
                parse_text(row.get("title")) or parse_text(row.get("sku")) or parse_text(row.get("id"))
            )[:100]
        }
        for row in rows
    ]


def _parse_variant_price(row: Json, currency: str) -> Decimal | None:
    for price in iter_objects(row.get("prices")):
        value = parse_amount(price.get("price"))
        if price.get("currency") == currency and value is not None and value >= 0:
            return round(value, 2) if is_payable(round(value, 2), currency) else None
    return None


def _parse_variant_stock(row: Json) -> int | None:
    """Return the units left: 0 if marked unavailable, None if NEXT Commerce does not track stock."""
    if row.get("purchase_availability") == "unavailable":
        return 0
    if row.get("track_stock") is not True or row.get("allow_backorders") is True:
        return None
    records = [parse_mapping(record) for record in iter_objects(row.get("stockrecords"))]
    left = sum(
        (parse_integer(record.get("num_in_stock")) or 0) - (parse_integer(record.get("num_allocated")) or 0)
        for record in records
    )
    return max(left, 0)
