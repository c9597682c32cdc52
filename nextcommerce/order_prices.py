"""Reading the prices and taxes of a NEXT order, part by part.

NEXT documents little of how they relate: prices are of whole lines and after discounts, and a tax rate may be
a fraction or a percentage. What is missing is worked out from the rest.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from nextcommerce.currencies import smallest_unit
from nextcommerce.schemas import NextLine, NextOrder, NextTaxLine

ZERO = Decimal("0.00")
CENT = Decimal("0.01")
# A higher result isn't a tax rate.
MAX_PERCENT = 1000
# Rates have at most this many decimal places.
MAX_RATE_PLACES = 4
# Two rates of one tax are the same up to here. A rate worked out from the cents of a line isn't exact.
RATE_TOLERANCE = Decimal("0.5")


@dataclass(frozen=True)
class NextPrice:
    """The price of a line or of shipping, after `discount`, without and with its tax."""

    excl_tax: Decimal
    incl_tax: Decimal
    discount: Decimal = ZERO

    def get_charged(self, *, is_included: bool) -> Decimal:
        """Return the price as the store's prices are meant: with the tax that they contain, or without."""
        return self.incl_tax if is_included else self.excl_tax

    def get_full(self, *, is_included: bool) -> Decimal:
        """Return the price before its discount."""
        return self.get_charged(is_included=is_included) + self.discount


@dataclass(frozen=True)
class ChargedTax:
    """One tax of a NEXT order. `percent` is None if nothing tells it.

    Those without a `line` add up to the order's tax; those of a line are also part of them.
    """

    name: str
    percent: Decimal | None
    amount: Decimal
    is_shipping: bool = False
    next_tax_id: int | None = None
    line: NextLine | None = None


@dataclass(frozen=True)
class NextTaxRate:
    """A tax rate of NEXT: `percent` is 8.875 for 8.875%. Several rates of a place may have the same name."""

    name: str
    percent: Decimal
    taxes_shipping: bool = False


def read_line_price(next_order: NextOrder, line: NextLine) -> NextPrice | None:
    """Return the price of the whole line, or None if NEXT gives none."""
    excl, incl = line.price_excl_tax, line.price_incl_tax
    tax = _sum_amounts(line.tax_lines)
    if excl is None and incl is None:
        return None
    if excl is None:
        assert incl is not None
        excl = max(incl - tax, ZERO)
    if incl is None:
        incl = excl + tax
    factor = line.current_quantity if next_order.has_unit_prices else 1
    return NextPrice(excl * factor, incl * factor, line.total_discount or ZERO)


def list_line_prices(next_order: NextOrder) -> list[NextPrice]:
    """Return the prices of the lines that have one."""
    prices = (read_line_price(next_order, line) for line in next_order.lines)
    return [price for price in prices if price is not None]


def read_shipping_price(next_order: NextOrder) -> NextPrice | None:
    """Return the price of shipping, after discounts, or None if NEXT gives none."""
    excl, incl = next_order.shipping_excl_tax, next_order.shipping_incl_tax
    if excl is None and incl is None:
        return None
    tax = next_order.shipping_tax or _sum_amounts(next_order.shipping_tax_lines)
    if excl is None:
        assert incl is not None
        excl = max(incl - tax, ZERO)
    return NextPrice(excl, excl + tax if incl is None else incl)


def list_total_taxes(next_order: NextOrder) -> list[Decimal]:
    """Return what NEXT says in one place or another that all taxes add up to, the surest first."""
    taxes = []
    if next_order.total_tax is not None:
        taxes.append(next_order.total_tax)
    if next_order.total_incl_tax is not None and next_order.total_excl_tax is not None:
        taxes.append(next_order.total_incl_tax - next_order.total_excl_tax)
    shipping = read_shipping_price(next_order)
    prices = [*list_line_prices(next_order), *([shipping] if shipping else [])]
    taxes.append(sum((price.incl_tax - price.excl_tax for price in prices), ZERO))
    taxes.append(_sum_amounts(next_order.tax_lines))
    return [tax for tax in taxes if tax >= 0]


def read_total_tax(next_order: NextOrder) -> Decimal:
    """Return the sum of the order's taxes."""
    return next(iter(list_total_taxes(next_order)), ZERO)


def read_taxes(next_order: NextOrder) -> list[ChargedTax]:
    """Return the order's taxes, then those of shipping, then those of each line. None of them is zero."""
    of_lines = [
        _read_tax(row, next_order, base=price.excl_tax if price else ZERO, line=line)
        for line in next_order.lines
        for price in [read_line_price(next_order, line)]
        for row in line.tax_lines
    ]
    shipping_price = read_shipping_price(next_order)
    of_shipping = [
        _read_tax(row, next_order, base=shipping_price.excl_tax if shipping_price else ZERO, is_shipping=True)
        for row in next_order.shipping_tax_lines
    ]
    of_goods = _read_goods_taxes(next_order, of_lines=of_lines, of_shipping=of_shipping)
    return [tax for tax in (*of_goods, *of_shipping, *of_lines) if tax.amount > 0]


def _read_goods_taxes(
    next_order: NextOrder, *, of_lines: list[ChargedTax], of_shipping: list[ChargedTax]
) -> list[ChargedTax]:
    """Return the taxes of the order without those of shipping."""
    base = sum((price.excl_tax for price in list_line_prices(next_order)), ZERO)
    taxes = []
    for row in _list_goods_rows(next_order, of_shipping):
        known = [tax for tax in of_lines if _is_part_of(row, tax)]
        known = known or [tax for tax in of_shipping if _is_part_of(row, tax)]
        tax = _read_tax(row, next_order, base=base)
        taxes.append(replace(tax, percent=_find_shared_percent(known)) if known else tax)
    return taxes


