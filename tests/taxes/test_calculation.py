"""The tax of lines and shipping: the modes, which rates apply, and rounding."""

from decimal import Decimal

import pytest

from checkout.tax_rules import TaxRules
from checkout.taxes import TaxableLine, TaxStatus, calculate_taxes, merge_tax_lines
from stores.models import TaxRate

pytestmark = pytest.mark.any_database


def rate(percent, *, name="Tax", states="", **fields):
    rate.number += 1
    return TaxRate(id=rate.number, country="US", name=name, states=states, rate=Decimal(percent), **fields)


rate.number = 0


def rules(*rates, mode="added", state="", currency="USD", **fields):
    return TaxRules(mode=mode, rates=rates, state=state, currency=currency, **fields)


def line(amount, quantity=1, tax_category="", is_digital=False):
    return TaxableLine(Decimal(amount), quantity, tax_category, is_digital)


def amounts(taxes):
    return [(each.name, str(each.rate), str(each.amount), each.is_shipping) for each in taxes.lines]


@pytest.mark.parametrize(
    ("mode", "taxes_shipping", "goods", "shipping", "added"),
    [
        # Two at 25.00, a coupon of 5.00, shipping 4.99, 20%.
        ("added", True, "9.00", "1.00", "10.00"),
        ("added", False, "9.00", None, "9.00"),
        ("included", True, "7.50", "0.83", "0.00"),
        ("included", False, "7.50", None, "0.00"),
    ],
)
def test_tax_is_added_to_prices_or_part_of_them(mode, taxes_shipping, goods, shipping, added):
    taxes = calculate_taxes(
        rules=rules(rate("20", taxes_shipping=taxes_shipping), mode=mode),
        lines=[line("45.00", 2)],
        shipping=Decimal("4.99"),
    )

    expected = [("Tax", "20", goods, False)]
    if shipping:
        expected.append(("Tax", "20", shipping, True))
    assert amounts(taxes) == expected
    assert str(taxes.added_total) == added
    assert {each.is_included for each in taxes.lines} == {mode == "included"}
    assert taxes.status is TaxStatus.EXACT


@pytest.mark.parametrize(
    ("mode", "amount", "tax"),
    [("added", "100.00", "20.00"), ("included", "100.00", "16.67"), ("added", "90.00", "18.00")],
)
def test_examples_of_the_tax_settings_page(mode, amount, tax):
    taxes = calculate_taxes(rules=rules(rate("20"), mode=mode), lines=[line(amount)])

    assert [str(each.amount) for each in taxes.lines] == [tax]


@pytest.mark.parametrize(
    ("rounding", "currency", "prices", "percent", "tax"),
    [
        ("unit", "USD", [("29.97", 3)], "7.25", "2.16"),  # 0.7243 for each of three
        ("line", "USD", [("29.97", 3)], "7.25", "2.17"),
        ("line", "USD", [("9.99", 1)] * 3, "7.25", "2.16"),
        ("order", "USD", [("9.99", 1)] * 3, "7.25", "2.17"),
        ("line", "USD", [("0.10", 1)], "5", "0.01"),  # half a cent is rounded up
        ("line", "JPY", [("995.00", 1)], "10", "100.00"),
        ("unit", "JPY", [("1990.00", 2)], "10", "200.00"),
        ("order", "JPY", [("5.00", 1)] * 3, "10", "2.00"),
        ("line", "KWD", [("1.00", 1)], "0.4", None),  # NEXT has no third decimal place
    ],
)
def test_tax_is_rounded_as_set(rounding, currency, prices, percent, tax):
    taxes = calculate_taxes(
        rules=rules(rate(percent), rounding=rounding, currency=currency),
        lines=[line(*price) for price in prices],
    )

    assert [str(each.amount) for each in taxes.lines] == ([tax] if tax else [])


COUNTRY, STATE = rate("5", name="GST", taxes_shipping=True), rate("8", name="PST", states="BC, SK")
COMPOUND = {"is_compound": True, "taxes_shipping": True}


