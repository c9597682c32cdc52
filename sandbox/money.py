"""Decimal money with two places in every currency, as the Admin API writes it."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def round_to_cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def format_decimal(amount: Decimal) -> str:
    """Return an amount as the API writes it: ``"19.00"``."""
    return str(round_to_cents(amount))


def add_tax(amount: Decimal, percent: Decimal) -> Decimal:
    """Return ``amount`` plus ``percent`` tax. Prices exclude tax."""
    return round_to_cents(amount + amount * percent / 100)
