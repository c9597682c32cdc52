"""Concurrent answers to upsells."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from catalog import stock
from checkout.models import Upsell, UpsellAttempt
from checkout.sentences import OFFER_NOT_ADDED
from checkout.upsells import outcome
from checkout.upsells.acceptance import accept_upsell, decline_upsell, resolve_upsell_attempt
from checkout.upsells.outcome import refuse_attempt
from checkout.upsells.selection import present_next_upsell
from orders.models import Order
from tests.payments.helpers import net_charged, stock_of
from tests.upsells.helpers import (
    buy_and_settle,
    fail_reads_after_call,
    make_upsell,
    next_shown_upsell,
    operation_names,
)

pytestmark = pytest.mark.concurrent


def run_concurrently(*functions):
    """Run the functions in parallel threads. Return their results in order."""

    def run(function):
        try:
            return function()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(functions)) as threads:
        return [done.result() for done in [threads.submit(run, function) for function in functions]]


def test_simultaneous_clicks_charge_once(shop):
    """S20 for upsells."""
    make_upsell(shop)
    attempt = next_shown_upsell(buy_and_settle(shop))

    outcomes = run_concurrently(*[lambda: accept_upsell(attempt=attempt).status] * 6)

    assert outcomes == ["charged"] * 6
    assert operation_names(shop) == ["ordersRetrieve", "ordersAddLineItemsCreate"]
    assert str(net_charged(shop)) == "61.50"
    assert stock_of(shop, "Light bulb", "") == 99
    assert Order.objects.get().items.count() == 2


def test_simultaneous_accept_and_decline_end_as_one_of_them(shop):
    make_upsell(shop)
    attempt = next_shown_upsell(buy_and_settle(shop))

    run_concurrently(lambda: accept_upsell(attempt=attempt), lambda: decline_upsell(attempt=attempt))

    status = UpsellAttempt.objects.get().status
    assert (status, str(net_charged(shop))) in [("charged", "61.50"), ("declined", "54.00")]


def test_opening_many_tabs_makes_one_attempt(shop):
    make_upsell(shop)
    order = buy_and_settle(shop)

    found = run_concurrently(
        *[lambda: present_next_upsell(order=Order.objects.select_related("store").get()).pk] * 6
    )

    assert order.upsell_attempts.count() == 1
    assert set(found) == {order.upsell_attempts.get().pk}


def test_last_item_in_stock_goes_to_one_order(shop):
    """S22 for upsells."""
    make_upsell(shop)
    attempts = [next_shown_upsell(buy_and_settle(shop, key=f"purchase-{number}")) for number in range(4)]
    shop.products.get(name="Light bulb").variants.update(inventory_quantity=1)

    outcomes = run_concurrently(
        *[lambda attempt=attempt: accept_upsell(attempt=attempt).status for attempt in attempts]
    )

    assert sorted(outcomes) == ["charged", "refused", "refused", "refused"]
    assert stock_of(shop, "Light bulb", "") == 0
    assert operation_names(shop) == ["ordersRetrieve", "ordersAddLineItemsCreate"]


def test_last_use_goes_to_one_order(shop):
    make_upsell(shop, usage_limit=1)
    attempts = [next_shown_upsell(buy_and_settle(shop, key=f"purchase-{number}")) for number in range(4)]

    outcomes = run_concurrently(
        *[lambda attempt=attempt: accept_upsell(attempt=attempt).status for attempt in attempts]
    )

    assert sorted(outcomes) == ["charged", "refused", "refused", "refused"]
    assert Upsell.objects.get().usage_count == 1


def test_accepting_and_refusing_do_not_deadlock(shop, monkeypatch):
    make_upsell(shop)
    doubtful, other = [
        next_shown_upsell(buy_and_settle(shop, key=f"purchase-{number}")) for number in range(2)
    ]
    shop.sandbox.plan_fault("close", operation="ordersAddLineItemsCreate", when="before")
    fail_reads_after_call(shop)
    assert accept_upsell(attempt=doubtful).is_in_doubt
    release, released = stock.release_hold, threading.Event()

    def release_slowly(*, reference):
        release(reference=reference)
        released.set()
        time.sleep(0.3)

    monkeypatch.setattr(stock, "release_hold", release_slowly)

    def accept_after_release():
        released.wait(10)
        return accept_upsell(attempt=other).status

    assert run_concurrently(
        lambda: refuse_attempt(doubtful, OFFER_NOT_ADDED.fill()).status, accept_after_release
    ) == [
        "refused",
        "charged",
    ]
    assert (Upsell.objects.get().usage_count, stock_of(shop, "Light bulb", "")) == (1, 99)


def test_refusing_waits_for_a_charge_that_is_being_recorded(shop, monkeypatch):
    """Otherwise the refusal releases stock and a use that the charge takes."""
    make_upsell(shop)
    attempt = next_shown_upsell(buy_and_settle(shop))
    shop.sandbox.plan_fault("close", operation="ordersAddLineItemsCreate", when="after")
    fail_reads_after_call(shop)
    attempt = accept_upsell(attempt=attempt)
    assert attempt.is_in_doubt
    find_added_line, found = outcome.find_added_line, threading.Event()

    def find_slowly(**kwargs):
        found.set()
        time.sleep(0.3)
        return find_added_line(**kwargs)

    monkeypatch.setattr(outcome, "find_added_line", find_slowly)

    def refuse_meanwhile():
        found.wait(10)
        return refuse_attempt(attempt, OFFER_NOT_ADDED.fill()).status

    run_concurrently(lambda: resolve_upsell_attempt(attempt=attempt), refuse_meanwhile)

    assert UpsellAttempt.objects.get().status == "charged"
    assert (Upsell.objects.get().usage_count, stock_of(shop, "Light bulb", "")) == (1, 99)
    assert not Order.objects.get().is_in_review


def test_simultaneous_resolving_adds_the_line_once(shop):
    """S2 for upsells."""
    make_upsell(shop)
    order = buy_and_settle(shop)
    shop.sandbox.plan_fault("close", operation="ordersAddLineItemsCreate", when="after")
    fail_reads_after_call(shop)
    attempt = accept_upsell(attempt=next_shown_upsell(order))
    UpsellAttempt.objects.update(checked_at=None)

    run_concurrently(*[lambda: resolve_upsell_attempt(attempt=attempt)] * 5)

    assert UpsellAttempt.objects.get().status == "charged"
    assert [event.kind for event in order.events.all()] == ["paid", "upsell"]
    assert order.items.count() == 2
    assert stock_of(shop, "Light bulb", "") == 99
