"""Carts of NEXT: how much a discount code takes off some lines before there is an order.

A cart's `checkout_url` signs its visitor in as the cart's customer, so it is never read.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from nextcommerce.deserializers import deserialize_discount
from nextcommerce.parsing import (
    JsonMapping,
    iter_objects,
    parse_currency,
    parse_id,
    parse_mapping,
    parse_price,
    parse_quantity,
)
from nextcommerce.schemas import NextDiscount


@dataclass(frozen=True)
class NextCartLine:
    """A line of a cart. Prices are of the whole line and after its discount."""

    variant_id: int | None
    quantity: int
    price_excl_tax: Decimal | None
    price_incl_tax: Decimal | None
    total_discount: Decimal


@dataclass(frozen=True)
class NextCart:
    """A cart. It has no address, so its totals never contain shipping and may lack tax."""

    id: int
    currency: str
    total_excl_tax: Decimal | None
    total_incl_tax: Decimal | None
    total_discount: Decimal
    lines: tuple[NextCartLine, ...]
    voucher_discounts: tuple[NextDiscount, ...]  # what its codes take off; one that gives nothing is missing


def deserialize_cart(data: Any) -> NextCart | None:
    """Return the cart, or None if the data has no valid id."""
    row = parse_mapping(data)
    cart_id = parse_id(row.get("id"))
    if cart_id is None:
        return None
    return NextCart(
        id=cart_id,
        currency=parse_currency(row.get("currency")),
        total_excl_tax=parse_price(row.get("total_excl_tax")),
        total_incl_tax=parse_price(row.get("total_incl_tax")),
        total_discount=parse_price(row.get("total_discount")) or Decimal(0),
        lines=tuple(_deserialize_cart_line(item) for item in iter_objects(row.get("lines"))),
        voucher_discounts=tuple(
            deserialize_discount(item) for item in iter_objects(row.get("voucher_discounts"))
        ),
    )


def _deserialize_cart_line(row: JsonMapping) -> NextCartLine:
    return NextCartLine(
        variant_id=parse_id(row.get("variant_id")) or parse_id(row.get("product_id")),
        quantity=parse_quantity(row.get("quantity")) or 0,
        price_excl_tax=parse_price(row.get("price_excl_tax")),
        price_incl_tax=parse_price(row.get("price_incl_tax")),
        total_discount=parse_price(row.get("total_discount")) or Decimal(0),
    )
