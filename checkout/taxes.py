"""Tax that is added to prices, where prices don't include it."""

from decimal import Decimal

from stores.models import Store
from stores.money import round_money


def find_tax_rate(*, store: Store, country: str, state: str = "") -> Decimal:
    """Return the percentage to add for this address: the state's, else the country's, else 0."""
    if store.prices_include_tax:
        return Decimal(0)
    rates = {
        name: row.rate
        for row in store.tax_rates.filter(country=country)
        for name in row.states.split() or [""]
    }
    return rates.get(state.upper(), rates.get("", Decimal(0)))


def calculate_added_tax(amount: Decimal, *, rate: Decimal, currency: str) -> Decimal:
    """Return the tax on an amount at a percentage, rounded to what can be paid."""
    return round_money(amount * rate / 100, currency)
