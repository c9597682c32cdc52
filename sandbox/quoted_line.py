"""A priced line of an order, before and after its discounts and taxes."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .money import ZERO

AMOUNT_FIELDS = ("unit_price", "total_price", "total_discount", "price_excl_tax", "price_incl_tax")


@dataclass(frozen=True)
class QuotedLine:
    """Amounts cover the whole line, except ``unit_price``.

    ``unit_price``, ``total_price`` and ``total_discount`` contain tax in a tax-inclusive currency.
    ``price_excl_tax`` and ``price_incl_tax`` are after discounts; taxes are filled in last.
    """

    product_id: int
    variant_id: int
    product_title: str
    variant_title: str
    sku: str
    image: str
    requires_shipping: bool
    categories: list[str]
    is_discountable: bool
    has_custom_price: bool
    quantity: int
    unit_price: Decimal
    total_price: Decimal
    total_discount: Decimal = ZERO
    price_excl_tax: Decimal = ZERO
    price_incl_tax: Decimal = ZERO
    tax_lines: list[dict[str, Any]] = field(default_factory=list)
    is_upsell: bool = False
    metadata: Any = field(default_factory=dict)
    subscription: dict[str, Any] | None = None

    @property
    def discounted_price(self) -> Decimal:
        return self.total_price - self.total_discount

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "QuotedLine":
        return cls(**{**data, **{name: Decimal(data[name]) for name in AMOUNT_FIELDS}})
