"""Values that both NEXT and staff may change: which one a sync keeps.

A value has three sides: ours, NEXT's, and the base, what NEXT had when ours was last in line with it. Where
only one side changed, it counts. Where both did, ours stays, and staff choose (`ProductDifference`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from catalog.models import Product, ProductDifference, Variant
from catalog.next_products import SellableProduct, SellableVariant
from stores.columns import fit_to_columns

PRODUCT_FIELDS = ("name", "description", "seo_title", "seo_description", "listed", "collect_shipping_address")
VARIANT_FIELDS = ("sku", "gtin", "price", "retail_price")
PRICE_FIELDS = frozenset({"price", "retail_price"})
_EMPTY: tuple[Any, ...] = ("", None, [], {"pictures": [], "variants": {}})
# The key of a difference: a variant's primary key, or None for the product, and the field.
DifferenceKey = tuple[str | None, str]


@dataclass
class ValueMerge:
    """The merge of one product: `base` by field, the values to write, and what waits for staff."""

    base: dict[str, Any]
    compared: set[DifferenceKey] = field(default_factory=set)
    differences: dict[DifferenceKey, Any] = field(default_factory=dict)

    def merge(self, row: Product | Variant, name: str, theirs: Any, *, take: bool = False) -> Any:
        """Return the column value that the row should have. With `take`, NEXT's in any case."""
        ours = encode_value(getattr(row, name))
        value = self.merge_encoded(row, name, ours, encode_value(theirs), take=take)
        return theirs if value != ours else getattr(row, name)

    def merge_encoded(
        self, row: Product | Variant, name: str, ours: Any, theirs: Any, *, take: bool = False
    ) -> Any:
        """Return which of the encoded values the row should have, and note the rest."""
        base = self._find_base(row)
        key = (row.pk if isinstance(row, Variant) else None, name)
        self.compared.add(key)
        if take or ours == theirs or _is_untouched(base, name, ours):
            base[name] = theirs
            return theirs
        if name not in base or base[name] != theirs:
            self.differences[key] = theirs
        return ours

    def _find_base(self, row: Product | Variant) -> dict[str, Any]:
        if isinstance(row, Product):
            return self.base
        variants: dict[str, Any] = self.base.setdefault("variants", {})
        base: dict[str, Any] = variants.setdefault(row.pk, {})
        return base


def _is_untouched(base: Mapping[str, Any], name: str, ours: Any) -> bool:
    """Return True if staff never changed our value. One that was never in line with NEXT is theirs."""
    return bool(base[name] == ours) if name in base else ours in _EMPTY


def encode_value(value: Any) -> Any:
    """Return a column value as JSON has it."""
    return f"{value:.2f}" if isinstance(value, Decimal) else value


def decode_value(row: Product | Variant, name: str, value: Any) -> Any:
    """Return the column value of an encoded one, as the column can hold it."""
    decoded = Decimal(value) if name in PRICE_FIELDS and value is not None else value
    return fit_to_columns(type(row), {name: decoded}).get(name, getattr(row, name))


def product_values_from_next(next_product: SellableProduct) -> dict[str, Any]:
    """Return NEXT's values of the product's fields. Those that the answer left out are missing."""
    values = {
        "name": next_product.name,
        "description": next_product.description,
        "seo_title": next_product.seo_title,
        "seo_description": next_product.seo_description,
        "listed": next_product.listed,
        "collect_shipping_address": next_product.requires_shipping,
    }
    return fit_to_columns(Product, {name: value for name, value in values.items() if value is not None})


def variant_values_from_next(next_variant: SellableVariant) -> dict[str, Any]:
    """Return NEXT's values of the variant's fields."""
    return fit_to_columns(
        Variant,
        {
            "sku": next_variant.sku,
            "gtin": next_variant.gtin,
            "price": next_variant.price,
            "retail_price": next_variant.retail_price,
        },
    )


def save_differences(
    product: Product, merge: ValueMerge, known: Mapping[DifferenceKey, ProductDifference]
) -> None:
    """Save what waits for staff, and end what no longer differs. `known` are the product's by key."""
    ended = [row.pk for key, row in known.items() if key in merge.compared - merge.differences.keys()]
    if ended:
        ProductDifference.objects.filter(pk__in=ended).delete()
    for key, value in merge.differences.items():
        row = known.get(key)
        if row is None:
            variant_id, name = key
            ProductDifference.objects.get_or_create(
                product=product, variant_id=variant_id, field=name, defaults={"next_value": value}
            )
        elif row.next_value != value:
            ProductDifference.objects.filter(pk=row.pk).update(next_value=value)
