"""What the total of an order consists of, as NEXT charged it.

NEXT's parts may be incomplete, reduced by refunds, or before or after a shipping discount. So of what it says
in one place or another, the parts are taken that add up to its total. If none do, the rest is an adjustment.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from itertools import product

from nextcommerce.order_prices import list_total_taxes, read_line_price, read_shipping_price
from nextcommerce.schemas import NextLine, NextOrder
from orders.models import Order
from stores.models import TaxMode
from stores.money import round_money, rounding_tolerance

ZERO = Decimal("0.00")
MODES = (True, False)  # whether prices contain the tax


@dataclass(frozen=True)
class SoldPrice:
    """A line of a NEXT order, with the unit price at which we sold it."""

    line: NextLine
    unit_price: Decimal


@dataclass(frozen=True)
class OrderTotals:
    """The parts of an order's total, named as the fields of `Order`.

    total = items_total - discount_total + shipping_total + tax_total + adjustment_total
    """

    items_total: Decimal
    discount_total: Decimal
    shipping_total: Decimal
    tax_total: Decimal
    included_tax_total: Decimal
    adjustment_total: Decimal
    total: Decimal


PART_NAMES = tuple(field.name for field in fields(OrderTotals))


def find_tax_basis(*, order: Order, next_order: NextOrder, sold: Sequence[SoldPrice]) -> bool:
    """Return True if our prices contain NEXT's tax, False if NEXT adds it.

    What we charged for each line, and for shipping, is NEXT's price either with tax or without. If it is
    neither, for example because of a discount that NEXT doesn't name, what was shown decides, and if nothing
    was, the nearer price. Needs `order.store` loaded.
    """
    with_tax, without_tax = (
        _sum_price_errors(next_order, sold, is_included=is_included) for is_included in MODES
    )
    if with_tax == without_tax:
        with_tax, without_tax = (
            _measure_shipping_error(order, next_order, is_included=is_included) for is_included in MODES
        )
    is_nearer = with_tax < without_tax
    tolerance = rounding_tolerance(sum(item.line.quantity for item in sold), order.currency)
    if with_tax != without_tax and min(with_tax, without_tax) <= tolerance:
        return is_nearer
    return _read_shown_basis(order, default=is_nearer)


def _read_shown_basis(order: Order, *, default: bool) -> bool:
    """Return whether the prices shown to the shopper contained tax, as far as that is known."""
    shown_tax = order.get_shown_part("tax_total")
    if shown_tax or order.get_shown_part("included_tax_total"):
        return not shown_tax
    mode = order.shown_parts.get("tax_mode") or order.store.tax_mode
    bases: dict[str, bool] = {TaxMode.INCLUDED: True, TaxMode.ADDED: False}
    return bases.get(mode, default)


def _sum_price_errors(next_order: NextOrder, sold: Iterable[SoldPrice], *, is_included: bool) -> Decimal:
    """Return by how much our prices differ from NEXT's, with its tax or without."""
    error = ZERO
    for item in sold:
        price = read_line_price(next_order, item.line)
        if price is not None:
            full = price.get_full(is_included=is_included)
            # A refund may or may not have reduced the price to the remaining units.
            quantities = {item.line.current_quantity, item.line.quantity}
            error += min(abs(item.unit_price * quantity - full) for quantity in quantities)
    return error


def _measure_shipping_error(order: Order, next_order: NextOrder, *, is_included: bool) -> Decimal:
    """Return by how much the shipping that was shown differs from NEXT's, with its tax or without."""
    shipping = read_shipping_price(next_order)
    if shipping is None:
        return ZERO
    return abs(order.get_shown_part("shipping_total") - shipping.get_charged(is_included=is_included))


def calculate_totals(
    *,
    order: Order,
    next_order: NextOrder,
    sold: Sequence[SoldPrice],
    items_total: Decimal,
    is_included: bool,
) -> OrderTotals:
    """Return the parts of the NEXT order's total, which must be known.

    `items_total` is at our prices, and `is_included` is from `find_tax_basis`.
    """
    total = round_money(next_order.total_incl_tax or ZERO)
    candidates = [
        _build_totals(total, items_total, parts)
        for basis in (is_included, not is_included)
        for parts in _list_parts(order, next_order, sold, is_included=basis)
    ]
    # What is recorded may come from a fuller answer, such as one before a refund.
    recorded = OrderTotals(**{name: getattr(order, name) for name in PART_NAMES})
    is_recorded_sum = recorded.total == total and recorded.items_total == items_total
    return next(
        (totals for totals in candidates if not totals.adjustment_total),
        recorded if is_recorded_sum and not recorded.adjustment_total else candidates[0],
    )


Parts = tuple[Decimal, Decimal, Decimal, bool]


def _list_parts(
    order: Order, next_order: NextOrder, sold: Sequence[SoldPrice], *, is_included: bool
) -> Iterator[Parts]:
    """Yield discount, shipping, tax, and whether prices contain it, in all combinations, the surest first.

    The tax that was shown comes after all that NEXT names: if a discount lowers the tax, it may fit with
    another discount than the one that was given.
    """
    shipping = read_shipping_price(next_order)
    # After its discount, or else before: as shown.
    charged_shipping = [shipping.get_charged(is_included=is_included)] if shipping else []
    shown_tax = order.get_shown_part("included_tax_total" if is_included else "tax_total")
    discounts = _list_discounts(order, next_order, sold, is_included=is_included)
    shipping_prices = _drop_repetitions([*charged_shipping, order.get_shown_part("shipping_total")])
    for taxes in (_drop_repetitions(list_total_taxes(next_order)), [round_money(shown_tax)]):
        for parts in product(discounts, shipping_prices, taxes):
            yield (*parts, is_included)


def _list_discounts(
    order: Order, next_order: NextOrder, sold: Sequence[SoldPrice], *, is_included: bool
) -> list[Decimal]:
    """Return what the discounts may add up to, the surest first."""
    listed = sum((discount.amount for discount in next_order.discounts), ZERO)
    of_lines = sum((line.total_discount or ZERO for line in next_order.lines), ZERO)
    reported = [listed, next_order.total_discount, of_lines]
    # A discount may also be netted into the prices, and named nowhere.
    netted = sum(
        (item.unit_price * item.line.current_quantity - price.get_charged(is_included=is_included))
        for item in sold
        if (price := read_line_price(next_order, item.line))
    )
    return _drop_repetitions(
        [
            *(amount for amount in reported if amount),
            ZERO,
            max(Decimal(netted), ZERO),
            order.get_shown_part("discount_total"),
        ]
    )


def _build_totals(total: Decimal, items_total: Decimal, parts: Parts) -> OrderTotals:
    discount, shipping, tax, is_included = parts
    added = ZERO if is_included else tax
    return OrderTotals(
        items_total=items_total,
        discount_total=discount,
        shipping_total=shipping,
        tax_total=added,
        included_tax_total=tax if is_included else ZERO,
        adjustment_total=total - (items_total - discount + shipping + added),
        total=total,
    )


def _drop_repetitions(amounts: Iterable[Decimal]) -> list[Decimal]:
    """Return the amounts in cents, each once."""
    return list(dict.fromkeys(round_money(amount) for amount in amounts))
