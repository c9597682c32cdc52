"""Export the catalog as CSV."""

import csv
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from catalog.csv_columns import CSV_COLUMNS, escape_formula, format_bool_cell
from catalog.models import Product, Variant
from stores.responses import EchoBuffer

# Makes spreadsheets read the file as UTF-8.
BYTE_ORDER_MARK = "\ufeff"


def iter_catalog_csv(products: QuerySet[Product]) -> Iterator[str]:
    """Yield the file line by line: products by slug, their variants in order, formulas escaped."""
    writer: Any = csv.writer(EchoBuffer())
    yield BYTE_ORDER_MARK + writer.writerow(CSV_COLUMNS)
    for product in products.order_by("slug").prefetch_related("variants__values").iterator(chunk_size=500):
        for variant in product.variants.all():
            cells = _variant_cells(product, variant)
            yield writer.writerow([escape_formula(cells.get(column, "")) for column in CSV_COLUMNS])


def _variant_cells(product: Product, variant: Variant) -> dict[str, str]:
    cells = {
        "slug": product.slug,
        "name": product.name,
        "description": product.description,
        "active": format_bool_cell(product.active),
        "in_shop": format_bool_cell(product.listed),
        "needs_shipping": format_bool_cell(product.collect_shipping_address),
        "needs_tax_address": format_bool_cell(product.collect_tax_address),
        "tax_code": product.tax_code,
        "subscription_only": format_bool_cell(product.requires_selling_plan),
        "next_product_id": _format_number_cell(product.next_product_id),
        "currency": product.default_currency,
        "sku": variant.sku,
        "price": str(variant.price),
        "stock": _format_number_cell(variant.inventory_quantity),
        "variant_active": format_bool_cell(variant.active),
        "next_variant_id": _format_number_cell(variant.next_variant_id),
    }
    for number, (name, value) in enumerate(variant.option_values.items(), start=1):
        cells[f"option{number}_name"] = name
        cells[f"option{number}_value"] = value
    return cells


def _format_number_cell(value: int | None) -> str:
    return "" if value is None else str(value)
