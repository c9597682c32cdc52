"""Orders as CSV, generated row by row so that memory use does not grow with their number."""

import csv
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from catalog.csv_columns import escape_formula
from orders.answers import format_answers
from orders.models import Order, OrderDiscount
from orders.total_rows import ZERO, TaxLine, build_total_parts, list_named_discounts, list_named_taxes
from stores.responses import EchoBuffer

ORDER_COLUMNS = (
    "number",
    "external_id",
    "status",
    "created_at",
    "paid_at",
    "name",
    "email",
    "phone",
    "country",
    "items",
    "items_total",
    "discount_total",
    "shipping_total",
    "tax_total",
    "adjustment_total",
    "total",
    "included_tax_total",
    "refunded_amount",
    "net_total",
    "currency",
    "discounts",
    "tax_lines",
    "next_order_number",
    "payment_link_id",
    "is_test",
    "answers",
)
CHUNK_SIZE = 2_000


def generate_orders_csv(orders: QuerySet[Order]) -> Iterator[str]:
    """Yield the CSV lines, header first. Times are ISO 8601 in UTC, money is plain decimals."""
    writer = csv.writer(EchoBuffer())
    yield writer.writerow(ORDER_COLUMNS)
    with_rows = orders.prefetch_related("items", "addresses", "discounts", "tax_lines")
    for order in with_rows.iterator(chunk_size=CHUNK_SIZE):
        yield writer.writerow(
            [escape_formula(cell) if isinstance(cell, str) else cell for cell in _order_cells(order)]
        )


def _order_cells(order: Order) -> Iterator[Any]:
    address = order.shipping_address
    parts = build_total_parts(order)
    formatted = {
        "country": (address and address.country) or order.tax_country,
        "items": "; ".join(str(item) for item in order.items.all()),
        "discounts": "; ".join(map(_format_discount, list_named_discounts(parts))),
        "tax_lines": "; ".join(map(_format_tax, list_named_taxes(parts))),
        "created_at": order.created_at.isoformat(),
        "paid_at": order.paid_at.isoformat() if order.paid_at else "",
        "is_test": "yes" if order.is_test else "no",
        "next_order_number": order.next_order_number or "",
        "answers": format_answers(order),
    }
    return (formatted.get(name, getattr(order, name, "")) for name in ORDER_COLUMNS)


def _format_discount(discount: OrderDiscount) -> str:
    return f"{' '.join(filter(None, (discount.name, discount.code)))}: {discount.amount}"


def _format_tax(tax: TaxLine) -> str:
    return f"{tax.name} {(tax.rate or ZERO).normalize():f}%: {tax.amount}"
