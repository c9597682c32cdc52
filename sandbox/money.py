"""Decimal money: two places for every currency, as the Admin API writes it."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def text(amount: Decimal) -> str:
    """``"19.00"``."""
    return str(cents(amount))


def with_tax(amount: Decimal, percent: Decimal) -> Decimal:
    """Prices are taxed on top."""
    return cents(amount + amount * percent / 100)