def _is_part_of(row: NextTaxLine, tax: ChargedTax) -> bool:
    """Return True if a tax may be part of one of the order's. If the row has no rate, theirs may differ."""
    is_same_rate = not row.rate or tax.percent in (row.rate, row.rate * 100)
    return tax.name == row.name and tax.percent is not None and is_same_rate


def _find_shared_percent(taxes: Iterable[ChargedTax]) -> Decimal | None:
    """Return the percentage that these taxes share, worked out from the largest, or None if they differ."""
    percents = [tax.percent for tax in sorted(taxes, key=lambda tax: tax.amount) if tax.percent is not None]
    return percents[-1] if max(percents) - min(percents) <= RATE_TOLERANCE else None


def _list_goods_rows(next_order: NextOrder, of_shipping: list[ChargedTax]) -> list[NextTaxLine]:
    """Return NEXT's list, which may contain the taxes of shipping, without them; else those of the lines.

    A tax that NEXT only counts becomes a row without a name.
    """
    total = read_total_tax(next_order)
    shipping_sum = sum((tax.amount for tax in of_shipping), ZERO)
    listed = _add_up_by_name(next_order.tax_lines)
    listed_sum = _sum_amounts(listed)
    if listed and abs(listed_sum - total) < abs(listed_sum + shipping_sum - total):
        return [_subtract_shipping(row, of_shipping) for row in listed]
    rows = listed or _add_up_by_name(row for line in next_order.lines for row in line.tax_lines)
    if rows or total <= shipping_sum:
        return rows
    return [NextTaxLine(id=None, name="", amount=total - shipping_sum, rate=None)]


def _add_up_by_name(rows: Iterable[NextTaxLine]) -> list[NextTaxLine]:
    """Return one row for each name and rate."""
    sums: dict[tuple[str, Decimal | None], NextTaxLine] = {}
    for row in rows:
        known = sums.get((row.name, row.rate))
        amount = row.amount + (known.amount if known else ZERO)
        sums[row.name, row.rate] = NextTaxLine(known.id if known else row.id, row.name, amount, row.rate)
    return list(sums.values())


def _subtract_shipping(row: NextTaxLine, of_shipping: Iterable[ChargedTax]) -> NextTaxLine:
    shipping = sum((tax.amount for tax in of_shipping if tax.name == row.name), ZERO)
    return NextTaxLine(row.id, row.name, max(row.amount - shipping, ZERO), row.rate)


def _read_tax(
    row: NextTaxLine,
    next_order: NextOrder,
    *,
    base: Decimal,
    line: NextLine | None = None,
    is_shipping: bool = False,
) -> ChargedTax:
    percent = derive_percent(rate=row.rate, amount=row.amount, base=base, currency=next_order.currency)
    return ChargedTax(row.name, percent, row.amount, is_shipping, row.id, line)


def list_tax_rates(goods: Iterable[ChargedTax], shipping: Iterable[ChargedTax]) -> list[NextTaxRate]:
    """Return the rates of the taxes of goods. Those of shipping tell which of them tax shipping too."""
    rates = [NextTaxRate(tax.name, tax.percent) for tax in goods if tax.percent is not None]
    for tax in shipping:
        possible = [rate for rate in rates if rate.name == tax.name and not rate.taxes_shipping]
        if possible:
            nearest = min(possible, key=lambda rate: abs(rate.percent - (tax.percent or rate.percent)))
            rates[rates.index(nearest)] = replace(nearest, taxes_shipping=True)
    return rates


def are_same_rates(
    one: Iterable[tuple[str, Decimal]], other: Iterable[tuple[str, Decimal]], *, tolerance: Decimal
) -> bool:
    """Return True if both are the same names and percentages, in any order."""
    pairs, others = sorted(one), sorted(other)
    return len(pairs) == len(others) and all(
        name == other_name and abs(percent - other_percent) <= tolerance
        for (name, percent), (other_name, other_percent) in zip(pairs, others, strict=True)
    )


def derive_percent(*, rate: Decimal | None, amount: Decimal, base: Decimal, currency: str) -> Decimal | None:
    """Return the percentage of a tax of `amount` on `base`, or None if nothing tells it.

    NEXT's `rate` may be 0.2 or 20 for 20 %, so the amount decides.
    """
    if rate:
        if base > 0 and amount > 0:
            return min((rate * 100, rate), key=lambda percent: abs(base * percent / 100 - amount))
        return rate * 100 if rate < 1 else rate
    if base <= 0 or amount <= 0:
        return None
    unit = smallest_unit(currency)
    return _find_simplest_percent(amount=amount, base=base, unit=CENT if amount % unit else unit)


def _find_simplest_percent(*, amount: Decimal, base: Decimal, unit: Decimal) -> Decimal | None:
    """Return the percentage with the fewest decimal places that makes this amount, rounded to the unit."""
    exact = amount / base * 100
    if exact > MAX_PERCENT:
        return None
    for places in range(MAX_RATE_PLACES):
        percent = round(exact, places)
        if abs(base * percent / 100 - amount) <= unit / 2:
            return percent
    return round(exact, MAX_RATE_PLACES)


def _sum_amounts(rows: Iterable[NextTaxLine]) -> Decimal:
    return sum((row.amount for row in rows), ZERO)
