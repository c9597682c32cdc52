"""Discounts that NEXT gave are judged against those that were shown."""

from dataclasses import replace
from decimal import Decimal

import pytest

from checkout.quote import QuoteDiscount, QuoteTaxLine
from orders.models import Order
from tests.payments.judged_purchase import SALES_TAX, WELCOME, Purchase, coupon, offer, told


@pytest.fixture
def purchase(db):
    return Purchase()


def test_unknown_offer_is_paid_as_charged_and_told_once(purchase):
    """S37."""
    for _order in range(2):
        assert purchase.settle(purchase.place(), **purchase.reduced(**offer())) == ""

    assert told() == [("discount", "Spring sale", None, "5.00", 2)]
    order = Order.objects.first()
    assert (order.discount_total, order.total) == (Decimal("5.00"), Decimal("49.99"))
    assert order.discounts.get().name == "Spring sale"


def test_discount_that_next_does_not_name_is_told(purchase):
    assert purchase.settle(purchase.place(), **purchase.reduced()) == ""
    assert told() == [("discount", "without a name", None, "5.00", 1)]


def test_offers_that_the_store_requests_are_expected(purchase):
    requested = QuoteDiscount(name="Our spring sale", amount=None, next_offer_id=7)
    intent = purchase.place(discounts=[requested], is_total_final=False)

    assert purchase.settle(intent, **purchase.reduced(**offer())) == ""

    assert told() == []


def test_requested_offer_may_be_netted_into_the_prices(purchase):
    """NEXT then names no discount, and says that there is none."""
    requested = QuoteDiscount(name="Our spring sale", amount=None, next_offer_id=7)
    intent = purchase.place(discounts=[requested], is_total_final=False)

    lines = [purchase.line("45.00", "45.00", total_discount="0.00")]

    assert purchase.settle(intent, lines=lines, total_incl_tax="49.99", total_discount="0.00") == ""
    assert told() == []
    assert Order.objects.get().discount_total == Decimal("5.00")


def test_free_shipping_by_a_requested_offer_takes_the_tax_of_shipping_off_too(purchase):
    """At 100 %, the tax that was shown exceeds NEXT's by just what the offer takes off."""
    requested = QuoteDiscount(name="Free shipping", amount=None, next_offer_id=7)
    rate = {"name": "Sales tax", "rate": Decimal(100)}
    taxes = [
        QuoteTaxLine(**rate, amount=Decimal("50.00")),
        QuoteTaxLine(**rate, amount=Decimal("4.99"), is_shipping=True),
    ]
    row = SALES_TAX | {"rate": 1, "amount": "50.00"}
    answer = {
        "lines": [purchase.line(incl="100.00", tax_lines=[row])],
        "shipping_incl_tax": "0.00",
        "shipping_excl_tax": "0.00",
        "total_discount": "4.99",
        "total_tax": "50.00",
        "total_incl_tax": "100.00",
    }
    intent = purchase.place(discounts=[requested], taxes=taxes, is_total_final=False)

    assert purchase.settle(intent, **answer, **offer("Free shipping", "4.99")) == ""

    assert told() == []
    order = Order.objects.get()
    assert (order.shipping_total, order.discount_total, order.tax_total) == (
        *(Decimal("4.99"), Decimal("4.99"), Decimal("50.00")),
    )


def settle_with_offer_in_yen(discounted_tax):
    """Settle 7 mugs at ¥267: a tax of 19 % was shown, and an offer of then unknown worth takes ¥13 off."""
    purchase = Purchase(price="267", shipping="0", quantity=7, currency="JPY")
    requested = QuoteDiscount(name="Spring sale", amount=None, next_offer_id=7)
    tax = QuoteTaxLine(name="Sales tax", rate=Decimal(19), amount=Decimal("357.00"))
    total = str(1856 + discounted_tax)
    line = purchase.line(
        "1856.00",
        total,
        total_discount="13.00",
        tax_lines=[SALES_TAX | {"rate": 0.19, "amount": str(discounted_tax)}],
    )
    answer = {"lines": [line], "shipping_incl_tax": "0.00", "shipping_excl_tax": "0.00"}
    amounts = {"total_discount": "13.00", "total_tax": str(discounted_tax), "total_incl_tax": total}
    intent = purchase.place(discounts=[requested], taxes=[tax], is_total_final=False)
    return purchase.settle(intent, **answer, **amounts, **offer(amount="13.00"))


