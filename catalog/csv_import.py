"""A CSV file brought into the catalogue, or only what it would change.

A column the file lacks is left alone, and so is a variant it does not name: nothing is deleted.
A product of which one row is refused is left as it is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction
from django.utils.translation import gettext as _

from catalog.combinations import OptionRow, as_options, as_rows
from catalog.csv_cells import as_bool, as_count, as_price
from catalog.csv_rows import ProductRows, Row, read
from catalog.models import Product, Variant
from catalog.models.product import title
from catalog.products import ProductDraft, VariantDraft, create_product, update_product
from catalog.public_page import forget_pages
from stores.errors import Problem
from stores.models import Store

OnProduct = Callable[[int], object]
NEW, CHANGED, SAME, REFUSED = "new", "changed", "same", "refused"

_BOOLEANS = {
    "active": "active",
    "in_shop": "listed",
    "needs_shipping": "collect_shipping_address",
    "needs_tax_address": "collect_tax_address",
    "subscription_only": "requires_selling_plan",
}
_TEXTS = {"name": 200, "description": None, "tax_code": 40}


@dataclass(frozen=True)
class Result:
    """What happened, or would happen, to one product: `changes` in words, `refused` by row number."""

    slug: str
    kind: str
    changes: list[str] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)


def import_file(
    *, store: Store, file: IO[str], dry_run: bool, on_product: OnProduct = lambda rows: None
) -> list[Result]:
    """Bring a file in, each product in a transaction of its own, and return what was done.

    A dry run does the same and takes it back. Errors: Problem where it is no such file.
    """
    results = []
    for product in read(file):
        results.append(_import_product(store, product, dry_run=dry_run))
        on_product(len(product.rows))
    if not dry_run and any(result.kind in (NEW, CHANGED) for result in results):
        forget_pages(host=store.host)
    return results


def _import_product(store: Store, rows: ProductRows, *, dry_run: bool) -> Result:
    if rows.refused:
        return Result(rows.slug, REFUSED, refused=rows.refused)
    first = rows.rows[0].number
    try:
        with transaction.atomic():
            result = _write(store, rows)
            if dry_run:
                transaction.set_rollback(True)
            return result
    except _Refused as refused:
        return Result(rows.slug, REFUSED, refused=refused.rows)
    except Problem as problem:
        return Result(rows.slug, REFUSED, refused=[(first, problem.message)])


class _Refused(Exception):
    def __init__(self, rows: list[tuple[int, str]]) -> None:
        super().__init__(rows)
        self.rows = rows


def _write(store: Store, rows: ProductRows) -> Result:
    product = (
        Product.objects.filter(store=store, slug=rows.slug)
        .prefetch_related("variants", "plan_group_uses")
        .first()
    )
    if product is not None:
        product.store = store
    before = draft_of(product) if product else _blank(store, rows)
    variants = list(product.variants.all()) if product else []
    after = _draft(before, rows, variants, is_new=product is None)
    if product is None:
        create_product(store=store, draft=after)
        count = len(after.variants)
        return Result(rows.slug, NEW, changes=[_("%(count)d variants") % {"count": count}])
    changes = _differences(before, after, variants)
    if not changes:
        return Result(rows.slug, SAME)
    update_product(product=product, draft=after, version=product.version)
    return Result(rows.slug, CHANGED, changes=changes)


def draft_of(product: Product) -> ProductDraft:
    """Return a product as it is, its stock left alone."""
    uses = list(product.plan_group_uses.all())
    own = {name: getattr(product, name) for name in _names(ProductDraft) if hasattr(product, name)}
    variants = [
        VariantDraft(
            id=variant.pk,
            option_values=variant.option_values,
            price=variant.price,
            active=variant.active,
            media_order=variant.media_order,
            selling_plan_group_ids=[use.group_id for use in uses if use.variant_id == variant.pk],
            sku=variant.sku,
            next_variant_id=variant.next_variant_id,
        )
        for variant in product.variants.all()
    ]
    groups = [use.group_id for use in uses if use.variant_id is None]
    return ProductDraft(**{**own, "variants": variants, "selling_plan_group_ids": groups})


def _blank(store: Store, rows: ProductRows) -> ProductDraft:
    try:
        validate_slug(rows.slug)
    except ValidationError as error:
        reason = _("the slug has letters, digits, - and _ alone")
        raise _Refused([(rows.rows[0].number, reason)]) from error
    if len(rows.slug) > 120:
        raise _Refused([(rows.rows[0].number, _("the slug is too long"))])
    return ProductDraft(
        name="",
        variants=[],
        slug=rows.slug,
        listed=True,
        default_currency=store.currency,
        collect_shipping_address=True,
    )


def _draft(
    before: ProductDraft, rows: ProductRows, variants: Sequence[Variant], *, is_new: bool
) -> ProductDraft:
    """Return what the rows make of the product. Errors: _Refused with the reasons, row by row."""
    refused: list[tuple[int, str]] = []
    values: dict[str, Any] = {}
    try:
        values = _product_values(before, rows.cells)
    except ValueError as error:
        refused.append((rows.rows[0].number, str(error)))
    stock = {variant.pk: variant.inventory_quantity for variant in variants}
    drafts = {_key(variant.option_values): variant for variant in before.variants}
    for row in rows.rows:
        key = _key(row.option_values)
        try:
            drafts[key] = _variant(drafts.get(key), row, stock)
        except ValueError as error:
            refused.append((row.number, str(error)))
    names = {tuple(variant.option_values) for variant in drafts.values()}
    if len(names) > 1 and len({frozenset(name) for name in names}) > 1:
        refused.append((rows.rows[0].number, _("every variant must have the same options")))
    if refused:
        raise _Refused(refused)
    wanted = list(drafts.values())
    return replace(before, **values, variants=wanted, options=_options(before.options, wanted))


def _product_values(before: ProductDraft, cells: dict[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column, most in _TEXTS.items():
        if column in cells:
            if most and len(cells[column]) > most:
                raise ValueError(
                    _("%(column)s has at most %(most)d letters") % {"column": column, "most": most}
                )
            values[column] = cells[column]
    for column, name in _BOOLEANS.items():
        if cells.get(column, "").strip():
            values[name] = as_bool(cells[column], column)
    number = as_count(cells.get("store_product_id", ""), "store_product_id")
    if number is not None:
        values["next_product_id"] = number
    currency = cells.get("currency", "").strip().upper()
    if currency and currency != before.default_currency:
        raise ValueError(
            _("prices here are in %(ours)s, not in %(theirs)s")
            % {"ours": before.default_currency, "theirs": currency[:10]}
        )
    if not values.get("name", before.name).strip():
        raise ValueError(_("the name is empty"))
    return values


def _variant(there: VariantDraft | None, row: Row, stock: dict[str, int | None]) -> VariantDraft:
    cells = row.cells
    values: dict[str, Any] = {}
    if cells.get("price", "").strip():
        values["price"] = as_price(cells["price"])
    elif there is None:
        raise ValueError(_("a new variant needs a price"))
    if "sku" in cells:
        if len(cells["sku"]) > 100:
            raise ValueError(_("%(column)s has at most %(most)d letters") % {"column": "sku", "most": 100})
        values["sku"] = cells["sku"]
    if cells.get("variant_active", "").strip():
        values["active"] = as_bool(cells["variant_active"], "variant_active")
    number = as_count(cells.get("store_variant_id", ""), "store_variant_id")
    if number is not None:
        values["next_variant_id"] = number
    count = as_count(cells.get("stock", ""), "stock")
    if count is not None and count > 2_000_000_000:
        raise ValueError(_("so much stock cannot be"))
    if there is None:
        return VariantDraft(option_values=row.option_values, inventory_quantity=count, **values)
    if count is not None and count != stock.get(there.id):
        values["inventory_quantity"] = count
    # A column that is there and empty.
    elif count is None and "stock" in cells and stock.get(there.id) is not None:
        values["is_counted"] = False
    return replace(there, **values)


def _options(before: Sequence[Any], variants: Sequence[VariantDraft]) -> list[dict[str, Any]]:
    """The options as they were, swatches included, and the values that are new."""
    rows = as_rows(before)
    there = {(row.option, row.value) for row in rows}
    for variant in variants:
        for name, value in variant.option_values.items():
            if (name, value) not in there:
                there.add((name, value))
                rows.append(OptionRow(name, value))
    order = list(dict.fromkeys(row.option for row in rows))
    changed = as_options(sorted(rows, key=lambda row: order.index(row.option)))
    return list(before) if len(rows) == len(as_rows(before)) else changed


def _differences(before: ProductDraft, after: ProductDraft, variants: Sequence[Variant]) -> list[str]:
    """What differs, in words: `price of Black / M: 49.00 → 55.00`."""
    words = [
        f"{name}: {_short(getattr(before, name))} → {_short(getattr(after, name))}"
        for name in _names(ProductDraft)
        if name not in ("variants", "options") and getattr(before, name) != getattr(after, name)
    ]
    known = {variant.id: variant for variant in before.variants}
    stock = {variant.pk: variant.inventory_quantity for variant in variants}
    for draft in after.variants:
        named = title(draft.option_values, after.options)
        was = known.get(draft.id)
        if was is None:
            words.append(_("new variant %(title)s") % {"title": named})
            continue
        for name in ("sku", "price", "active", "next_variant_id", "inventory_quantity"):
            old, new = getattr(was, name), getattr(draft, name)
            if old != new:
                shown = stock.get(draft.id) if name == "inventory_quantity" else old
                words.append(f"{named} {name}: {_short(shown)} → {_short(new)}".strip())
        if not draft.is_counted:
            told = {"variant": named or after.slug, "before": stock.get(draft.id)}
            words.append(_("%(variant)s stock: %(before)s → not counted") % told)
    return words


def _short(value: Any) -> str:
    text = "–" if value is None or value == "" else str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _names(draft: type[ProductDraft]) -> list[str]:
    return [each.name for each in fields(draft)]


def _key(option_values: Any) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(option_values.items()))
