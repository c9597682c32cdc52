"""The catalog as a table for spreadsheets, which `catalog.csv_import` reads back."""

from collections.abc import Iterator

from django.db.models import QuerySet

from catalog.csv_columns import CSV_COLUMNS, PICTURES_COLUMN, VARIANT_PICTURE_COLUMN, format_bool_cell
from catalog.csv_pictures import format_picture_url
from catalog.models import Product, Variant
from stores.table_export import generate_csv


def generate_catalog_csv(products: QuerySet[Product]) -> Iterator[str]:
    """Yield the CSV lines, header first."""
    return generate_csv(CSV_COLUMNS, iter_catalog_rows(products))


def iter_catalog_rows(products: QuerySet[Product]) -> Iterator[list[str]]:
    """Yield the cells of each variant: products by slug, their variants in order."""
    rows = products.order_by("slug").defer("search_text").select_related("store")
    rows = rows.prefetch_related("variants__values", "variants__picture_rows", "categories", "media")
    for product in rows.iterator(chunk_size=500):
        pictures = {picture.pk: format_picture_url(product, picture) for picture in product.media.all()}
        for place, variant in enumerate(product.variants.all()):
            cells = _variant_cells(product, variant)
            # Once is enough: a cell of many addresses is long.
            cells[PICTURES_COLUMN] = "" if place else " ".join(pictures.values())
            cells[VARIANT_PICTURE_COLUMN] = pictures.get(next(iter(variant.media_order), ""), "")
            yield [cells.get(column, "") for column in CSV_COLUMNS]


def _variant_cells(product: Product, variant: Variant) -> dict[str, str]:
    cells = {
        "slug": product.slug,
        "name": product.name,
        "description": product.description,
        "seo_title": product.seo_title,
        "seo_description": product.seo_description,
        "categories": "; ".join(sorted(category.slug for category in product.categories.all())),
        "active": format_bool_cell(product.active),
        "in_shop": format_bool_cell(product.listed),
        "needs_shipping": format_bool_cell(product.collect_shipping_address),
        "needs_tax_address": format_bool_cell(product.collect_tax_address),
        "tax_code": product.tax_code,
        "subscription_only": format_bool_cell(product.requires_selling_plan),
        "next_product_id": _format_number_cell(product.next_product_id),
        "currency": product.default_currency,
        "sku": variant.sku,
        "gtin": variant.gtin,
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
