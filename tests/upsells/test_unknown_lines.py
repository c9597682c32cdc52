"""Upsells while NEXT lists their lines without ids, or with wrong ones (S34)."""

from decimal import Decimal

import pytest

from checkout.models import UpsellAttempt
from checkout.payments.reconcile import reconcile_due_rows
from checkout.upsells.acceptance import accept_upsell
from orders.models import Order, OrderReview
from orders.sync import sync_order_as_staff
from tests.factories import sum_parts
from tests.reliability.invariants import make_older
from tests.upsells.helpers import (
    bulb_stock,
    buy_and_settle,
    fail_reads_after_call,
    make_upsell,
    next_shown_upsell,
)

# Of `sandbox.nonsense.CHANGES`: other ids and variants, the id 0, and negative ids and quantities.
WRONG_LINES = (18, 19, 20)
every_wrong_line = pytest.mark.parametrize("nonsense", WRONG_LINES)


@pytest.fixture
def attempt(shop):
    """Return the upsell of a light bulb (7.50) that is shown after the purchase of a lamp (54.00)."""
    make_upsell(shop)
    return next_shown_upsell(buy_and_settle(shop))


def look_once_more(shop):
    """Read the order from NEXT, which lists its lines as they are."""
    shop.sandbox.switches(nonsense=None, faults=[])
    sync_order_as_staff(order=Order.objects.select_related("store").get())
    make_older(minutes=10)
    reconcile_due_rows()
    return Order.objects.get()


def check_bulb_is_sold_once(shop, order):
    """The order has one lamp and one bulb, which left the stock once, and no review says otherwise."""
    items = [(item.name, item.quantity, item.total) for item in order.items.all() if item.quantity]
    assert items == [("Desk lamp", 1, Decimal("49.00")), ("Light bulb", 1, Decimal("7.50"))]
    assert (order.total, sum_parts(order), order.adjustment_total) == (Decimal("61.50"), Decimal("61.50"), 0)
    assert bulb_stock(shop) == 99
    assert [str(review.text) for review in OrderReview.objects.open()] == []
    assert UpsellAttempt.objects.get().status == "charged"


@every_wrong_line
def test_line_that_the_mirror_saw_first_is_the_upsell_once_it_is_known(shop, attempt, nonsense):
    fail_reads_after_call(shop)
    shop.sandbox.plan_fault("close", operation="ordersAddLineItemsCreate", when="after")
    accept_upsell(attempt=attempt)
    shop.sandbox.switches(faults=[], nonsense=nonsense)
    sync_order_as_staff(order=Order.objects.select_related("store").get())
    shop.sandbox.switches(nonsense=None)
    make_older(minutes=2)
    reconcile_due_rows()

    check_bulb_is_sold_once(shop, look_once_more(shop))


@every_wrong_line
def test_upsell_that_was_found_on_a_wrong_line_is_found_on_the_right_one(shop, attempt, nonsense):
    fail_reads_after_call(shop)
    shop.sandbox.plan_fault("close", operation="ordersAddLineItemsCreate", when="after")
    accept_upsell(attempt=attempt)
    shop.sandbox.switches(faults=[], nonsense=nonsense)
    make_older(minutes=2)
    reconcile_due_rows()

    check_bulb_is_sold_once(shop, look_once_more(shop))


@every_wrong_line
def test_upsell_that_was_found_on_a_wrong_line_takes_the_item_of_the_right_one(shop, attempt, nonsense):
    fail_reads_after_call(shop)
    shop.sandbox.plan_fault("close", operation="ordersAddLineItemsCreate", when="after")
    accept_upsell(attempt=attempt)
    shop.sandbox.switches(faults=[])
    sync_order_as_staff(order=Order.objects.select_related("store").get())
    shop.sandbox.switches(nonsense=nonsense)
    make_older(minutes=2)
    reconcile_due_rows()

    check_bulb_is_sold_once(shop, look_once_more(shop))


@every_wrong_line
def test_wrong_line_of_a_charged_upsell_is_no_second_one(shop, attempt, nonsense):
    accept_upsell(attempt=attempt)
    shop.sandbox.switches(nonsense=nonsense)
    sync_order_as_staff(order=Order.objects.select_related("store").get())

    check_bulb_is_sold_once(shop, look_once_more(shop))


@every_wrong_line
def test_second_line_is_reported_whatever_was_listed_before(shop, attempt, nonsense):
    shop.sandbox.plan_fault("repeat", operation="ordersAddLineItemsCreate")
    accept_upsell(attempt=attempt)
    shop.sandbox.switches(nonsense=nonsense)
    sync_order_as_staff(order=Order.objects.select_related("store").get())

    look_once_more(shop)

    amounts = [review.amount_to_refund for review in OrderReview.objects.filter(kind="extra_charge")]
    assert amounts == [Decimal("7.50")]
    assert bulb_stock(shop) == 98
