"""What one discount takes off the lines and the shipping of an order."""

from dataclasses import dataclass, replace
from decimal import Decimal

from .catalog import JsonObject
from .discount_settings import DiscountKind
from .money import ZERO, round_money, share_money
from .quoted_line import QuotedLine


@dataclass
class Basket:
    """Lines and shipping that discounts are taken off, one after another."""

    lines: list[QuotedLine]
    shipping_price: Decimal
    currency: str
    discounts_custom_prices: bool
    shipping_discount: Decimal = ZERO

    def apply(self, row: JsonObject) -> Decimal:
        """Apply a discount of the store. Return what it took off, which is 0 if it does not qualify."""
        if row["currency"] not in (None, self.currency):
            return ZERO
        in_range = [position for position, line in enumerate(self.lines) if self._is_in_range(line, row)]
        if not in_range or not self._meets_conditions(in_range, row):
            return ZERO
        kind = DiscountKind(row["kind"])
        if kind in SHIPPING_KINDS:
            return self._discount_shipping(kind, Decimal(row["value"]))
        if kind == DiscountKind.CART_PERCENT:
            in_range = [position for position, line in enumerate(self.lines) if self._can_discount(line)]
        return self._discount_lines(in_range, kind, Decimal(row["value"]))

    def _can_discount(self, line: QuotedLine) -> bool:
        return line.is_discountable and (self.discounts_custom_prices or not line.has_custom_price)

    def _is_in_range(self, line: QuotedLine, row: JsonObject) -> bool:
        has_range = bool(row["products"] or row["categories"])
        in_range = line.product_id in row["products"] or bool({*line.categories} & {*row["categories"]})
        if not self._can_discount(line) or (row["only_subscriptions"] and not line.subscription):
            return False
        return in_range or not has_range

    def _meets_conditions(self, in_range: list[int], row: JsonObject) -> bool:
        lines = [self.lines[position] for position in in_range]
        return sum(line.quantity for line in lines) >= row["min_quantity"] and sum(
            line.total_price for line in lines
        ) >= Decimal(row["min_total"])

    def _discount_lines(self, positions: list[int], kind: DiscountKind, value: Decimal) -> Decimal:
        prices = [self.lines[position].discounted_price for position in positions]
        if kind == DiscountKind.PERCENT:
            parts = [round_money(price * min(value, HUNDRED) / 100, self.currency) for price in prices]
        else:
            total = sum(prices, ZERO)
            off = value if kind == DiscountKind.AMOUNT else total * min(value, HUNDRED) / 100
            parts = share_money(min(round_money(off, self.currency), total), prices, self.currency)
        for position, part in zip(positions, parts, strict=True):
            line = self.lines[position]
            self.lines[position] = replace(line, total_discount=line.total_discount + part)
        return sum(parts, ZERO)

    def _discount_shipping(self, kind: DiscountKind, value: Decimal) -> Decimal:
        left = self.shipping_price - self.shipping_discount
        off = {
            DiscountKind.FREE_SHIPPING: left,
            DiscountKind.SHIPPING_PERCENT: left * min(value, HUNDRED) / 100,
            DiscountKind.SHIPPING_AMOUNT: value,
            DiscountKind.SHIPPING_PRICE: max(left - value, ZERO),
        }[kind]
        off = min(round_money(off, self.currency), left)
        self.shipping_discount += off
        return off


HUNDRED = Decimal(100)
SHIPPING_KINDS = (
    DiscountKind.FREE_SHIPPING,
    DiscountKind.SHIPPING_PERCENT,
    DiscountKind.SHIPPING_AMOUNT,
    DiscountKind.SHIPPING_PRICE,
)
