"""Matching an order's items with the lines of its NEXT order, and applying edits made there."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from nextcommerce.order_prices import read_line_price
from nextcommerce.schemas import NextLine, NextOrder
from orders.models import Order, OrderItem
from orders.order_totals import SoldPrice, find_tax_basis
from orders.row_matching import drop_repeated_ids, match_rows
from stores.columns import fit_to_columns
from stores.money import round_money

MAX_QUANTITY = 2**31 - 1
MAX_POSITION = 2**15 - 1


@dataclass(frozen=True)
class SoldLine:
    """A line of the NEXT order, with its ids as our columns hold them.

    `sold` includes units refunded since. It is None if NEXT gave no valid quantity.
    """

    line: NextLine
    line_id: int | None
    variant_id: int | None
    sold: int | None
    refunded: int


@dataclass(frozen=True)
class MirroredLines:
    """The order's items after the mirror, by line, and whether the quantities sold changed."""

    items: list[OrderItem]
    pairs: list[tuple[NextLine, OrderItem]]
    is_included: bool  # our prices contain the tax
    is_edited: bool


def mirror_order_lines(*, order: Order, next_order: NextOrder) -> MirroredLines:
    """Match items to lines and apply edits and additions made in NEXT."""
    refunded = refunded_quantities(next_order)
    lines = [read_sold_line(line, refunded) for line in drop_repeated_ids(next_order.lines)]
    items = list(order.items.all())
    pairs = match_rows(entries=lines, rows=items, tests=(_has_same_line_id, _is_same_sale, _is_same_variant))
    is_edited = _apply_known_lines(pairs)
    is_edited |= _apply_removals(items=items, pairs=pairs, refunded_by_line=refunded)
    known = [(sold_line.line, item) for sold_line, item in pairs if item is not None]
    is_included = find_tax_basis(order=order, next_order=next_order, sold=_list_own_prices(known))
    added = _add_items(
        order=order,
        next_order=next_order,
        lines=[line for line, item in pairs if item is None],
        position=len(items),
        is_included=is_included,
    )
    return MirroredLines(
        items=[*items, *(item for _line, item in added)],
        pairs=known + added,
        is_included=is_included,
        is_edited=is_edited or bool(added),
    )


def _list_own_prices(pairs: Iterable[tuple[NextLine, OrderItem]]) -> list[SoldPrice]:
    """Return the prices that we set. Those of lines that were added in NEXT are its own."""
    return [SoldPrice(line, item.unit_price) for line, item in pairs if item.variant_id]


def read_sold_line(line: NextLine, refunded_by_line: Mapping[int | None, int]) -> SoldLine:
    """Return the line with the quantities sold and refunded."""
    ids = fit_to_columns(OrderItem, {"next_line_id": line.id, "next_variant_id": line.variant_id})
    refunded = min(refunded_by_line.get(line.id, 0), MAX_QUANTITY)
    # NEXT reduces `current_quantity` by refunds as well as by edits.
    sold = min(line.current_quantity + refunded, max(line.quantity, line.current_quantity))
    return SoldLine(
        line=line,
        line_id=ids["next_line_id"],
        variant_id=ids["next_variant_id"],
        sold=sold if line.quantity or line.current_quantity else None,
        refunded=refunded,
    )


def refunded_quantities(next_order: NextOrder) -> Counter[int | None]:
    """Return the quantity refunded by NEXT line id."""
    refunded: Counter[int | None] = Counter()
    for refund in drop_repeated_ids(next_order.refunds):
        refunded.update(refund.quantities)
    return refunded


def _has_same_line_id(item: OrderItem, line: SoldLine) -> bool:
    return item.next_line_id is not None and item.next_line_id == line.line_id


def _is_same_variant(item: OrderItem, line: SoldLine) -> bool:
    """Return True if one of the two has no line id, and both are of one variant."""
    return None in (item.next_line_id, line.line_id) and item.next_variant_id == line.variant_id


def _is_same_sale(item: OrderItem, line: SoldLine) -> bool:
    """Return True if they also agree on quantity and upsell. Two lines may be of one variant."""
    is_alike = (item.quantity, item.is_upsell) == (line.sold, line.line.is_upsell)
    return is_alike and _is_same_variant(item, line)


def _apply_known_lines(pairs: Iterable[tuple[SoldLine, OrderItem | None]]) -> bool:
    """Take over the lines' ids and quantities; return whether a quantity sold changed."""
    is_edited = False
    for line, item in pairs:
        if item is not None:
            sold = item.quantity if line.sold is None else line.sold
            is_edited |= _save_item(item, line.line_id or item.next_line_id, sold, min(line.refunded, sold))
    return is_edited


def _apply_removals(
    *,
    items: list[OrderItem],
    pairs: list[tuple[SoldLine, OrderItem | None]],
    refunded_by_line: Mapping[int | None, int],
) -> bool:
    """Reduce items that NEXT no longer lists to their refunded units; return whether a quantity changed.

    What we sold and NEXT has never listed stays.
    """
    if not all(line.line_id for line, _item in pairs):
        return False  # a line without an id may be any of them
    listed = [item for _line, item in pairs]
    is_edited = False
    for item in items:
        was_listed = item.next_line_id is not None or not item.variant_id
        if item not in listed and was_listed:
            refunded = min(refunded_by_line.get(item.next_line_id, 0), item.quantity)
            is_edited |= _save_item(item, item.next_line_id, refunded, refunded)
    return is_edited


def _save_item(item: OrderItem, line_id: int | None, sold: int, refunded: int) -> bool:
    values = (line_id, sold, refunded)
    is_edited = item.quantity != sold
    if (item.next_line_id, item.quantity, item.refunded_quantity) != values:
        item.next_line_id, item.quantity, item.refunded_quantity = values
        item.save(update_fields=["next_line_id", "quantity", "refunded_quantity"])
    return is_edited


def _add_items(
    *, order: Order, next_order: NextOrder, lines: list[SoldLine], position: int, is_included: bool
) -> list[tuple[NextLine, OrderItem]]:
    """Create items for lines added in NEXT, without empty ones and those whose price can't be stored."""
    rows = [
        (
            line.line,
            _describe_added_item(
                line, next_order=next_order, currency=order.currency, is_included=is_included
            ),
        )
        for line in lines
        if line.sold
    ]
    added = [(line, fields) for line, fields in rows if "unit_price" in fields]
    items = OrderItem.objects.bulk_create(
        OrderItem(order=order, position=min(place, MAX_POSITION), **fields)
        for place, (_line, fields) in enumerate(added, start=position)
    )
    return [(line, item) for (line, _fields), item in zip(added, items, strict=True)]


def _describe_added_item(
    sold_line: SoldLine, *, next_order: NextOrder, currency: str, is_included: bool
) -> dict[str, Any]:
    """Return the `OrderItem` fields of a line that was added in NEXT."""
    line = sold_line.line
    price = read_line_price(next_order, line)
    full_price = price.get_full(is_included=is_included) if price else Decimal(0)
    fields = {
        "next_variant_id": sold_line.variant_id,
        "name": line.title,
        "sku": line.sku,
        "title": line.variant_title,
        "quantity": sold_line.sold,
        "refunded_quantity": min(sold_line.refunded, sold_line.sold or 0),
        "unit_price": round_money(full_price / (line.current_quantity or sold_line.sold or 1)),
        "is_upsell": line.is_upsell,
        "next_line_id": sold_line.line_id,
        "snapshot": {"product": {"name": line.title, "default_currency": currency}},
    }
    return fit_to_columns(OrderItem, fields)
