"""Orders as a table for spreadsheets, one row for each order or for each of its items.

Rows are generated one by one, so that memory use does not grow with their number.
"""

import datetime
import zoneinfo
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from orders.answers import format_answers
from orders.models import Order, OrderAddress, OrderDiscount, OrderItem
from orders.total_rows import ZERO, TaxLine, build_total_parts, list_named_discounts, list_named_taxes
from stores.table_export import generate_csv

_ADDRESS_PARTS = ("name", "line1", "line2", "city", "state", "postal_code", "country")
_BEFORE_ITEMS = (
    *("number", "external_id", "status", "created_at", "paid_at", "time_zone"),
    *("name", "email", "phone", "language", "accepts_marketing", "country"),
    *(f"shipping_{part}" for part in _ADDRESS_PARTS),
    "shipping_phone",
    *(f"billing_{part}" for part in _ADDRESS_PARTS),
    *("shipping_method", "fulfillment"),
)
# What only the first row of an order has, if it has a row for each item: a sum then adds up.
AMOUNT_COLUMNS = (
    *("items_total", "discount_total", "shipping_total", "tax_total", "adjustment_total", "total"),
    *("included_tax_total", "refunded_amount", "net_total"),
)
_AFTER_ITEMS = (
    *AMOUNT_COLUMNS,
    *("currency", "discount_code", "discounts", "tax_lines", "invoice_number", "next_order_number"),
    "payment_method",
    *("payment_link_id", "utm_source", "utm_campaign", "answers", "tags", "is_renewal", "is_test"),
)
ITEM_COLUMNS = (
    *("product", "variant", "sku", "quantity", "unit_price", "item_total"),
    *("refunded_quantity", "plan", "custom_text", "is_upsell"),
)
ORDER_COLUMNS = (*_BEFORE_ITEMS, "items", "skus", "quantity", *_AFTER_ITEMS)
ORDER_ITEM_COLUMNS = (*_BEFORE_ITEMS, *ITEM_COLUMNS, *_AFTER_ITEMS)
CHUNK_SIZE = 2_000


def generate_orders_csv(orders: QuerySet[Order], *, by_item: bool = False) -> Iterator[str]:
    """Yield the CSV lines, header first."""
    return generate_csv(list_order_columns(by_item=by_item), iter_order_rows(orders, by_item=by_item))


def list_order_columns(*, by_item: bool) -> tuple[str, ...]:
    return ORDER_ITEM_COLUMNS if by_item else ORDER_COLUMNS


def iter_order_rows(orders: QuerySet[Order], *, by_item: bool) -> Iterator[list[Any]]:
    """Yield the cells of each row. Times are in the store's time zone, and money is Decimal."""
    # Without what the list alone shows.
    found = orders.prefetch_related(None).select_related("store").defer("search_text")
    with_rows = found.prefetch_related("items", "addresses", "discounts", "tax_lines", "tags")
    for order in with_rows.iterator(chunk_size=CHUNK_SIZE):
        cells = _order_cells(order)
        if not by_item:
            yield [cells[column] for column in ORDER_COLUMNS]
            continue
        of_items = [_item_cells(item) for item in order.items.all()] or [{}]
        for place, of_item in enumerate(of_items):
            row = cells | dict.fromkeys(ITEM_COLUMNS) | of_item
            if place:
                row |= dict.fromkeys(AMOUNT_COLUMNS)
            yield [row[column] for column in ORDER_ITEM_COLUMNS]


def _order_cells(order: Order) -> dict[str, Any]:
    zone = zoneinfo.ZoneInfo(order.store.time_zone)
    shipping, billing = order.shipping_address, order.billing_address
    parts = build_total_parts(order)
    items = list(order.items.all())
    plain = {name: getattr(order, name, "") for name in (*_BEFORE_ITEMS, *_AFTER_ITEMS)}
    return {
        **plain,
        "created_at": _local_time(order.created_at, zone),
        "paid_at": _local_time(order.paid_at, zone),
        "time_zone": zone.key,
        "country": (shipping and shipping.country) or order.tax_country,
        **_address_cells("shipping", shipping),
        **_address_cells("billing", billing),
        "shipping_phone": shipping.phone if shipping else "",
        "fulfillment": order.next_fulfillment_status,
        "items": "; ".join(map(format_item, items)),
        "skus": "; ".join(item.sku for item in items if item.sku),
        "quantity": sum(item.quantity for item in items),
        "discounts": "; ".join(map(_format_discount, list_named_discounts(parts))),
        "tax_lines": "; ".join(map(_format_tax, list_named_taxes(parts))),
        "next_order_number": order.next_order_number or "",
        "answers": format_answers(order),
        "tags": "; ".join(sorted(tag.name for tag in order.tags.all())),
        "utm_source": order.attribution.get("utm_source", ""),
        "utm_campaign": order.attribution.get("utm_campaign", ""),
    }


def _item_cells(item: OrderItem) -> dict[str, Any]:
    return {
        "product": item.name,
        "variant": item.title,
        "sku": item.sku,
        "quantity": item.quantity,
        "unit_price": item.unit_price,
        "item_total": item.total,
        "refunded_quantity": item.refunded_quantity,
        "plan": (item.selling_plan or {}).get("name", ""),
        "custom_text": item.custom_text,
        "is_upsell": item.is_upsell,
    }


def _address_cells(kind: str, address: OrderAddress | None) -> dict[str, str]:
    return {f"{kind}_{part}": getattr(address, part) if address else "" for part in _ADDRESS_PARTS}


def _local_time(moment: datetime.datetime | None, zone: zoneinfo.ZoneInfo) -> datetime.datetime | None:
    return moment.astimezone(zone) if moment else None


def format_item(item: OrderItem) -> str:
    """Return an item as text, such as `2 × Desk lamp (Black / M)`."""
    return f"{item} ({item.title})" if item.title else str(item)


def _format_discount(discount: OrderDiscount) -> str:
    return f"{' '.join(filter(None, (discount.name, discount.code)))}: {discount.amount}"


def _format_tax(tax: TaxLine) -> str:
    return f"{tax.name} {(tax.rate or ZERO).normalize():f}%: {tax.amount}"
