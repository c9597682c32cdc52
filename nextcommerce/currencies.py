"""What NEXT rounds amounts to."""

from decimal import Decimal

from babel.numbers import get_currency_precision


def smallest_unit(currency: str) -> Decimal:
    """Return the smallest payable amount: one yen, or one cent. NEXT has no third decimal place."""
    return Decimal("0.01") if get_currency_precision(currency) else Decimal(1)
