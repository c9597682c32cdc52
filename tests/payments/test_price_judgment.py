"""What NEXT charged is judged against what was shown: paid, told to staff once, or reviewed."""

from decimal import Decimal

import pytest

from catalog.models import Product
from checkout.models import PaymentIntent
from checkout.quote import QuoteDiscount, QuoteTaxLine
from orders.models import Order, OrderEvent, PriceDifference
from orders.price_differences import dismiss_difference
from tests.payments.judged_purchase import SALES_TAX, Purchase, told


@pytest.fixture
def purchase(db):
    return Purchase()


def test_what_was_shown_is_paid_and_tells_nobody(purchase):
    assert purchase.settle(purchase.place()) == ""
    assert told() == []
    assert OrderEvent.objects.filter(kind="price_difference").count() == 0


def test_unknown_tax_is_paid_as_charged_and_told_once_for_the_region(purchase):
    """S36."""
    for _order in range(3):
        assert purchase.settle(purchase.place(), **purchase.taxed()) == ""

    assert told() == [("tax", "US-NY", "0.00", "10.00", 3)]
    difference = PriceDifference.objects.get()
    assert difference.rates == [{"name": "Sales tax", "rate": "20", "taxes_shipping": False}]
    assert not difference.is_included
    order = Order.objects.first()
    assert (order.tax_total, order.total) == (Decimal("10.00"), Decimal("64.99"))
    assert (
        str(order.events.filter(kind="price_difference").get().text) == "Tax US-NY: $10.00 instead of $0.00."
    )


def test_tax_of_shipping_is_told_as_such(purchase):
    row = SALES_TAX | {"amount": "1.00"}
    answer = purchase.taxed(total="65.99") | {"total_tax": "11.00", "shipping_incl_tax": "5.99"}

    assert purchase.settle(purchase.place(), **answer, shipping_tax_lines=[row]) == ""

    assert PriceDifference.objects.get().rates[0]["taxes_shipping"]


def test_each_region_is_told_apart(purchase):
    for state in ("NY", "CA", "NY"):
        purchase.settle(purchase.place(state=state), **purchase.taxed())

    assert [(cause, count) for _kind, cause, *_amounts, count in told()] == [("US-CA", 1), ("US-NY", 2)]


def test_tax_that_was_shown_and_is_not_charged_is_told(purchase):
    shown = QuoteTaxLine(name="Sales tax", rate=Decimal(20), amount=Decimal("10.00"))

    assert purchase.settle(purchase.place(taxes=[shown])) == ""

    assert told() == [("tax", "US-NY", "10.00", "0.00", 1)]


def test_rounding_alone_tells_nobody(purchase):
    shown = QuoteTaxLine(name="Sales tax", rate=Decimal(20), amount=Decimal("10.02"))

    assert purchase.settle(purchase.place(taxes=[shown]), **purchase.taxed()) == ""

    assert told() == []
    assert Order.objects.get().total == Decimal("64.99")


def test_tax_that_the_prices_contain_is_told_as_such(purchase):
    row = SALES_TAX | {"amount": "8.33"}
    lines = [purchase.line(excl="41.67", tax_lines=[row])]

    assert purchase.settle(purchase.place(), lines=lines, total_tax="8.33", total_excl_tax="46.66") == ""

    assert told() == [("tax", "US-NY", "0.00", "8.33", 1)]
    assert PriceDifference.objects.get().is_included
    assert Order.objects.get().total == Decimal("54.99")


@pytest.mark.parametrize(
    ("limit", "problem"),
    [
        (None, ""),
        ("10.00", ""),
        ("9.99", "The total is $64.99 instead of $54.99: tax is $10.00 instead of $0.00."),
        ("0.00", "The total is $64.99 instead of $54.99: tax is $10.00 instead of $0.00."),
    ],
)
def test_store_may_limit_the_tax_beyond_what_was_shown(db, limit, problem):
    purchase = Purchase(max_tax_difference=limit and Decimal(limit))

    assert purchase.settle(purchase.place(), **purchase.taxed()) == problem


@pytest.mark.parametrize("is_total_final", [True, False])
def test_tax_above_all_that_it_is_charged_on_is_a_review(purchase, is_total_final):
    intent = purchase.place(is_total_final=is_total_final)
    answer = {"total_incl_tax": "9054.99", "total_excl_tax": "54.99", "total_tax": "9000.00"}

    assert purchase.settle(intent, **answer) == (
        "The total is $9,054.99 instead of $54.99: a tax of $9,000.00 is more than all that it is charged on."
    )
    assert told() == []


def test_any_tax_is_expected_if_it_is_calculated_at_payment(db):
    """The region is still told once, so that the shop can learn it."""
    purchase = Purchase(tax_mode="at_payment", max_tax_difference=Decimal("1.00"))

    for _order in range(2):
        assert purchase.settle(purchase.place(is_total_final=False), **purchase.taxed()) == ""

    assert told() == [("tax", "US-NY", None, "10.00", 2)]
    assert Order.objects.first().is_total_final


@pytest.mark.parametrize(
    ("limit", "problem"),
    [("1.00", ""), ("0.99", "The total is $64.99 instead of $63.99: tax is $10.00 instead of $9.00.")],
)
def test_limit_holds_for_an_estimated_tax_too(db, limit, problem):
    purchase = Purchase(tax_mode="at_payment", max_tax_difference=Decimal(limit))
    estimate = QuoteTaxLine(name="Sales tax", rate=Decimal(18), amount=Decimal("9.00"))

    intent = purchase.place(taxes=[estimate], is_total_final=False)

    assert purchase.settle(intent, **purchase.taxed()) == problem


