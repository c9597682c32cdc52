"""The catalogue written as CSV."""

import csv
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from catalog.csv_columns import COLUMNS, defused, yes_or_no
from catalog.models import Product, Variant

# So that spreadsheets read it as UTF-8.
BYTE_ORDER_MARK = "\ufeff"


class _Line:
    def write(self, text: str) -> str:
        return text


def lines(products: QuerySet[Product]) -> Iterator[str]:
    """Yield the file line by line, products by address, their variants in order; formulas defused."""
    writer: Any = csv.writer(_Line())
    yield BYTE_ORDER_MARK + writer.writerow(COLUMNS)
    for product in products.order_by("slug").prefetch_related("variants").iterator(chunk_size=500):
        for variant in product.variants.all():
            cells = _cells(product, variant)
            yield writer.writerow([defused(cells.get(column, "")) for column in COLUMNS])


def _cells(product: Product, variant: Variant) -> dict[str, str]:
    cells = {
        "slug": product.slug,
        "name": product.name,
        "description": product.description,
        "active": yes_or_no(product.active),
        "in_shop": yes_or_no(product.listed),
        "needs_shipping": yes_or_no(product.collect_shipping_address),
        "needs_tax_address": yes_or_no(product.collect_tax_address),
        "tax_code": product.tax_code,
        "subscription_only": yes_or_no(product.requires_selling_plan),
        "store_product_id": _number(product.next_product_id),
        "currency": product.default_currency,
        "sku": variant.sku,
        "price": str(variant.price),
        "stock": _number(variant.inventory_quantity),
        "variant_active": yes_or_no(variant.active),
        "store_variant_id": _number(variant.next_variant_id),
    }
    names = [option["name"] for option in product.options]
    for number, name in enumerate((name for name in names if name in variant.option_values), start=1):
        cells[f"option{number}_name"] = name
        cells[f"option{number}_value"] = variant.option_values[name]
    return cells


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
