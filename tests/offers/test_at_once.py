"""Yes from many sides at the same moment."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from catalog import stock
from checkout.models import Offer, OfferAttempt
from checkout.upsells.answers import accept, clear_up, decline
from checkout.upsells.outcome import refuse
from checkout.upsells.selection import next_offer
from orders.models import Order
from tests.offers.actors import buy, calls, make_offer, shown
from tests.payment.actors import charged, stock_of

pytestmark = pytest.mark.at_once


def at_once(*works):
    """Run them all in threads; return what each returned."""

    def run(work):
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as threads:
        return [done.result() for done in [threads.submit(run, work) for work in works]]


def test_two_clicks_and_two_tabs_at_once_charge_once(shop):
    """S20 for offers."""
    make_offer(shop)
    attempt = shown(buy(shop))

    outcomes = at_once(*[lambda: accept(attempt=attempt).status] * 6)

    assert outcomes == ["charged"] * 6
    assert calls(shop) == ["ordersAddLineItemsCreate"]
    assert str(charged(shop)) == "61.50"
    assert stock_of(shop, "Light bulb", "") == 99
    assert Order.objects.get().items.count() == 2


def test_yes_and_no_at_once_end_as_one_of_them(shop):
    make_offer(shop)
    attempt = shown(buy(shop))

    at_once(lambda: accept(attempt=attempt), lambda: decline(attempt=attempt))

    status = OfferAttempt.objects.get().status
    assert (status, str(charged(shop))) in [("charged", "61.50"), ("declined", "54.00")]


def test_an_offer_opened_in_many_tabs_at_once_is_one_attempt(shop):
    make_offer(shop)
    order = buy(shop)

    found = at_once(*[lambda: next_offer(order=Order.objects.select_related("store").get()).pk] * 6)

    assert order.offer_attempts.count() == 1
    assert set(found) == {order.offer_attempts.get().pk}


def test_the_last_one_in_stock_goes_to_one_of_many(shop):
    """S22 for offers."""
    make_offer(shop)
    attempts = [shown(buy(shop, key=f"purchase-{number}")) for number in range(4)]
    shop.products.get(name="Light bulb").variants.update(inventory_quantity=1)

    outcomes = at_once(*[lambda one=attempt: accept(attempt=one).status for attempt in attempts])

    assert sorted(outcomes) == ["charged", "refused", "refused", "refused"]
    assert stock_of(shop, "Light bulb", "") == 0
    assert calls(shop) == ["ordersAddLineItemsCreate"]


def test_the_last_time_of_an_offer_goes_to_one_of_many(shop):
    make_offer(shop, max_times=1)
    attempts = [shown(buy(shop, key=f"purchase-{number}")) for number in range(4)]

    outcomes = at_once(*[lambda one=attempt: accept(attempt=one).status for attempt in attempts])

    assert sorted(outcomes) == ["charged", "refused", "refused", "refused"]
    assert Offer.objects.get().times_taken == 1


def test_a_yes_and_another_ones_refusal_do_not_wait_for_each_other_for_ever(shop, monkeypatch):
    make_offer(shop)
    doubtful, other = [shown(buy(shop, key=f"purchase-{number}")) for number in range(2)]
    shop.sandbox.fault("close", operation="ordersAddLineItemsCreate", when="before")
    shop.sandbox.fault("status", operation="ordersRetrieve", status=503, when="before", times=3)
    assert accept(attempt=doubtful).is_in_doubt
    release, released = stock.release, threading.Event()

    def slowly(*, reference):
        release(reference=reference)
        released.set()
        time.sleep(0.3)

    monkeypatch.setattr(stock, "release", slowly)

    def later():
        released.wait(10)
        return accept(attempt=other).status

    assert at_once(lambda: refuse(doubtful, "No.").status, later) == ["refused", "charged"]
    assert (Offer.objects.get().times_taken, stock_of(shop, "Light bulb", "")) == (1, 99)


def test_clearing_up_from_many_sides_at_once_takes_the_line_in_once(shop):
    """S2 for offers."""
    make_offer(shop)
    order = buy(shop)
    shop.sandbox.fault("close", operation="ordersAddLineItemsCreate", when="after")
    shop.sandbox.fault("status", operation="ordersRetrieve", status=503, when="before", times=3)
    attempt = accept(attempt=shown(order))
    OfferAttempt.objects.update(checked_at=None)

    at_once(*[lambda: clear_up(attempt=attempt)] * 5)

    assert OfferAttempt.objects.get().status == "charged"
    assert [event.kind for event in order.events.all()] == ["paid", "offer"]
    assert order.items.count() == 2
    assert stock_of(shop, "Light bulb", "") == 99
