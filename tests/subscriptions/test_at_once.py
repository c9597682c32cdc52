"""One subscription from many sides at the same moment."""

import datetime
import time
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from django.core import mail as outgoing
from django.db import connection
from django.utils import timezone

from checkout.payments.reconcile import reconcile
from nextcommerce.client import AdminApi
from orders import notifications
from orders.mirror import mirror
from orders.models import Order
from orders.refunds import refresh
from stores.errors import Conflict
from subscriptions import renewals
from subscriptions.models import Invoice, Subscription
from subscriptions.services import cancel, change, pause, resume, skip
from tests.factories import variant_of
from tests.payment.actors import stock_of
from tests.subscriptions.actors import (
    TWO_TIERS,
    charges,
    make_coffee_plan,
    make_lamp_plan,
    pass_time,
    subscribe,
    upkeep,
)

pytestmark = pytest.mark.at_once


@pytest.fixture
def subscription(shop):
    return subscribe(shop, make_coffee_plan(shop, TWO_TIERS))


def fresh():
    return Subscription.objects.select_related("store", "order").get()


def at_once(*works):
    """Run them all in threads; return what each returned, or the sentence it was refused with."""

    def run(work):
        try:
            return work()
        except Conflict as refused:
            return refused.message
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as threads:
        return [done.result() for done in [threads.submit(run, work) for work in works]]


def looks(times):
    """So many sides that look at it: reconcilers, and a webhook that has one look."""
    return [lambda: upkeep(fresh())] * times


def at_store(shop):
    (found,) = shop.sandbox.subscriptions()
    return found


def test_a_renewal_taken_in_from_many_sides_is_one_order_and_one_invoice(shop, subscription):
    """S18."""
    pass_time(shop, days=32)

    at_once(*looks(5))

    assert Order.objects.count() == 2
    assert list(Invoice.objects.order_by("cycle").values_list("cycle", "status")) == [
        (0, "paid"),
        (1, "paid"),
    ]
    assert [order.review_reason for order in Order.objects.all()] == ["", ""]


def test_a_price_set_from_many_sides_is_set(shop, subscription):
    line, number = subscription.line["store_line_id"], subscription.next_subscription_id
    shop.sandbox.call("PUT", f"subscriptions/{number}/lines/{line}/", {"quantity": 1, "price": "99.00"})

    at_once(*looks(4))

    assert (fresh().line["price"], at_store(shop)["lines"][0]["price"]) == ("44.99", "44.99")


def test_another_variant_brought_about_from_many_sides_leaves_one_line(shop):
    lamp = shop.products.get(name="Desk lamp")
    subscribe(shop, make_lamp_plan(shop), variant=variant_of(lamp, "Black"))
    white = variant_of(lamp, "White")
    shop.sandbox.fault("delay", operation="subscriptionsLinesCreate", seconds=0.3, when="before", times=9)

    at_once(*[lambda: change(subscription=fresh(), variant_id=white.pk)] * 3, *looks(3))
    upkeep(fresh())

    lines = [(line["variant_title"], line["price"]) for line in at_store(shop)["lines"]]
    assert lines == [("White", "59.00")]
    assert [line["title"] for line in fresh().lines] == ["White"]
    pass_time(shop, days=32)
    at_once(*looks(3))
    assert charges(shop) == ["54.00", "64.00"]
    assert stock_of(shop, "Desk lamp", "White") == 9


def test_a_pause_raced_by_an_end_ends(shop, subscription):
    for _time in range(3):
        at_once(
            lambda: pause(subscription=fresh()),
            lambda: cancel(subscription=fresh(), at_period_end=False),
            *looks(2),
        )

    upkeep(fresh())
    assert (fresh().status, fresh().wish, at_store(shop)["status"]) == ("canceled", "", "canceled")
    pass_time(shop, days=70)
    assert charges(shop) == ["39.99"]


def test_a_pause_raced_by_an_end_of_the_period_is_charged_nothing_more(shop, subscription):
    at_once(lambda: pause(subscription=fresh()), lambda: cancel(subscription=fresh()), *looks(2))

    upkeep(fresh())
    assert (fresh().cancel_at_period_end, at_store(shop)["status"]) == (True, "paused")
    pass_time(shop, days=70)
    assert charges(shop) == ["39.99"]


def test_paused_and_resumed_in_a_hurry_ends_as_it_says(shop, subscription):
    for _time in range(4):
        at_once(lambda: pause(subscription=fresh()), lambda: resume(subscription=fresh()), *looks(1))

    subscription = upkeep(fresh())
    assert (subscription.status, subscription.wish) == (at_store(shop)["status"], "")
    assert subscription.problem == ""


def test_a_charge_skipped_with_two_clicks_is_skipped_once(shop, subscription):
    date = subscription.next_renewal_at

    at_once(*[lambda: skip(subscription=fresh(), charge_at=date)] * 4)

    assert datetime.timedelta(days=27) < fresh().next_renewal_at - date < datetime.timedelta(days=32)
    notifications.send_due()
    told = [sent.subject for sent in outgoing.outbox]
    assert told.count("One charge is left out") == 1


def test_many_reconcilers_remind_once(shop, subscription):
    date = timezone.now() + datetime.timedelta(days=2)
    body = {"next_renewal_date": date.isoformat()}
    shop.sandbox.call("PATCH", f"subscriptions/{subscription.next_subscription_id}/", body)
    Subscription.objects.update(refresh_at=timezone.now())

    at_once(*looks(3), reconcile, reconcile)
    at_once(notifications.send_due, notifications.send_due, notifications.send_due)

    told = [sent.subject for sent in outgoing.outbox]
    assert told.count("Your next charge is $44.99") == 1


def test_an_old_answer_that_comes_late_does_not_undo_what_was_seen_since(shop, subscription):
    """S19: asked before the pause, answered after it."""
    shop.sandbox.fault("delay", operation="subscriptionsRetrieve", seconds=1, when="after")

    def soon():
        time.sleep(0.4)
        pause(subscription=fresh())

    at_once(*looks(1), soon)

    assert (fresh().status, fresh().store_status, at_store(shop)["status"]) == ("paused",) * 3


def test_a_renewal_taken_in_late_does_not_undo_news_of_its_order(shop, subscription, monkeypatch):
    """S19: it is read, then refunded and told so, then mirrored as it was read."""
    pass_time(shop, days=32)
    subscription = upkeep(subscription)
    order = Order.objects.select_related("store").get(store_order_number=shop.sandbox.orders()[-1]["number"])
    shop.sandbox.edit(order.store_order_number, refund={"amount": "1.00"})
    read = AdminApi(shop).retrieve_order(order.store_order_number)
    shop.sandbox.edit(order.store_order_number, refund={"amount": "2.00"})
    with ThreadPoolExecutor(1) as threads:

        def mirror_late(**news):
            told.append(threads.submit(at_once, lambda: refresh(order=order)))
            wait(told, timeout=0.7)
            return mirror(**news)

        told = []
        monkeypatch.setattr(renewals, "mirror", mirror_late)
        renewals.take_in_renewal(subscription=subscription, store_order=read, cycle=1)

    order.refresh_from_db()
    assert [refund["amount"] for refund in order.refunds] == ["1.00", "2.00"]
