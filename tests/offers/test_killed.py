"""S28: killed at every line of an offer's yes, and of finding out what became of it, then started again."""

import datetime
from decimal import Decimal

import pytest
from django.db.models import F

from catalog.models import Hold
from checkout.models import Offer, OfferAttempt
from checkout.payments.reconcile import reconcile
from checkout.upsells import answers
from checkout.upsells.answers import accept, clear_up_due
from nextcommerce.transport import PoliteRetry
from orders.models import Order
from tests.factories import publish
from tests.killing import in_child, in_turn, worth_dying_at
from tests.offers.actors import buy, calls, make_offer, shown
from tests.payment.actors import charged, stock_of

BULBS = 100


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(answers, "WAIT_SECONDS", 0)
    monkeypatch.setattr(PoliteRetry, "sleep", lambda self, response=None: None)


def minutes_pass(minutes):
    """For the offers in doubt."""
    by = datetime.timedelta(minutes=minutes)
    times = ("sent_at", "checked_at", "next_check_at")
    OfferAttempt.objects.update(**{name: F(name) - by for name in times})


def say_yes(shop, attempt):
    accept(attempt=attempt)


def find_out(shop, attempt):
    """The answer to the yes was lost, and the store was away when it was looked for."""
    clear_up_due()


def prepared(shop, attempt, work):
    if work is find_out:
        shop.sandbox.fault("close", operation="ordersAddLineItemsCreate", when="after")
        shop.sandbox.fault("status", operation="ordersRetrieve", status=503, when="before", times=3)
        assert accept(attempt=attempt).is_in_doubt
        shop.sandbox.switches(faults=[])
        minutes_pass(2)


def go_on(attempt):
    """The shopper presses the button once more, then time passes."""
    accept(attempt=OfferAttempt.objects.select_related("order__store").get(pk=attempt.pk))
    for minutes in (2, 4, 70):
        minutes_pass(minutes)
        reconcile()


@pytest.mark.slow
@pytest.mark.parametrize("work", [say_yes, find_out])
def test_killed_at_any_line_an_offer_is_charged_once_and_in_the_order_or_not_at_all(shop, work):
    shop.products.get(name="Desk lamp").variants.update(inventory_quantity=5000)
    publish(shop)
    make_offer(shop)
    first = shown(buy(shop, key="undisturbed"))
    prepared(shop, first, work)
    places = in_turn(worth_dying_at(in_child(lambda: work(shop, first), die_at=None)))
    assert len(places) > 4
    ended = set()
    for number, place in enumerate(places):
        Offer.objects.update(times_taken=0)
        shop.products.get(name="Light bulb").variants.update(inventory_quantity=BULBS)
        order = buy(shop, key=f"purchase {number}")
        attempt = shown(order)
        before = charged(shop)
        prepared(shop, attempt, work)

        in_child(lambda attempt=attempt: work(shop, attempt), die_at=place)
        go_on(attempt)

        attempt.refresh_from_db()
        order = Order.objects.get(pk=order.pk)
        taken = calls(shop).count("ordersAddLineItemsCreate")
        ended.add((attempt.status, taken))
        assert charged(shop) - before == taken * Decimal("7.50"), place
        assert Offer.objects.get().times_taken == taken, place
        assert stock_of(shop, "Light bulb", "") == BULBS - taken, place
        assert [item.is_upsell for item in order.items.all()] == [False, True][: taken + 1], place
        assert [event.kind for event in order.events.all()] == ["paid", "offer"][: taken + 1], place
        assert order.total == Decimal("54.00") + taken * Decimal("7.50"), place
        assert (order.review_reason, attempt.next_check_at) == ("", None), place
        assert not Hold.objects.filter(state="held").exists(), place
    # Killed after its record and before its call it was never sent, and is never sent later.
    assert {("charged", 1)} <= ended <= {("charged", 1), *([("refused", 0)] if work is say_yes else [])}
