"""Discounts that NEXT gave are judged against those that were shown."""

from dataclasses import replace
from decimal import Decimal

import pytest

from checkout.quote import QuoteDiscount
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
        "The total is 54.99 instead of 49.99: the discount is 0.00 instead of 5.00."
    )
    assert told() == []


def test_discount_that_is_smaller_than_promised_is_a_review(purchase):
    intent = purchase.place(discounts=[WELCOME])

    problem = purchase.settle(intent, **purchase.reduced("2.00", **coupon(amount="2.00")))

    assert problem == "The total is 52.99 instead of 49.99: the discount is 2.00 instead of 5.00."


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