def test_limit_holds_where_only_an_offer_keeps_the_total_open(db):
    """No tax was shown, and none was to be expected."""
    purchase = Purchase(max_tax_difference=Decimal("5.00"))
    requested = QuoteDiscount(name="Spring sale", amount=None, next_offer_id=7)

    intent = purchase.place(discounts=[requested], is_total_final=False)

    assert purchase.settle(intent, **purchase.taxed()).endswith("tax is $10.00 instead of $0.00.")


@pytest.mark.parametrize(
    ("goods", "count"),
    [
        ({}, 1),
        ({"tax_category": "books"}, 0),
        ({"collect_shipping_address": False}, 0),
    ],
)
def test_only_ordinary_goods_show_that_a_region_is_untaxed(purchase, goods, count):
    Product.objects.update(**goods)
    purchase.mug.refresh_from_db()
    shown = QuoteTaxLine(name="Sales tax", rate=Decimal(20), amount=Decimal("10.00"))
    is_shipped = goods.get("collect_shipping_address", True)
    answer = (
        {} if is_shipped else {"shipping_incl_tax": "0", "shipping_excl_tax": "0", "total_incl_tax": "50"}
    )

    assert purchase.settle(purchase.place(taxes=[shown]), **answer) == ""

    assert told() == [("tax", "US-NY", "10.00", "0.00", 1)]
    assert PriceDifference.objects.get().untaxed_count == count


def test_rate_of_a_tax_category_is_not_that_of_the_region(purchase):
    """To take it over would tax everything like books."""
    Product.objects.update(tax_category="books")

    assert purchase.settle(purchase.place(), **purchase.taxed()) == ""

    assert told() == [("tax", "US-NY", "0.00", "10.00", 1)]
    assert PriceDifference.objects.get().rates == []


def test_region_that_staff_closed_is_not_told_again(purchase):
    purchase.settle(purchase.place(), **purchase.taxed())
    dismiss_difference(difference=PriceDifference.objects.get(), actor="grace")

    purchase.settle(purchase.place(), **purchase.taxed())

    assert told() == [("tax", "US-NY", "0.00", "10.00", 1)]


@pytest.mark.parametrize(
    ("price", "total", "problem"),
    [
        ("60.00", "64.99", "Mug is charged at $60.00 instead of $50.00."),
        ("50.01", "55.00", "Mug is charged at $50.01 instead of $50.00."),
        ("40.00", "44.99", "Mug is charged at $40.00 instead of $50.00."),
        ("0.00", "4.99", "Mug is charged at $0.00 instead of $50.00."),
    ],
)
def test_another_price_is_a_review(purchase, price, total, problem):
    lines = [purchase.line(price, price)]

    assert problem in purchase.settle(purchase.place(), lines=lines, total_incl_tax=total)
    assert told() == []


def test_higher_price_is_no_tax_even_if_the_total_says_so(purchase):
    """NEXT's total_tax is the price difference, but the line itself is untaxed."""
    lines = [purchase.line("60.00", "60.00")]

    problem = purchase.settle(purchase.place(), lines=lines, total_incl_tax="64.99", total_tax="10.00")

    assert "Mug is charged at $60.00 instead of $50.00." in problem


def test_another_price_of_shipping_is_a_review(purchase):
    shipping = {"shipping_incl_tax": "9.99", "shipping_excl_tax": "9.99"}

    problem = purchase.settle(purchase.place(), **shipping, total_incl_tax="59.99")

    assert "Shipping is charged at $9.99 instead of $4.99." in problem


@pytest.mark.parametrize("total", ["55.99", "53.99", "0.00"])
def test_total_that_its_own_parts_do_not_explain_is_a_review(purchase, total):
    problem = purchase.settle(purchase.place(), total_incl_tax=total, total_tax="0.00")

    assert problem == f"The total is ${total} instead of $54.99."


def test_settling_again_tells_nothing_twice(purchase):
    intent = purchase.place()
    answer = purchase.taxed()
    purchase.settle(intent, **answer)
    purchase.settle(PaymentIntent.objects.select_related("store").get(pk=intent.pk), **answer)

    assert told() == [("tax", "US-NY", "0.00", "10.00", 1)]
    assert OrderEvent.objects.filter(kind="price_difference").count() == 1


@pytest.mark.parametrize(
    ("line", "is_other"),
    [
        ({"product_title": "Paper filters", "sku": "PF-1"}, True),
        ({"product_title": "Paper filters", "sku": ""}, True),
        ({"product_title": "Mug, large", "sku": "M-2"}, False),
        ({"product_title": "", "sku": ""}, False),
        ({"product_title": "", "sku": "M-2"}, False),
        ({"product_title": "MUG", "sku": ""}, False),
    ],
)
def test_another_article_under_our_variant_id_is_a_review(purchase, line, is_other):
    """Two products share an id of NEXT, or the id is of something else."""
    problem = purchase.settle(purchase.place(), lines=[purchase.line() | line])

    assert problem.startswith("Ordered “Mug”") == is_other
    assert bool(problem) == is_other


def test_same_sku_is_the_same_article_whatever_its_title(purchase):
    assert purchase.settle(purchase.place(), lines=[purchase.line() | {"product_title": "Tasse"}]) == ""
