"""The tax of a selection, calculated as NEXT does it, because NEXT quotes no tax before payment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from checkout.tax_rules import TaxRules
from stores.models import TaxMode, TaxRate, TaxRounding
from stores.money import round_money, split_money


class TaxStatus(StrEnum):
    """What a page may say about the tax of a quote."""

    EXACT = "exact"
    # At known rates, where a tax service may charge others.
    ESTIMATED = "estimated"
    AT_PAYMENT = "at_payment"
    # The shopper has yet to choose a country or state.
    NEEDS_ADDRESS = "needs_address"


@dataclass(frozen=True)
class TaxableLine:
    """What tax is charged on: the price of all units, after discounts."""

    amount: Decimal
    quantity: int = 1
    tax_category: str = ""
    is_digital: bool = False


@dataclass(frozen=True)
class QuoteTaxLine:
    """One tax. `rate` is a percentage. An included tax is part of the prices, not of the sum."""

    name: str
    rate: Decimal
    amount: Decimal
    is_included: bool = False
    is_shipping: bool = False


@dataclass(frozen=True)
class Taxes:
    """The taxes of a quote: those of its goods, then those of its shipping."""

    lines: tuple[QuoteTaxLine, ...] = ()
    status: TaxStatus = TaxStatus.EXACT
    mode: str = ""

    @property
    def added_total(self) -> Decimal:
        return sum((line.amount for line in self.lines if not line.is_included), Decimal("0.00"))

    @property
    def is_final(self) -> bool:
        return self.status is TaxStatus.EXACT


def calculate_taxes(
    *, rules: TaxRules, lines: Iterable[TaxableLine], shipping: Decimal = Decimal(0)
) -> Taxes:
    """Return the taxes of some lines and of their shipping. Included taxes are part of the amounts."""
    status = _find_status(rules)
    if rules.mode == TaxMode.NONE or not rules.is_place_known or status is TaxStatus.AT_PAYMENT:
        return Taxes((), status, rules.mode)
    goods = _tax_goods(rules, list(lines))
    delivery = _tax_amount(rules, shipping, rules.find_shipping_rates())
    tax_lines = [
        *(_build_tax_line(rules, rate, amount) for rate, amount in goods),
        *(replace(_build_tax_line(rules, rate, amount), is_shipping=True) for rate, amount in delivery),
    ]
    return Taxes(tuple(line for line in tax_lines if line.amount), status, rules.mode)


def merge_tax_lines(lines: Iterable[QuoteTaxLine]) -> list[QuoteTaxLine]:
    """Return one line for each name and rate, so that goods and shipping aren't told apart."""
    merged: dict[tuple[str, Decimal, bool], QuoteTaxLine] = {}
    for line in lines:
        key = (line.name, line.rate, line.is_included)
        amount = merged[key].amount + line.amount if key in merged else line.amount
        merged[key] = replace(line, amount=amount, is_shipping=False)
    return list(merged.values())


def _find_status(rules: TaxRules) -> TaxStatus:
    if rules.mode in TaxMode.fixed_totals() and (rules.rates or rules.is_place_known):
        return TaxStatus.EXACT  # whatever the taxes are, the total stays the same
    if rules.mode == TaxMode.AT_PAYMENT:
        is_known = rules.is_place_known and bool(rules.find_rates())
        return TaxStatus.ESTIMATED if is_known else TaxStatus.AT_PAYMENT
    return TaxStatus.EXACT if rules.is_place_known else TaxStatus.NEEDS_ADDRESS


def _tax_goods(rules: TaxRules, lines: list[TaxableLine]) -> list[tuple[TaxRate, Decimal]]:
    """Return the tax of all lines at each rate."""
    rates = [rules.find_rates(tax_category=line.tax_category, is_digital=line.is_digital) for line in lines]
    exact = [_calculate_exact_tax(rules, line.amount, own) for line, own in zip(lines, rates, strict=True)]
    totals: dict[int, tuple[TaxRate, Decimal]] = {}
    for tax, own in zip(_round_line_taxes(rules, lines, exact), rates, strict=True):
        for rate, part in _split_by_rate(tax, own, rules.currency):
            totals[rate.pk] = (rate, part + (totals[rate.pk][1] if rate.pk in totals else Decimal(0)))
    return list(totals.values())


def _tax_amount(rules: TaxRules, amount: Decimal, rates: Sequence[TaxRate]) -> list[tuple[TaxRate, Decimal]]:
    tax = round_money(_calculate_exact_tax(rules, amount, rates), rules.currency)
    return _split_by_rate(tax, rates, rules.currency)


def _calculate_exact_tax(rules: TaxRules, amount: Decimal, rates: Iterable[TaxRate]) -> Decimal:
    """Return the tax on an amount, or in it, not rounded."""
    percent = sum((rate.rate for rate in rates), Decimal(0))
    return amount * percent / (100 + percent if rules.mode == TaxMode.INCLUDED else 100)


def _round_line_taxes(rules: TaxRules, lines: list[TaxableLine], exact: list[Decimal]) -> list[Decimal]:
    """Return the tax of each line as the store's NEXT rounds it."""
    if rules.rounding == TaxRounding.UNIT:
        return [
            round_money(tax / line.quantity, rules.currency) * line.quantity
            for line, tax in zip(lines, exact, strict=True)
        ]
    if rules.rounding == TaxRounding.ORDER:
        return split_money(round_money(sum(exact, Decimal(0)), rules.currency), exact, rules.currency)
    return [round_money(tax, rules.currency) for tax in exact]


def _split_by_rate(tax: Decimal, rates: Sequence[TaxRate], currency: str) -> list[tuple[TaxRate, Decimal]]:
    """Return each rate's part of a tax. The parts add up to it."""
    parts = split_money(tax, [rate.rate for rate in rates], currency)
    return list(zip(rates, parts, strict=True))


def _build_tax_line(rules: TaxRules, rate: TaxRate, amount: Decimal) -> QuoteTaxLine:
    return QuoteTaxLine(
        name=rate.name, rate=rate.rate, amount=amount, is_included=rules.mode == TaxMode.INCLUDED
    )
