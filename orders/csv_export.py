"""Orders as CSV, generated row by row so that memory use does not grow with their number."""

import csv
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from catalog.csv_columns import escape_formula
from orders.models import Order
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
    "shipping_total",
    "tax_total",
    "total",
    "refunded_amount",
    "currency",
    "next_order_number",
    "payment_link_id",
    "is_test",
)
CHUNK_SIZE = 2_000


def generate_orders_csv(orders: QuerySet[Order]) -> Iterator[str]:
    """Yield the CSV lines, header first. Times are ISO 8601 in UTC, money is plain decimals."""
    writer = csv.writer(EchoBuffer())
    yield writer.writerow(ORDER_COLUMNS)
    for order in orders.prefetch_related("items", "addresses").iterator(chunk_size=CHUNK_SIZE):
        yield writer.writerow(
            [escape_formula(cell) if isinstance(cell, str) else cell for cell in _order_cells(order)]
        )


def _order_cells(order: Order) -> Iterator[Any]:
    address = order.shipping_address
    formatted = {
        "country": (address and address.country) or order.tax_country,
        "items": "; ".join(str(item) for item in order.items.all()),
        "created_at": order.created_at.isoformat(),
        "paid_at": order.paid_at.isoformat() if order.paid_at else "",
        "is_test": "yes" if order.is_test else "no",
        "next_order_number": order.next_order_number or "",
    }
    return (formatted.get(name, getattr(order, name, "")) for name in ORDER_COLUMNS)
