"""A product of the store, read from a row of productsList (facts 3.6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from nextcommerce.schemas import amount, mapping, objects, text, whole
from stores.money import is_payable

Json = Mapping[str, Any]


@dataclass(frozen=True)
class StoreVariant:
    """A variant that can be sold here. `stock` None is not counted; it includes what we hold."""

    id: int
    sku: str
    option_values: dict[str, str]
    price: Decimal
    stock: int | None


@dataclass(frozen=True)
class StoreGood:
    """A product with its variants that can be sold here, and why others cannot."""

    id: int
    name: str
    slug: str
    listed: bool
    requires_shipping: bool
    variants: list[StoreVariant]
    left_out: list[str] = field(default_factory=list)

    @property
    def options(self) -> dict[str, list[str]]:
        """The values of each option, in the order in which the variants name them."""
        found: dict[str, list[str]] = {}
        for variant in self.variants:
            for name, value in variant.option_values.items():
                values = found.setdefault(name, [])
                if value not in values:
                    values.append(value)
        return found


def read(row: Json, *, currency: str) -> StoreGood | None:
    """Return the product of a row with its prices in `currency`; None where the row makes no sense."""
    number, name = whole(row.get("id")), text(row.get("title")).strip()
    if number is None or number < 1 or not name:
        return None
    rows = list(objects(row.get("variants")))
    combinations = _combinations(rows)
    variants: list[StoreVariant] = []
    left_out: list[str] = []
    for each, values in zip(rows, combinations, strict=True):
        label = text(each.get("sku")) or text(each.get("title")) or text(each.get("id"))
        variant_id, price = whole(each.get("id")), _price(each, currency)
        if variant_id is None or variant_id < 1:
            left_out.append(_("%(variant)s has no id") % {"variant": label})
        elif price is None:
            left_out.append(
                _("%(variant)s has no price in %(currency)s") % {"variant": label, "currency": currency}
            )
        elif any(variant.option_values == values for variant in variants):
            left_out.append(_("%(variant)s has the options of another variant") % {"variant": label})
        else:
            variants.append(
                StoreVariant(variant_id, text(each.get("sku"))[:100], values, price, _stock(each))
            )
    return StoreGood(
        id=number,
        name=name[:200],
        slug=text(row.get("slug"))[:100],
        listed=row.get("is_public") is not False,
        requires_shipping=any(each.get("requires_shipping") is not False for each in rows),
        variants=variants,
        left_out=left_out,
    )


def _combinations(rows: Sequence[Json]) -> list[dict[str, str]]:
    """The option values of each variant: its attributes where all have the same, else its title."""
    found = [
        {
            text(value.get("name") or value.get("code"))[:100]: text(value.get("value"))[:100]
            for value in objects(row.get("variant_attribute_values"))
        }
        for row in rows
    ]
    complete = all(values.keys() == found[0].keys() and all(values.values()) for values in found)
    if len(rows) < 2 or (complete and found[0]):
        return found if complete else [{} for _row in rows]
    return [
        {_("Variant"): (text(row.get("title")) or text(row.get("sku")) or text(row.get("id")))[:100]}
        for row in rows
    ]


def _price(row: Json, currency: str) -> Decimal | None:
    for price in objects(row.get("prices")):
        value = amount(price.get("price"))
        if price.get("currency") == currency and value is not None and value >= 0:
            return round(value, 2) if is_payable(round(value, 2), currency) else None
    return None


def _stock(row: Json) -> int | None:
    """What can still be sold: nothing where the store says so, None where it does not count."""
    if row.get("purchase_availability") == "unavailable":
        return 0
    if row.get("track_stock") is not True or row.get("allow_backorders") is True:
        return None
    records = [mapping(record) for record in objects(row.get("stockrecords"))]
    left = sum(
        (whole(record.get("num_in_stock")) or 0) - (whole(record.get("num_allocated")) or 0)
        for record in records
    )
    return max(left, 0)
