"""Decimal money with two places in every currency, as the Admin API writes it."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
# ISO 4217 currencies without decimals. Their amounts are whole and still have two places. The API has
# no third place, so currencies with three decimals are rounded to two.
WHOLE_CURRENCIES = frozenset(
    {
        *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"),
        *("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
    }
)


def smallest_unit(currency: str) -> Decimal:
    return Decimal(1) if currency in WHOLE_CURRENCIES else CENT


def round_money(amount: Decimal, currency: str) -> Decimal:
    """Round half up to what can be paid: a cent, or a whole yen."""
    return amount.quantize(smallest_unit(currency), rounding=ROUND_HALF_UP).quantize(CENT)


def format_decimal(amount: Decimal) -> str:
    """Return an amount as the API writes it: ``"19.00"``."""
    return str(amount.quantize(CENT, rounding=ROUND_HALF_UP))


def share_money(total: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Split ``total`` by ``weights`` so that the parts add up to it exactly.

    The units that rounding leaves go to the parts that lost the most, and among equals to the first.
    """
    weight_sum = sum(weights, Decimal(0))
    if not weight_sum:
        return [ZERO for _ in weights]
    unit = smallest_unit(currency)
    exact = [total * weight / weight_sum for weight in weights]
    parts = [amount.quantize(unit, rounding=ROUND_FLOOR) for amount in exact]
    left = int((total - sum(parts, Decimal(0))) / unit)
    by_loss = sorted(range(len(parts)), key=lambda position: parts[position] - exact[position])
    for position in by_loss[:left]:
        parts[position] += unit
    return [part.quantize(CENT) for part in parts]


def take_share(total: Decimal, *, before: int, units: int, of: int, currency: str) -> Decimal:
    """Return what ``units`` of a line's ``of`` units cost, after ``before`` of them were taken already.

    However the units are taken, the shares add up to ``total``.
    """
    if not of:
        return ZERO
    taken = round_money(total * before / of, currency)
    return round_money(total * (before + units) / of, currency) - taken
