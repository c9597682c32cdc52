"""The rows of a total, the same on every page and in every email."""

from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from orders.models import Order, OrderDiscount, OrderTaxLine
from orders.total_rows import TotalParts, list_order_rows, list_total_rows
from tests.factories import make_order, make_refund, make_store

pytestmark = pytest.mark.any_database

SPRING = {"name": "Spring sale", "code": "SPRING10", "amount": "4.90"}
SALES_TAX = {"name": "NY sales tax", "rate": "8.875", "amount": "3.91"}
VAT = {"name": "VAT", "rate": "19", "amount": "7.82", "is_included": True}


@pytest.fixture
def store(db):
    return make_store()


def shown_rows(order):
    """Return label and value of each row, of the order as saved."""
    saved = Order.objects.select_related("store").get(pk=order.pk)
    return [(row.label, row.value) for row in list_order_rows(saved)]


def test_plain_order_has_three_rows(store):
    order = make_order(store, shipping_method="Standard")

    assert shown_rows(order) == [
        ("Subtotal", "$49.00"),
        ("Shipping: Standard", "$5.00"),
        ("Total", "$54.00"),
    ]


def test_free_shipping_is_named_free(store):
    order = make_order(store, shipping_method="Standard", shipping_total=0, total="49.00")

    assert ("Shipping: Standard", "Free") in shown_rows(order)


def test_discount_is_a_discount_and_never_negative_tax(store):
    order = make_order(store, discounts=[SPRING])

    rows = shown_rows(order)

    assert rows[1] == ("Discount: Spring sale (SPRING10)", "−$4.90")
    assert rows[-1] == ("Total", "$49.10")
    assert not any("ax" in label for label, _value in rows)


def test_offer_shows_its_name_and_a_code_that_is_its_own_name_shows_once(store):
    offer, coupon = {"name": "Buy two", "amount": "2.00"}, {"name": "Spring", "code": "spring", "amount": "1"}

    rows = shown_rows(make_order(store, discounts=[offer, coupon]))

    assert rows[1:3] == [("Discount: Buy two", "−$2.00"), ("Discount: Spring", "−$1.00")]


def test_added_tax_shows_its_name_and_rate(store):
    rows = shown_rows(make_order(store, tax_lines=[SALES_TAX]))

    assert rows[-2:] == [("NY sales tax (8.875%)", "$3.91"), ("Total", "$57.91")]


def test_included_tax_is_told_below_the_total_and_not_added(store):
    rows = shown_rows(make_order(store, tax_lines=[VAT]))

    assert rows[-2:] == [("Total", "$54.00"), ("Includes $7.82 VAT (19%)", "")]


def test_rate_and_amounts_are_in_the_shoppers_language(store):
    with translation.override("de"):
        rows = shown_rows(make_order(store, tax_lines=[SALES_TAX]))

    assert "NY sales tax (8,875\xa0%)" in [label for label, _value in rows]


def test_tax_of_goods_and_of_shipping_is_one_row_and_that_of_an_item_is_part_of_it(store):
    tax = {"name": "NY sales tax", "rate": "8.875"}
    lines = [tax | {"amount": "4.35"}, tax | {"amount": "0.44", "is_shipping": True}]
    order = make_order(store, tax_lines=lines)
    OrderTaxLine.objects.create(order=order, item=order.items.get(), **tax, amount="4.35")

    assert shown_rows(order)[-2:] == [("NY sales tax (8.875%)", "$4.79"), ("Total", "$58.79")]


def test_lines_that_dont_add_up_are_shown_as_their_sum_without_names(store):
    order = make_order(
        store, tax_lines=[SALES_TAX], discounts=[SPRING], tax_total="5.00", discount_total="6.00", total="53"
    )

    assert shown_rows(order)[1:] == [
        ("Discount", "−$6.00"),
        ("Shipping", "$5.00"),
        ("Tax", "$5.00"),
        ("Total", "$53.00"),
    ]


def test_what_next_doesnt_itemize_is_an_adjustment(store):
    order = make_order(store, adjustment_total="-3.00", total="51.00")

    assert shown_rows(order)[-2:] == [("Adjustment", "−$3.00"), ("Total", "$51.00")]


def test_refunds_add_up_to_what_was_refunded_even_if_one_isnt_listed(store):
    order = make_order(store, refunded_amount="12.00")
    make_refund(order, amount="10.00")

    assert shown_rows(order)[-3:] == [
        ("Refunded", "−$10.00"),
        ("Refunded", "−$12.00"),
        ("Total after refunds", "$32.00"),
    ]


def test_order_without_discounts_and_taxes_costs_no_query(store, django_assert_num_queries):
    order = make_order(store)

    with django_assert_num_queries(0):
        list_order_rows(order)


def test_total_is_estimated_until_next_has_calculated_the_tax(store):
    unknown = make_order(store, is_total_final=False, shown_parts={"tax_mode": "at_payment"})
    estimated = make_order(
        store, is_total_final=False, shown_parts={"tax_mode": "at_payment"}, tax_lines=[SALES_TAX]
    )

    assert shown_rows(unknown)[-2:] == [("Tax", "Calculated at payment"), ("Estimated total", "$54.00")]
    assert shown_rows(estimated)[-2:] == [
        ("Estimated tax: NY sales tax (8.875%)", "$3.91"),
        ("Estimated total", "$57.91"),
    ]


@pytest.mark.parametrize("mode", ["included", "none", "added"])
def test_discount_of_unknown_worth_does_not_leave_the_tax_open(store, mode):
    order = make_order(store, is_total_final=False, shown_parts={"tax_mode": mode})

    assert shown_rows(order) == [
        ("Subtotal", "$49.00"),
        ("Shipping", "$5.00"),
        ("Estimated total", "$54.00"),
    ]


MONEY = st.decimals(min_value=0, max_value=999, places=2)


@given(
    items=MONEY,
    shipping=MONEY,
    discounts=st.lists(MONEY, max_size=3),
    taxes=st.lists(st.tuples(MONEY, st.booleans()), max_size=4),
    adjustment=st.decimals(min_value=-9, max_value=9, places=2),
    is_listed=st.booleans(),
)
def test_rows_always_add_up_to_the_total(items, shipping, discounts, taxes, adjustment, is_listed):
    added = sum((amount for amount, is_included in taxes if not is_included), Decimal(0))
    total = items + shipping - sum(discounts) + added + adjustment
    parts = TotalParts(
        currency="USD",
        items_total=items,
        shipping_total=shipping,
        discount_total=sum(discounts, Decimal(0)),
        tax_total=added,
        included_tax_total=sum((amount for amount, is_included in taxes if is_included), Decimal(0)),
        adjustment_total=adjustment,
        total=total,
        discounts=[
            OrderDiscount(name="Spring", amount=amount) for amount in discounts[:: 1 if is_listed else 2]
        ],
        tax_lines=[
            OrderTaxLine(name="VAT", rate=Decimal(20), amount=amount, is_included=is_included)
            for amount, is_included in taxes[:: 1 if is_listed else 2]
        ],
    )

    rows = list_total_rows(parts)

    assert sum(row.amount for row in rows if row.amount is not None and not row.is_sum) == total
