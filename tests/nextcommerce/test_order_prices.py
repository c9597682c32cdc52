"""Working out of an order's amounts what NEXT doesn't say."""

from decimal import Decimal

import pytest

from nextcommerce.deserializers import deserialize_order
from nextcommerce.order_prices import derive_percent, read_taxes


@pytest.mark.parametrize(
    ("currency", "amount", "base", "percent"),
    [
        ("USD", "0.80", "9.99", "8"),
        ("USD", "4.44", "50.00", "8.88"),
        ("JPY", "80", "999", "8"),
        ("JPY", "5", "60", "8"),
        ("JPY", "89", "1000", "8.9"),
        ("JPY", "79.92", "999", "8"),  # not in whole yen, as once before
        ("KWD", "0.80", "9.99", "8"),
    ],
)
def test_rate_is_the_simplest_that_makes_the_amount_in_its_currency(currency, amount, base, percent):
    """A tax of whole yen was rounded to them, so its rate is told less exactly than by cents."""
    assert derive_percent(
        rate=None, amount=Decimal(amount), base=Decimal(base), currency=currency
    ) == Decimal(percent)


def make_line(number, *taxes):
    rows = [{"tax_title": "VAT", "amount": amount, "rate": rate} for amount, rate in taxes]
    return {"id": number, "quantity": 1, "price_excl_tax": "10.00", "tax_lines": rows}


def list_goods_taxes(*lines):
    """Return the rate and amount of each tax of an order that lists none itself."""
    taxes = read_taxes(deserialize_order({"number": "100001", "lines": list(lines)}))
    return [(tax.percent, str(tax.amount)) for tax in taxes if tax.line is None]


def test_taxes_of_one_name_keep_their_own_rates():
    assert list_goods_taxes(make_line(1, ("2.00", 0.2)), make_line(2, ("0.50", 0.05))) == [
        (20, "2.00"),
        (5, "0.50"),
    ]


def test_sum_of_different_taxes_of_one_name_has_no_rate():
    """Without rates, NEXT tells only what they add up to. 12.5 % is the rate of neither."""
    assert list_goods_taxes(make_line(1, ("2.00", None)), make_line(2, ("0.50", None))) == [(None, "2.50")]
