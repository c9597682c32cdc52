"""Money: Decimal amounts with an ISO 4217 currency."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from babel.numbers import format_currency
from babel.numbers import format_percent as babel_format_percent
from django.utils.translation import get_language, to_locale

from nextcommerce.currencies import smallest_unit

CENT = Decimal("0.01")
MAX_AMOUNT = Decimal("9999999999.99")  # NEXT accepts ten digits before the decimal point
# The smallest charge that Stripe, which runs Link, accepts in each currency. A smaller payment fails after
# the shopper was redirected, so nothing below is sold. Other currencies: any amount above zero.
LEAST_CHARGES = {
    "AED": "2.00",
    "AUD": "0.50",
    "BGN": "1.00",
    "BRL": "0.50",
    "CAD": "0.50",
    "CHF": "0.50",
    "CZK": "15.00",
    "DKK": "2.50",
    "EUR": "0.50",
    "GBP": "0.30",
    "HKD": "4.00",
    "HUF": "175.00",
    "INR": "0.50",
    "JPY": "50.00",
    "MXN": "10.00",
    "MYR": "2.00",
    "NOK": "3.00",
    "NZD": "0.50",
    "PLN": "2.00",
    "RON": "2.00",
    "SEK": "3.00",
    "SGD": "0.50",
    "THB": "10.00",
    "USD": "0.50",
}


def round_money(amount: Decimal | int | str, currency: str = "") -> Decimal:
    """Round half up to a payable amount, e.g. whole yen. Has two decimal places, as NEXT sends them."""
    return Decimal(amount).quantize(smallest_unit(currency), rounding=ROUND_HALF_UP).quantize(CENT)


def rounding_tolerance(units: int, currency: str) -> Decimal:
    """Return how far rounding alone may take the tax of an order, since NEXT may round it for each unit.

    That is the smallest payable amount for each unit, and once more for shipping.
    """
    return smallest_unit(currency) * (1 + units)


def is_payable(amount: Decimal, currency: str) -> bool:
    """Return False for fractions of the smallest unit, such as half a yen, which nobody can pay."""
    return amount == round_money(amount, currency)


def least_charge(currency: str) -> Decimal:
    """Return the smallest amount that can be charged in a currency."""
    return Decimal(LEAST_CHARGES.get(currency, smallest_unit(currency)))


def is_chargeable(amount: Decimal, currency: str) -> bool:
    """Return True if a payment of this amount can succeed: above zero, and not below the least charge."""
    return amount >= least_charge(currency)


def split_money(total: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Split an amount by weight into parts that add up to it. All parts are 0 if all weights are.

    The parts are payable if the amount is, otherwise in cents. What rounding leaves goes to the parts that
    lost the most, and among equals to the first.
    """
    weight_sum = sum(weights, Decimal(0))
    if not weight_sum:
        return [Decimal("0.00") for _weight in weights]
    unit = smallest_unit(currency) if is_payable(total, currency) else CENT
    exact = [total * weight / weight_sum for weight in weights]
    parts = [amount.quantize(unit, rounding=ROUND_FLOOR) for amount in exact]
    left = int((total - sum(parts, Decimal(0))) / unit)
    by_loss = sorted(range(len(parts)), key=lambda position: parts[position] - exact[position])
    for position in by_loss[:left]:
        parts[position] += unit
    return [part.quantize(CENT) for part in parts]


def format_money(amount: Decimal, currency: str) -> str:
    """Return the amount formatted for the active language, e.g. `$19.00`."""
    return format_currency(amount, currency, locale=to_locale(get_language() or "en"))


def format_percent(percent: Decimal) -> str:
    """Return a rate formatted for the active language, with the decimal places it needs, e.g. `8.875%`."""
    locale = to_locale(get_language() or "en")
    return babel_format_percent(round(percent / 100, 6), locale=locale, decimal_quantization=False)
