"""Money: Decimal amounts with an ISO 4217 currency."""

from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import format_currency
from django.utils.translation import get_language, to_locale

CENT = Decimal("0.01")
MOST = Decimal("9999999999.99")  # in one amount: ten digits before the point (facts 3)


def cents(amount: Decimal | int | str) -> Decimal:
    """Round half up to two places: NEXT sends two for every currency (facts 7.14)."""
    return Decimal(amount).quantize(CENT, rounding=ROUND_HALF_UP)


def show_money(amount: Decimal, currency: str) -> str:
    """Return the amount as people of the active language write it, e.g. `$19.00`."""
    return format_currency(amount, currency, locale=to_locale(get_language() or "en"))
