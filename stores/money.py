"""Money: Decimal amounts with an ISO 4217 currency."""

from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import format_currency, get_currency_precision
from django.utils.translation import get_language, to_locale

CENT = Decimal("0.01")
MAX_AMOUNT = Decimal("9999999999.99")  # NEXT accepts ten digits before the decimal point


def round_money(amount: Decimal | int | str, currency: str = "") -> Decimal:
    """Round half up to a payable amount, e.g. whole yen. Has two decimal places, as NEXT sends them."""
    return Decimal(amount).quantize(smallest_unit(currency), rounding=ROUND_HALF_UP).quantize(CENT)


def smallest_unit(currency: str) -> Decimal:
    """Return the smallest payable amount: one yen, or one cent. NEXT has no third decimal place."""
    return CENT if get_currency_precision(currency) else Decimal(1)


def is_payable(amount: Decimal, currency: str) -> bool:
    """Return False for fractions of the smallest unit, such as half a yen, which nobody can pay."""
    return amount == round_money(amount, currency)


def format_money(amount: Decimal, currency: str) -> str:
    """Return the amount formatted for the active language, e.g. `$19.00`."""
    return format_currency(amount, currency, locale=to_locale(get_language() or "en"))
