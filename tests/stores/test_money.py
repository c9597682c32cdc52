"""The smallest amount that can be charged."""

from decimal import Decimal

import pytest

from stores.money import is_chargeable, least_charge

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("0.00", "USD", False),
        ("0.49", "USD", False),
        ("0.50", "USD", True),
        ("0.30", "GBP", True),
        ("49.00", "JPY", False),
        ("50.00", "JPY", True),
        # Not in the table: anything above zero, in whole units where the currency has no cents.
        ("0.01", "UAH", True),
        ("0.00", "UAH", False),
        ("1.00", "KRW", True),
        ("-5.00", "USD", False),
    ],
)
def test_a_charge_needs_the_least_amount_of_its_currency(amount: str, currency: str, expected: bool) -> None:
    assert is_chargeable(Decimal(amount), currency) is expected


def test_the_least_charge_has_two_decimal_places() -> None:
    assert str(least_charge("EUR")) == "0.50"
