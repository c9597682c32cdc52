"""Turn the rows of a CSV file into product drafts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from decimal import Decimal
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug

from catalog import import_sentences as sentences
from catalog.csv_columns import InvalidCell, parse_bool_cell, parse_count_cell, parse_price_cell
from catalog.csv_parser import CsvRow, ProductRows
from catalog.models import Product, Variant
from catalog.options import serialize_options
from catalog.product_drafts import ProductDraft, VariantDraft
from stores.models import Store
from wording.sentence import Sentence

PriceParser = Callable[[str], Decimal]
CategoryFinder = Callable[[str], list[str]]
_BOOLEAN_COLUMNS = {
    "active": "active",
    "in_shop": "listed",
    "needs_shipping": "collect_shipping_address",
    "needs_tax_address": "collect_tax_address",
    "subscription_only": "requires_selling_plan",
}
_TEXT_COLUMNS = {
    "name": 200,
    "description": None,
    "seo_title": 200,
    "seo_description": 500,
    "tax_code": 40,
}


class InvalidRowsError(Exception):
    """Rows that cannot be imported, as (row number, reason) pairs."""

    def __init__(self, rows: list[tuple[int, Sentence]]) -> None:
        super().__init__(rows)
        self.rows = rows


def draft_from_product(product: Product) -> ProductDraft:
    """Return a draft that leaves the product, and its stock, unchanged."""
    uses = list(product.plan_group_uses.all())
    values = {
        name: getattr(product, name) for name in draft_field_names(ProductDraft) if hasattr(product, name)
    }
    variants = [
        VariantDraft(
            id=variant.pk,
            option_values=variant.option_values,
            price=variant.price,
            active=variant.active,
            media_order=variant.media_order,
            selling_plan_group_ids=[use.group_id for use in uses if use.variant_id == variant.pk],
            sku=variant.sku,
            gtin=variant.gtin,
            next_variant_id=variant.next_variant_id,
        )
        for variant in product.variants.all()
    ]
    groups = [use.group_id for use in uses if use.variant_id is None]
    return ProductDraft(
        **{
            **values,
            "options": serialize_options(product),
            "variants": variants,
            "selling_plan_group_ids": groups,
            "categories": sorted(category.slug for category in product.categories.all()),
        }
    )


def build_new_product_draft(store: Store, rows: ProductRows) -> ProductDraft:
    """Return an empty draft for a new product. Raises InvalidRowsError for a bad slug."""
    try:
        validate_slug(rows.slug)
    except ValidationError as error:
        raise InvalidRowsError([(rows.rows[0].number, sentences.BAD_SLUG.fill())]) from error
    if len(rows.slug) > 120:
        raise InvalidRowsError([(rows.rows[0].number, sentences.SLUG_TOO_LONG.fill())])
    return ProductDraft(
        name="",
        variants=[],
        slug=rows.slug,
        listed=True,
        default_currency=store.currency,
        collect_shipping_address=True,
    )


def apply_csv_rows(
    before: ProductDraft,
    rows: ProductRows,
    variants: Sequence[Variant],
    *,
    categories: CategoryFinder,
    decimal_mark: str,
) -> ProductDraft:
    """Return the draft changed as the rows say. Raises InvalidRowsError with a reason for each bad row."""
    errors: list[tuple[int, Sentence]] = []
    values: dict[str, Any] = {}
    try:
        values = _parse_product_cells(before, rows.cells)
        if "categories" in rows.cells:
            values["categories"] = categories(rows.cells["categories"])
    except InvalidCell as error:
        errors.append((rows.rows[0].number, error.reason))
    stock = {variant.pk: variant.inventory_quantity for variant in variants}
    prices = partial(parse_price_cell, currency=before.default_currency, decimal_mark=decimal_mark)
    drafts = {_draft_variant_key(variant.option_values): variant for variant in before.variants}
    for row in rows.rows:
        key = _draft_variant_key(row.option_values)
        try:
            drafts[key] = _parse_variant_row(drafts.get(key), row, stock, prices)
        except InvalidCell as error:
            errors.append((row.number, error.reason))
    if len({frozenset(variant.option_values) for variant in drafts.values()}) > 1:
        errors.append((rows.rows[0].number, sentences.MIXED_OPTIONS.fill()))
    if errors:
        raise InvalidRowsError(errors)
    merged = list(drafts.values())
    return replace(before, **values, variants=merged, options=_merge_draft_options(before.options, merged))


def _parse_product_cells(before: ProductDraft, cells: dict[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = _parse_text_cells(cells)
    for column, name in _BOOLEAN_COLUMNS.items():
        if cells.get(column, "").strip():
            values[name] = parse_bool_cell(cells[column], column)
    number = parse_count_cell(cells.get("next_product_id", ""), "next_product_id")
    if number is not None:
        values["next_product_id"] = number
    currency = cells.get("currency", "").strip().upper()
    if currency and currency != before.default_currency:
        raise InvalidCell(sentences.FOREIGN_CURRENCY.fill(ours=before.default_currency, theirs=currency[:10]))
    if not values.get("name", before.name).strip():
        raise InvalidCell(sentences.EMPTY_NAME.fill())
    return values


def _parse_text_cells(cells: dict[str, str]) -> dict[str, str]:
    texts = {column: cells[column] for column in _TEXT_COLUMNS if column in cells}
    for column, text in texts.items():
        max_length = _TEXT_COLUMNS[column]
        if max_length and len(text) > max_length:
            raise InvalidCell(sentences.TEXT_TOO_LONG.fill(column=column, max=max_length))
    return texts


def _parse_variant_row(
    existing: VariantDraft | None, row: CsvRow, stock: dict[str, int | None], parse_price: PriceParser
) -> VariantDraft:
    if existing is None and not row.cells.get("price", "").strip():
        raise InvalidCell(sentences.PRICE_MISSING.fill())
    values = _parse_variant_cells(row.cells, parse_price)
    count = _parse_stock_cell(row.cells)
    if existing is None:
        return VariantDraft(option_values=row.option_values, inventory_quantity=count, **values)
    current = stock.get(existing.id)
    if count is not None and count != current:
        values["inventory_quantity"] = count
    # An empty cell in an existing stock column means that stock is no longer counted.
    elif count is None and "stock" in row.cells and current is not None:
        values["is_counted"] = False
    return replace(existing, **values)


def _parse_stock_cell(cells: dict[str, str]) -> int | None:
    count = parse_count_cell(cells.get("stock", ""), "stock")
    if count is not None and count > 2_000_000_000:
        raise InvalidCell(sentences.STOCK_TOO_HIGH.fill())
    return count


def _parse_variant_cells(cells: dict[str, str], parse_price: PriceParser) -> dict[str, Any]:
    """Return the fields that the row sets, except for the stock."""
    values: dict[str, Any] = {}
    if cells.get("price", "").strip():
        values["price"] = parse_price(cells["price"])
    for name, max_length in (("sku", 100), ("gtin", 20)):
        if name in cells:
            if len(cells[name]) > max_length:
                raise InvalidCell(sentences.TEXT_TOO_LONG.fill(column=name, max=max_length))
            values[name] = cells[name]
    if cells.get("variant_active", "").strip():
        values["active"] = parse_bool_cell(cells["variant_active"], "variant_active")
    number = parse_count_cell(cells.get("next_variant_id", ""), "next_variant_id")
    if number is not None:
        values["next_variant_id"] = number
    return values


def _merge_draft_options(
    before: Sequence[Mapping[str, Any]], variants: Sequence[VariantDraft]
) -> list[dict[str, Any]]:
    """Return the existing options, swatches included, plus the new values."""
    merged: dict[str, list[dict[str, Any]]] = {
        option["name"]: list(option["values"])
        for option in sorted(before, key=lambda option: option["sort_order"])
    }
    has_new_values = False
    for variant in variants:
        for name, text in variant.option_values.items():
            values = merged.setdefault(name, [])
            if all(value["value"] != text for value in values):
                values.append({"value": text})
                has_new_values = True
    if not has_new_values:
        return [dict(option) for option in before]
    return [
        {
            "name": name,
            "sort_order": place,
            "values": [{**value, "sort_order": order} for order, value in enumerate(values)],
        }
        for place, (name, values) in enumerate(merged.items())
    ]


def draft_field_names(draft: type[ProductDraft]) -> list[str]:
    """Return the names of a draft's fields."""
    return [each.name for each in fields(draft)]


def _draft_variant_key(option_values: Any) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(option_values.items()))
