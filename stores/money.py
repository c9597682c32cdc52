"""Money: Decimal amounts with an ISO 4217 currency."""

from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import format_currency, get_currency_precision
from django.utils.translation import get_language, to_locale

CENT = Decimal("0.01")
MAX_AMOUNT = Decimal("9999999999.99")  # in one amount: ten digits before the point (facts 3)


def round_money(amount: Decimal | int | str, currency: str = "") -> Decimal:
    """Round half up to what can be paid, e.g. whole yen; two places, as NEXT sends for each (facts 7.14)."""
    return Decimal(amount).quantize(smallest_unit(currency), rounding=ROUND_HALF_UP).quantize(CENT)


def smallest_unit(currency: str) -> Decimal:
    """Return the least that can be paid in a currency: one yen, or a cent. NEXT knows no third place."""
    return CENT if get_currency_precision(currency) else Decimal(1)


def is_payable(amount: Decimal, currency: str) -> bool:
    """False for parts of a yen: nobody can pay them, and what the store would make of them is not known."""
    return amount == round_money(amount, currency)


def format_money(amount: Decimal, currency: str) -> str:
    """Return the amount as people of the active language write it, e.g. `$19.00`."""
    return format_currency(amount, currency, locale=to_locale(get_language() or "en"))
