"""Values from outside are stored as the columns can hold them, whatever they are."""

import datetime
from decimal import Decimal

import pytest

from orders.models import Order, OrderItem
from stores.columns import fit_to_columns

UTC = datetime.UTC


def test_text_is_cut_and_loses_nul_characters():
    assert fit_to_columns(Order, {"next_status": "op\0en" + "!" * 40}) == {"next_status": "open" + "!" * 28}


def test_an_invalid_or_too_long_url_becomes_empty():
    good = "https://shop.example/o/1"
    assert fit_to_columns(Order, {"order_status_url": good}) == {"order_status_url": good}
    assert fit_to_columns(Order, {"order_status_url": "javascript:alert(1)"}) == {"order_status_url": ""}
    assert fit_to_columns(Order, {"order_status_url": good + "x" * 600}) == {"order_status_url": ""}


@pytest.mark.parametrize(
    ("amount", "fitted"),
    [
        ("12.345", Decimal("12.35")),
        ("-0.005", Decimal("-0.01")),
        ("9999999999.99", Decimal("9999999999.99")),
    ],
)
def test_an_amount_is_rounded_to_the_columns_places(amount: str, fitted: Decimal):
    assert fit_to_columns(Order, {"total": Decimal(amount)}) == {"total": fitted}


@pytest.mark.parametrize("amount", ["9999999999.995", "1e20", "NaN", "Infinity"])
def test_an_amount_that_does_not_fit_is_left_out(amount: str):
    assert fit_to_columns(Order, {"total": Decimal(amount)}) == {}


@pytest.mark.parametrize("number", [-1, 2**63, 10**30])
def test_a_number_that_does_not_fit_becomes_none_where_the_column_allows_it(number: int):
    assert fit_to_columns(OrderItem, {"next_line_id": number}) == {"next_line_id": None}
    assert fit_to_columns(OrderItem, {"quantity": number}) == {}


def test_a_missing_value_is_left_out_of_a_column_that_needs_one():
    assert fit_to_columns(Order, {"paid_at": None, "total": None}) == {"paid_at": None}


def test_a_time_without_a_zone_or_of_another_age_does_not_fit():
    day = datetime.datetime(2026, 11, 28, tzinfo=UTC)
    assert fit_to_columns(Order, {"next_updated_at": day}) == {"next_updated_at": day}
    for time in (day.replace(tzinfo=None), day.replace(year=9999)):
        assert fit_to_columns(Order, {"next_updated_at": time}) == {"next_updated_at": None}


def test_a_number_fits_if_both_databases_can_hold_it():
    largest = {"next_line_id": 2**63 - 1, "quantity": 2**31 - 1}
    assert fit_to_columns(OrderItem, largest) == largest
    assert fit_to_columns(OrderItem, {"quantity": 2**31}) == {}