def test_rounding_each_unit_to_whole_yen_tells_nobody(db):
    """The tax of a mug falls from ¥50.73 to ¥50.38: rounded, by ¥7 for all, though 19 % of ¥13 are ¥2.47."""
    assert settle_with_offer_in_yen(350) == ""
    assert told() == []


def test_more_than_rounding_to_whole_yen_is_told(db):
    assert settle_with_offer_in_yen(340) == ""
    assert told() == [("tax", "US-NY", "357.00", "340.00", 1)]


def test_offer_lowers_the_taxes_of_one_name_each_at_its_own_rate(db):
    """VAT at 20 % for most goods, and at 5 % for food, which was named last."""
    purchase = Purchase()
    requested = QuoteDiscount(name="Spring sale", amount=None, next_offer_id=7)
    vat = [QuoteTaxLine(name="VAT", rate=Decimal(rate), amount=Decimal(5)) for rate in (20, 5)]
    row = SALES_TAX | {"tax_title": "VAT", "amount": "9.00"}
    answer = purchase.reduced(**offer()) | {
        "lines": [purchase.line("45.00", "54.00", total_discount="5.00", tax_lines=[row])],
        "total_tax": "9.00",
        "total_incl_tax": "58.99",
    }

    assert (
        purchase.settle(purchase.place(discounts=[requested], taxes=vat, is_total_final=False), **answer)
        == ""
    )

    assert told() == []


def test_code_that_was_shown_is_expected_whatever_its_case(purchase):
    intent = purchase.place(discounts=[WELCOME])

    assert purchase.settle(intent, **purchase.reduced(**coupon("welcome5"))) == ""

    assert told() == []


def test_code_whose_worth_was_unknown_is_expected(purchase):
    discount = replace(WELCOME, amount=None)
    intent = purchase.place(discounts=[discount], is_total_final=False)

    assert purchase.settle(intent, **purchase.reduced(**coupon())) == ""

    assert told() == []


def test_code_that_gives_more_than_was_shown_is_told(purchase):
    intent = purchase.place(discounts=[WELCOME])

    assert purchase.settle(intent, **purchase.reduced("8.00", **coupon(amount="8.00"))) == ""

    assert told() == [("discount", "WELCOME5", "5.00", "8.00", 1)]


@pytest.mark.parametrize("is_total_final", [True, False])
def test_promised_discount_that_is_not_given_is_a_review(purchase, is_total_final):
    intent = purchase.place(discounts=[WELCOME], is_total_final=is_total_final)

    assert purchase.settle(intent) == (
        "The total is $54.99 instead of $49.99: the discount is $0.00 instead of $5.00."
    )
    assert told() == []


def test_discount_that_is_smaller_than_promised_is_a_review(purchase):
    intent = purchase.place(discounts=[WELCOME])

    problem = purchase.settle(intent, **purchase.reduced("2.00", **coupon(amount="2.00")))

    assert problem == "The total is $52.99 instead of $49.99: the discount is $2.00 instead of $5.00."


def test_code_that_nobody_used_is_a_review(purchase):
    problem = purchase.settle(purchase.place(), **purchase.reduced(**coupon("STAFF50")))

    assert problem == "NEXT Commerce applied the code STAFF50, which wasn't used here."


def test_discount_and_tax_together_are_both_told(purchase):
    """Tax is on the price after the discount."""
    row = SALES_TAX | {"amount": "9.00"}
    lines = [purchase.line("45.00", "54.00", total_discount="5.00", tax_lines=[row])]
    answer = offer() | {"lines": lines, "total_tax": "9.00", "total_discount": "5.00"}

    assert purchase.settle(purchase.place(), **answer, total_incl_tax="58.99") == ""

    assert told() == [("discount", "Spring sale", None, "5.00", 1), ("tax", "US-NY", "0.00", "9.00", 1)]


def test_free_shipping_by_an_offer_is_paid_and_told(purchase):
    shipping = {"shipping_incl_tax": "0.00", "shipping_excl_tax": "0.00"}

    answer = offer("Free shipping", "4.99") | shipping

    assert purchase.settle(purchase.place(), **answer, total_incl_tax="50.00") == ""
    assert told() == [("discount", "Free shipping", None, "4.99", 1)]
