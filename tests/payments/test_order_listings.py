"""The reconciler lists NEXT's recent orders, and so finds payments that nobody told the shop about."""

import datetime
from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import timezone

from checkout.models import OrderListing, PaymentIntent
from checkout.payments import order_listings
from checkout.payments.reconcile import reconcile_due_rows
from nextcommerce.client import NextClient
from nextcommerce.deserializers import deserialize_order
from orders.models import Order, OrderReview
from tests.payments.helpers import (
    allow_next_check,
    order_create_calls,
    pay_at_link,
    post_return,
    postpone_checks,
    stock_of,
    submit_checkout,
)
from tests.reliability.invariants import make_older


class Reconciler:
    """Lets time pass, for NEXT's orders too, and reads the list when it is due."""

    def __init__(self, shop, monkeypatch):
        self.shop = shop
        self.age = datetime.timedelta()
        list_orders = NextClient.list_orders

        def list_older_orders(api, **filters):
            for row in list_orders(api, **filters):
                yield replace(row, created_at=row.created_at - self.age)

        monkeypatch.setattr(NextClient, "list_orders", list_older_orders)

    def list_orders(self, *, minutes=6):
        """Let the next list fall due and read it. Return what was done, and the calls to NEXT."""
        self.age += datetime.timedelta(minutes=minutes)
        make_older(minutes=minutes)
        postpone_checks()
        Order.objects.update(refresh_at=None)
        self.shop.sandbox.clear_requests()
        done = reconcile_due_rows()
        return done, [call["operation"] for call in self.shop.sandbox.requests()]


@pytest.fixture
def reconciler(shop, monkeypatch):
    return Reconciler(shop, monkeypatch)


def pay_both_pages_of_a_doubled_create(shop):
    """Check out by a call that the network delivers twice, and pay on both pages. Return the payment."""
    shop.sandbox.plan_fault("repeat", operation="ordersCreate")
    intent = submit_checkout(shop)
    for payment in shop.sandbox.payments():
        shop.sandbox.pay(payment["url"])
    number = shop.sandbox.orders()[0]["number"]
    assert post_return(intent, {"number": number}).status_code == 303
    reconcile_due_rows()
    return intent


def make_order_elsewhere(shop, email="grace@example.com"):
    """Make an order that isn't ours, as NEXT's dashboard or another app does. Return its number."""
    body = order_create_calls(shop)[0]["body"] | {"tags": [], "attribution": {}, "metadata": {}}
    body |= {"user": {"email": email, "first_name": "Grace", "last_name": "Hopper"}}
    answer = shop.sandbox.call("POST", "orders/", body).json()
    shop.sandbox.pay(answer["payment_complete_url"])
    return shop.sandbox.orders()[-1]["number"]


def test_second_order_of_a_doubled_call_is_found_without_its_webhook(shop, reconciler):
    """S34: paid on a page that nobody was sent to."""
    pay_both_pages_of_a_doubled_create(shop)
    assert not OrderReview.objects.exists()

    done, calls = reconciler.list_orders()

    assert done["order lists: found a payment"] == 1
    assert calls == ["ordersList", "ordersRetrieve"]
    review = OrderReview.objects.get()
    assert (review.kind, review.amount_to_refund) == ("second_next_order", Decimal("54.00"))
    assert review.next_order_number == "100002"
    assert (Order.objects.get().status, stock_of(shop)) == ("Paid", 9)
    # What is known isn't retrieved again.
    assert reconciler.list_orders() == ({"order lists: nothing new": 1}, ["ordersList"])
    assert OrderReview.objects.count() == 1


def test_second_order_is_found_by_its_attribution_when_next_drops_its_tag(shop, reconciler):
    """S34."""
    shop.sandbox.switches(strip_tags=True)
    pay_both_pages_of_a_doubled_create(shop)

    reconciler.list_orders()

    assert OrderReview.objects.get().kind == "second_next_order"


def test_late_payment_of_a_canceled_order_is_found_within_minutes(shop, reconciler):
    """S1: its next check would come after a day."""
    intent = submit_checkout(shop)
    reconcile_due_rows()
    make_older(hours=2)
    reconcile_due_rows()
    assert Order.objects.get().status == "Canceled"
    pay_at_link(intent)

    done, _calls = reconciler.list_orders()

    assert done["order lists: found a payment"] == 1
    assert (Order.objects.get().status, stock_of(shop)) == ("Paid", 9)


def test_order_of_the_same_person_without_a_mark_makes_their_open_payments_due(shop, reconciler):
    submit_checkout(shop)
    reconcile_due_rows()
    make_order_elsewhere(shop, email="Ada@example.com")

    reconciler.list_orders()

    assert PaymentIntent.objects.get().next_check_at <= timezone.now()


