"""The taxes of an order, of its shipping and of its lines."""

from decimal import Decimal

from sandbox.catalog import JsonObject
from sandbox.models import Order
from sandbox.tax_settings import RateFormat
from sandbox.taxes import add_up_tax_lines


def serialize_tax_lines(order: Order, rows: list[JsonObject]) -> list[JsonObject]:
    """Return the tax lines of shipping or of an order line."""
    return [
        {
            "amount": row["amount"],
            "currency": order.currency,
            "rate": _format_rate(order, row["percent"]),
            "report_values": {"amount": row["amount"], "currency": order.currency},
            "source": "sandbox",
            "tax_id": row["id"],
            "tax_title": row["title"],
        }
        for row in rows
    ]


def serialize_order_tax_lines(order: Order, rows: list[JsonObject]) -> list[JsonObject]:
    """Return the tax lines of a whole order, one for each rate. They have an ``id``, not a ``tax_id``."""
    lines = serialize_tax_lines(order, add_up_tax_lines(rows))
    return [{"id": line.pop("tax_id"), **line} for line in lines]


def _format_rate(order: Order, percent: str) -> float:
    is_percent = order.store.taxes["rate_format"] == RateFormat.PERCENT
    return float(Decimal(percent) if is_percent else Decimal(percent) / 100)
