"""Money is split into parts to the smallest unit, and nothing is left over."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stores.money import split_money

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize(
    ("amount", "weights", "currency", "parts"),
    [
        ("4.90", ["49.00"], "USD", ["4.90"]),
        ("10.00", ["10.00", "10.00", "10.00"], "USD", ["3.34", "3.33", "3.33"]),
        ("0.01", ["49.00", "7.50"], "USD", ["0.01", "0.00"]),
        ("10", ["100", "200"], "JPY", ["3.00", "7.00"]),
        ("0.55", ["100", "200"], "JPY", ["0.18", "0.37"]),
        ("56.50", ["49.00", "7.50"], "USD", ["49.00", "7.50"]),
        ("5.00", ["0.00", "5.00"], "USD", ["0.00", "5.00"]),
    ],
)
def test_amount_is_divided_by_weight(amount, weights, currency, parts):
    assert split_money(Decimal(amount), [Decimal(weight) for weight in weights], currency) == [
        Decimal(part) for part in parts
    ]


@given(
    cents=st.lists(st.integers(0, 10**9), min_size=1, max_size=50).filter(any),
    share=st.decimals(min_value="0.0001", max_value=1, places=6),
)
def test_parts_add_up_and_none_exceeds_its_line(cents, share):
    weights = [Decimal(value) / 100 for value in cents]
    amount = max((sum(weights) * share).quantize(Decimal("0.01")), Decimal("0.01"))

    parts = split_money(amount, weights, "USD")

    assert sum(parts) == amount
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))