@pytest.mark.parametrize(
    ("rates", "state", "expected"),
    [
        ([COUNTRY, STATE], "ON", [("GST", "5", "5.00", False), ("GST", "5", "0.50", True)]),
        ([COUNTRY, STATE], "BC", [("PST", "8", "8.00", False)]),
        ([COUNTRY, STATE], "bc", [("PST", "8", "8.00", False)]),
        (
            [rate("5", name="GST", **COMPOUND), rate("8", name="PST", states="BC", is_compound=True)],
            "BC",
            [("GST", "5", "5.00", False), ("PST", "8", "8.00", False), ("GST", "5", "0.50", True)],
        ),
        (
            [COUNTRY, rate("8", name="PST", states="BC", is_compound=True)],
            "BC",
            [("PST", "8", "8.00", False)],
        ),
        ([rate("8", name="PST", states="BC")], "ON", []),
        ([COUNTRY, rate("0", name="PST", states="BC")], "BC", []),
        (
            [rate("4", name="State", states="NY"), rate("4.5", name="City", states="NY")],
            "NY",
            [("State", "4", "4.00", False), ("City", "4.5", "4.50", False)],
        ),
    ],
)
def test_states_rates_replace_the_countrys_unless_all_are_compound(rates, state, expected):
    taxes = calculate_taxes(rules=rules(*rates, state=state), lines=[line("100.00")], shipping=Decimal(10))

    assert amounts(taxes) == expected


def test_included_rates_that_add_up_share_what_is_in_the_price():
    both = rules(
        rate("5", name="GST", is_compound=True), rate("8", name="PST", is_compound=True), mode="included"
    )

    taxes = calculate_taxes(rules=both, lines=[line("113.00")])

    assert amounts(taxes) == [("GST", "5", "5.00", False), ("PST", "8", "8.00", False)]


def test_rate_of_a_category_replaces_the_others_for_its_lines_and_taxes_no_shipping():
    books = rate("7", name="Reduced", tax_category="books", taxes_shipping=True)
    general = rate("19", name="VAT", taxes_shipping=True)

    taxes = calculate_taxes(
        rules=rules(general, books),
        lines=[line("10.00"), line("10.00", tax_category="Books ")],
        shipping=Decimal(5),
    )

    assert amounts(taxes) == [
        ("VAT", "19", "1.90", False),
        ("Reduced", "7", "0.70", False),
        ("VAT", "19", "0.95", True),
    ]
    assert amounts(calculate_taxes(rules=rules(books), lines=[line("10.00")], shipping=Decimal(5))) == []


def test_states_rate_of_a_category_comes_before_the_countrys():
    clothing = [
        rate("3", name="Country", tax_category="clothing"),
        rate("0", name="NY", states="NY", tax_category="clothing"),
    ]

    taxes = calculate_taxes(
        rules=rules(rate("8", states="NY"), *clothing, state="NY"),
        lines=[line("10.00", tax_category="clothing")],
    )

    assert amounts(taxes) == []


def test_digital_products_can_be_untaxed():
    lines = [line("10.00", is_digital=True), line("20.00")]

    assert amounts(calculate_taxes(rules=rules(rate("10")), lines=lines)) == [("Tax", "10", "3.00", False)]
    untaxed = rules(rate("10"), taxes_digital_products=False)
    assert amounts(calculate_taxes(rules=untaxed, lines=lines)) == [("Tax", "10", "2.00", False)]


@pytest.mark.parametrize(
    ("mode", "rates", "is_place_known", "status", "tax"),
    [
        ("added", [], True, "exact", "0.00"),
        ("added", [rate("10")], True, "exact", "1.00"),
        ("added", [rate("10", states="NY")], False, "needs_address", "0.00"),
        ("included", [rate("10", states="NY")], False, "exact", "0.00"),
        ("included", [], False, "needs_address", "0.00"),
        ("none", [rate("10")], True, "exact", "0.00"),
        ("at_payment", [], True, "at_payment", "0.00"),
        ("at_payment", [rate("10")], True, "estimated", "1.00"),
        ("at_payment", [rate("10", states="NY")], True, "at_payment", "0.00"),
        ("at_payment", [rate("10", states="NY")], False, "at_payment", "0.00"),
        ("at_payment", [rate("0")], True, "estimated", "0.00"),
    ],
)
def test_total_is_final_only_if_the_tax_is_known(mode, rates, is_place_known, status, tax):
    taxes = calculate_taxes(
        rules=rules(*rates, mode=mode, is_place_known=is_place_known),
        lines=[line("10.00")],
        shipping=Decimal(5),
    )

    assert (taxes.status, str(taxes.added_total)) == (status, tax)
    assert taxes.is_final == (status == "exact")


def test_goods_and_shipping_are_shown_as_one_tax():
    taxes = calculate_taxes(
        rules=rules(rate("10", taxes_shipping=True)), lines=[line("10.00")], shipping=Decimal("5.00")
    )

    assert [(each.name, str(each.amount)) for each in merge_tax_lines(taxes.lines)] == [("Tax", "1.50")]
