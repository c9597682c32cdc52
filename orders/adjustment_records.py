"""Recording the discounts and taxes that NEXT lists for an order."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Model, QuerySet

from nextcommerce.order_prices import read_shipping_price, read_taxes
from nextcommerce.schemas import NextDiscount, NextOrder
from orders.line_matching import MirroredLines
from orders.models import Order, OrderDiscount, OrderItem
from stores.columns import fit_to_columns

ZERO = Decimal("0.00")
# More than any order has.
MAX_ROWS = 200

Fields = dict[str, Any]
# What NEXT took off without saying why.
UNNAMED_DISCOUNT: Fields = {
    "item_id": None,
    "name": "",
    "description": "",
    "code": "",
    "is_shipping": False,
}


def record_adjustments(*, order: Order, next_order: NextOrder, lines: MirroredLines) -> bool:
    """Record the discounts and taxes of the order's total, once it is mirrored; return whether any changed.

    The discounts add up to `discount_total`, and the taxes without an item to the order's tax, as far as
    NEXT's do. Recorded ones stay if NEXT no longer names any. The caller holds the order's row lock.
    """
    discounts = _describe_discounts(order, next_order, lines)
    taxes = _describe_taxes(order, next_order, lines)
    # Most orders have neither, and then there is no need to ask on the first mirror.
    has_rows = order.mirrored_at is not None or any(
        order.get_shown_part(name) for name in ("discount_total", "tax_total", "included_tax_total")
    )
    has_new_discounts = (has_rows or bool(discounts)) and _replace_rows(
        order.discounts.all(), discounts, order=order
    )
    has_new_taxes = (has_rows or bool(taxes)) and _replace_rows(order.tax_lines.all(), taxes, order=order)
    return has_new_discounts or has_new_taxes


def _describe_discounts(order: Order, next_order: NextOrder, lines: MirroredLines) -> list[Fields]:
    """Return the discounts as `OrderDiscount` fields: those that NEXT names, and one for what it doesn't."""
    named = [discount for discount in next_order.discounts if discount.amount > 0][:MAX_ROWS]
    item = _find_discounted_item(lines) if len(named) == 1 else None
    rows: list[Fields] = [
        {
            "item_id": item.pk if item else None,
            "name": discount.name or discount.voucher_code,
            "description": discount.description,
            "code": discount.voucher_code,
            "is_shipping": _is_of_shipping(discount, order, next_order),
            "amount": discount.amount,
        }
        for discount in named
    ]
    rest = order.discount_total - sum((discount.amount for discount in named), ZERO)
    return [*rows, UNNAMED_DISCOUNT | {"amount": rest}] if rest > 0 else rows


def _find_discounted_item(lines: MirroredLines) -> OrderItem | None:
    """Return the item that was discounted, or None if several or none were."""
    discounted = [item for line, item in lines.pairs if line.total_discount]
    return discounted[0] if len(discounted) == 1 else None


def _is_of_shipping(discount: NextDiscount, order: Order, next_order: NextOrder) -> bool:
    """Return True if shipping was lowered by just this amount."""
    shipping = read_shipping_price(next_order)
    if shipping is None:
        return False
    charged = shipping.get_charged(is_included=bool(order.included_tax_total))
    return order.shipping_total - charged == discount.amount


def _describe_taxes(order: Order, next_order: NextOrder, lines: MirroredLines) -> list[Fields]:
    """Return the taxes as `OrderTaxLine` fields."""
    items = {id(line): item for line, item in lines.pairs}
    return [
        {
            "item_id": items[id(tax.line)].pk if tax.line else None,
            "is_shipping": tax.is_shipping,
            "is_included": bool(order.included_tax_total),
            "next_tax_id": tax.next_tax_id,
            "name": tax.name,
            "rate": tax.percent,
            "amount": tax.amount,
        }
        for tax in read_taxes(next_order)[:MAX_ROWS]
        if tax.line is None or id(tax.line) in items
    ]


def _replace_rows(recorded: QuerySet[Any], described: list[Fields], *, order: Order) -> bool:
    """Replace the recorded rows by those described, unless they are the same; return whether they weren't.

    Recorded names stay if NEXT no longer gives any and the sum is the same.
    """
    model, known = recorded.model, list(recorded)
    fitted = [fields for row in described if "amount" in (fields := fit_to_columns(model, row))]
    if _are_same_rows(known, fitted) or (known and _are_unnamed_rows(model, known, fitted)):
        return False
    recorded.delete()
    model.objects.bulk_create(
        model(order=order, position=position, **fields) for position, fields in enumerate(fitted)
    )
    return True


def _are_same_rows(known: Sequence[Model], fitted: Sequence[Fields]) -> bool:
    return len(known) == len(fitted) and all(
        getattr(row, name) == value
        for row, fields in zip(known, fitted, strict=True)
        for name, value in fields.items()
    )


def _are_unnamed_rows(model: type[Model], known: Sequence[Any], fitted: Sequence[Fields]) -> bool:
    """Return True if the described rows have no names, and add up to the known ones."""
    sum_known = _sum_parts(model, ((row.item_id, row.amount) for row in known))
    sum_described = _sum_parts(model, ((fields["item_id"], fields["amount"]) for fields in fitted))
    return sum_known == sum_described and not any(fields["name"] for fields in fitted)


def _sum_parts(model: type[Model], rows: Iterable[tuple[int | None, Decimal]]) -> Decimal:
    """Return the sum of (item, amount) rows. A tax of an item is also part of one without."""
    return sum((amount for item, amount in rows if item is None or model is OrderDiscount), ZERO)
