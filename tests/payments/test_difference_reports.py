"""Which of NEXT's tax rates are those of ordinary goods, so that staff may take them over."""

from dataclasses import replace

import pytest

from checkout.payments.difference_reports import list_charged_rates
from nextcommerce.deserializers import deserialize_order
from nextcommerce.order_prices import read_taxes

VAT = {"tax_title": "VAT", "rate": 0.2}
REDUCED_VAT = {"tax_title": "VAT", "rate": 0.05}
OTHER_VAT = {"tax_title": "Reduced VAT", "rate": 0.05}
CITY_TAX = {"tax_title": "City tax", "rate": 0.04}


def make_next_order(*taxes_of_lines, shipping_taxes=(), **fields):
    """Return a NEXT order with lines at 10.00 without tax, each with these taxes."""
    lines = []
    for number, taxes in enumerate(taxes_of_lines, start=1):
        rows = [tax | {"amount": f"{10 * tax['rate']:.2f}"} for tax in taxes]
        price = f"{10 + 10 * sum(tax['rate'] for tax in taxes):.2f}"
        line = {"id": number, "quantity": 1, "price_excl_tax": "10.00", "price_incl_tax": price}
        lines.append(line | {"tax_lines": rows})
    shipping_rows = [tax | {"amount": f"{5 * tax['rate']:.2f}"} for tax in shipping_taxes]
    shipping = {"shipping_excl_tax": "5.00", "shipping_tax_lines": shipping_rows}
    return deserialize_order({"number": "100001", "lines": lines, **shipping, **fields})


def list_rates(next_order, *positions):
    """Return the rates if only the lines at these positions are ordinary goods."""
    ordinary = [(next_order.lines[position], {}) for position in positions]
    rates = list_charged_rates(
        read_taxes(next_order), ordinary, is_all=len(positions) == len(next_order.lines)
    )
    return [(rate["name"], rate["rate"], rate["taxes_shipping"]) for rate in rates]


def test_rates_are_those_that_all_lines_share():
    next_order = make_next_order([VAT, CITY_TAX], [CITY_TAX, VAT], shipping_taxes=[VAT])

    assert list_rates(next_order, 0, 1) == [("VAT", "20", True), ("City tax", "4", False)]


@pytest.mark.parametrize("other", [[REDUCED_VAT], [OTHER_VAT], [VAT, CITY_TAX], []])
def test_lines_that_are_taxed_otherwise_tell_no_rate(other):
    """NEXT has a tax category for one of them that the shop doesn't know: the sum would tax both too high."""
    next_order = make_next_order([VAT], other)

    assert list_rates(next_order, 0, 1) == []


def test_goods_of_a_tax_category_do_not_count():
    next_order = make_next_order([REDUCED_VAT], [VAT])

    assert list_rates(next_order, 1) == [("VAT", "20", False)]
    assert list_rates(next_order) == []


def test_rate_of_shipping_alone_is_not_that_of_goods():
    assert list_rates(make_next_order([], shipping_taxes=[VAT]), 0) == []


@pytest.mark.parametrize(("positions", "rates"), [((0, 1), [("VAT", "20", False)]), ((1,), [])])
def test_taxes_of_the_order_alone_tell_the_rate_if_all_goods_are_ordinary(positions, rates):
    next_order = make_next_order([VAT], [VAT], tax_lines=[VAT | {"amount": "4.00"}], total_tax="4.00")
    lines = tuple(replace(line, tax_lines=()) for line in next_order.lines)

    assert list_rates(replace(next_order, lines=lines), *positions) == rates


STATE_TAX = {"tax_title": "Sales tax", "rate": 0.04}
COUNTY_TAX = {"tax_title": "Sales tax", "rate": 0.0475}


def test_taxes_of_one_name_are_all_told():
    """Each is charged. With only one of them saved, the next shopper would be shown too little."""
    next_order = make_next_order(
        [STATE_TAX, COUNTY_TAX], [COUNTY_TAX, STATE_TAX], shipping_taxes=[COUNTY_TAX]
    )

    assert list_rates(next_order, 0, 1) == [("Sales tax", "4", False), ("Sales tax", "4.75", True)]


def test_equal_taxes_of_one_name_are_both_told():
    next_order = make_next_order([STATE_TAX, STATE_TAX])

    assert list_rates(next_order, 0) == [("Sales tax", "4", False), ("Sales tax", "4", False)]


def test_line_that_lacks_one_of_two_taxes_of_one_name_tells_no_rate():
    assert list_rates(make_next_order([STATE_TAX, COUNTY_TAX], [STATE_TAX]), 0, 1) == []


def test_taxes_of_one_name_keep_their_rates_if_only_the_order_lists_them():
    rows = [STATE_TAX | {"amount": "0.40"}, COUNTY_TAX | {"amount": "0.48"}]
    next_order = make_next_order([STATE_TAX, COUNTY_TAX], tax_lines=rows, total_tax="0.88")
    lines = tuple(replace(line, tax_lines=()) for line in next_order.lines)

    assert list_rates(replace(next_order, lines=lines), 0) == [
        ("Sales tax", "4", False),
        ("Sales tax", "4.75", False),
    ]
