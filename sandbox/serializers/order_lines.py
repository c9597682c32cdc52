"""The lines of an order."""

from dataclasses import dataclass
from decimal import Decimal

from sandbox.catalog import JsonObject
from sandbox.models import Order, OrderLine
from sandbox.money import format_decimal, take_share
from sandbox.taxes import scale_tax_lines

from .common import build_image_url, build_sandbox_url, format_store_datetime
from .tax_lines import serialize_tax_lines


@dataclass(frozen=True)
class LineAmounts:
    """A line's amounts for the units that no edit removed. Prices are after the discount."""

    excl_tax: Decimal
    incl_tax: Decimal
    discount: Decimal


def compute_current_amounts(line: OrderLine, currency: str) -> LineAmounts:
    excl_tax, incl_tax, discount = (
        total - take_share(total, before=0, units=line.removed, of=line.quantity, currency=currency)
        for total in (line.price_excl_tax, line.price_incl_tax, line.total_discount)
    )
    return LineAmounts(excl_tax, incl_tax, discount)


def get_current_tax_lines(line: OrderLine, currency: str) -> list[JsonObject]:
    """Return the line's taxes for the units that no edit removed."""
    amounts = compute_current_amounts(line, currency)
    return scale_tax_lines(line.tax_lines, amounts.incl_tax - amounts.excl_tax, currency)


def serialize_order_line(line: OrderLine, order: Order) -> JsonObject:
    amounts = compute_current_amounts(line, order.currency)
    prices = {
        "original_price_excl_tax": format_decimal(line.price_excl_tax),
        "original_price_incl_tax": format_decimal(line.price_incl_tax),
        "original_total_discount": format_decimal(line.total_discount),
        "price_excl_tax": format_decimal(amounts.excl_tax),
        "price_incl_tax": format_decimal(amounts.incl_tax),
        "total_cost": "0.00",
        "total_discount": format_decimal(amounts.discount),
        "unit_cost": "0.00",
    }
    return {
        **prices,
        "created_at": format_store_datetime(line.created_at, order.store),
        "currency": order.currency,
        "current_quantity": line.current_quantity,
        "editable_quantity": line.unfulfilled_quantity,
        "fulfillable_quantity": line.unfulfilled_quantity,
        "id": line.pk,
        "is_gift_card": False,
        "is_upsell": line.is_upsell,
        "metadata": line.metadata,
        "product_id": line.product_id,
        "product_image": build_image_url(line.image),
        "product_title": line.product_title,
        "product_url": build_sandbox_url(f"/products/{line.product_id}/"),
        "quantity": line.quantity,
        "report_values": {"currency": order.currency, **prices},
        "requires_shipping": line.requires_shipping,
        "sku": line.sku,
        "tax_lines": serialize_tax_lines(order, get_current_tax_lines(line, order.currency)),
        "updated_at": format_store_datetime(line.updated_at, order.store),
        "variant_id": line.variant_id,
        "variant_title": line.variant_title,
    }