def test_orders_made_elsewhere_are_retrieved_a_few_times_and_change_nothing(shop, reconciler):
    intent = submit_checkout(shop)
    post_return(intent, pay_at_link(intent))
    make_order_elsewhere(shop)
    reconcile_due_rows()

    calls = [reconciler.list_orders()[1] for _ in range(5)]

    assert calls == [["ordersList", "ordersRetrieve"]] * 3 + [["ordersList"]] * 2
    assert Order.objects.count() == 1
    assert not OrderReview.objects.exists()


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "empty_list", "operation": "ordersList", "times": 2},
        {"kind": "short_list", "operation": "ordersList", "times": 2},
        {"kind": "foreign_order", "operation": "ordersRetrieve", "times": 4},
        {"kind": "status", "operation": "ordersRetrieve", "status": 500, "when": "before", "times": 12},
        {"kind": "status", "operation": "ordersList", "status": 503, "when": "before", "times": 12},
        {"kind": "garbage", "operation": "*", "when": "after", "times": 12},
    ],
)
def test_wrong_answers_only_delay_the_find(shop, reconciler, fault):
    """S34, S35: each order is in several lists, and one that couldn't be checked is tried again."""
    pay_both_pages_of_a_doubled_create(shop)
    make_order_elsewhere(shop)
    shop.sandbox.plan_fault(**fault)
    reconciler.list_orders()
    reconciler.list_orders()
    assert not OrderReview.objects.exists()
    shop.sandbox.switches(faults=[])

    reconciler.list_orders()

    assert OrderReview.objects.get().kind == "second_next_order"


def test_one_order_that_cannot_be_read_does_not_keep_the_others_waiting(shop, reconciler, monkeypatch):
    pay_both_pages_of_a_doubled_create(shop)
    elsewhere = make_order_elsewhere(shop)
    make_older(seconds=1)
    retrieve, retrieved = NextClient.retrieve_order, []

    def fail_on_one(self, number):
        retrieved.append(number)
        if number == elsewhere:
            return deserialize_order(shop.sandbox.orders()[0])
        return retrieve(self, number)

    monkeypatch.setattr(NextClient, "retrieve_order", fail_on_one)

    reconciler.list_orders()

    assert OrderReview.objects.get().kind == "second_next_order"
    # It is tried again for a day.
    _done, calls = reconciler.list_orders(minutes=60)
    assert calls == ["ordersList"]
    assert retrieved.count(elsewhere) == 2
    reconciler.list_orders(minutes=24 * 60)
    reconciler.list_orders(minutes=30)
    assert retrieved.count(elsewhere) == 3


def test_many_orders_are_retrieved_in_parts(shop, reconciler, monkeypatch):
    """A reconciler that was off for long has much to catch up on, and other work besides."""
    monkeypatch.setattr(order_listings, "MAX_RETRIEVED", 2)
    submit_checkout(shop)
    reconcile_due_rows()
    for _ in range(3):
        make_order_elsewhere(shop)
    shop.sandbox.plan_fault("repeat", operation="ordersCreate")
    intent = submit_checkout(shop, key="second", email="alan@example.com")
    for payment in shop.sandbox.payments()[-2:]:
        shop.sandbox.pay(payment["url"])
    post_return(allow_next_check(intent), {"number": shop.sandbox.orders()[-2]["number"]})
    reconciler.list_orders(minutes=0)
    reconciler.age += datetime.timedelta(hours=1)
    make_older(hours=1)

    calls = [reconciler.list_orders(minutes=0)[1] for _ in range(4)]

    assert [round_of_calls.count("ordersRetrieve") for round_of_calls in calls] == [2, 2, 2, 0]
    assert OrderReview.objects.get().kind == "second_next_order"


def test_list_ends_at_old_orders_if_it_is_newest_first(shop):
    now = timezone.now()
    since = now - datetime.timedelta(hours=1)
    ages = [0, 10, *range(61, 200)]
    newest_first = [make_row(now, minutes) for minutes in ages]

    read = order_listings._end_after_old_rows(iter(newest_first), since)
    oldest_first = iter(reversed(newest_first))

    assert [row.number for row in read] == ["0", "10"]
    assert [row.number for row in order_listings._end_after_old_rows(oldest_first, since)] == ["10", "0"]


def test_list_is_not_read_on_after_many_old_orders(shop):
    now = timezone.now()
    rows = iter([make_row(now, minutes) for minutes in range(61, 200)])

    list(order_listings._end_after_old_rows(rows, now - datetime.timedelta(hours=1)))

    assert next(rows).number == "81"


def make_row(now, minutes):
    """Return a listed order that was created `minutes` ago, which is its number too."""
    created_at = (now - datetime.timedelta(minutes=minutes)).isoformat()
    return deserialize_order({"number": str(minutes), "created_at": created_at, "lines": []})


def test_store_without_recent_payments_costs_no_call(shop, reconciler):
    pay_at_link(submit_checkout(shop))
    make_older(minutes=1)
    reconcile_due_rows()
    make_older(days=8)
    reconcile_due_rows()

    done, calls = reconciler.list_orders(minutes=61)

    assert done["order lists: no recent payments"] == 1
    assert calls == []


def test_first_list_waits_for_the_first_payment(shop):
    reconcile_due_rows()
    assert not OrderListing.objects.exists()

    submit_checkout(shop)
    postpone_checks()
    shop.sandbox.clear_requests()

    assert reconcile_due_rows() == {}
    assert OrderListing.objects.get().store == shop
    assert shop.sandbox.requests() == []
