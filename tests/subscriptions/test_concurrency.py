"""Concurrent changes and syncs of one subscription."""

import datetime
import time
from concurrent.futures import ThreadPoolExecutor, wait
from decimal import Decimal

import pytest
from django.core import mail as outgoing
from django.db import connection
from django.utils import timezone

from checkout.payments.reconcile import reconcile_due_rows
from orders import notifications
from orders.models import Order, OrderReview
from orders.sync import apply_next_order, sync_order_as_staff
from stores.errors import Conflict
from stores.next_client import open_next_client
from subscriptions import billing_cycles
from subscriptions.models import Invoice, Subscription
from subscriptions.services import (
    cancel_subscription,
    change_subscription,
    pause_subscription,
    resume_subscription,
    skip_charge,
)
from tests.factories import variant_of
from tests.payments.helpers import stock_of
from tests.subscriptions.helpers import (
    TWO_TIERS,
    advance_clock,
    charged_amounts,
    make_coffee_plan,
    make_lamp_plan,
    start_subscription,
    sync_now,
)

pytestmark = pytest.mark.concurrent


@pytest.fixture
def subscription(shop):
    return start_subscription(shop, make_coffee_plan(shop, TWO_TIERS))


def fresh():
    return Subscription.objects.select_related("store", "order").get()


def run_together(*works):
    """Run all functions in threads; return each result, or the message of its Conflict."""

    def run(work):
        try:
            return work()
        except Conflict as refused:
            return refused.message
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as threads:
        return [done.result() for done in [threads.submit(run, work) for work in works]]


def syncs(times):
    """Return `times` syncs, as run by reconcilers and webhooks."""
    return [lambda: sync_now(fresh())] * times


def next_subscription(shop):
    (found,) = shop.sandbox.subscriptions()
    return found


def test_concurrent_syncs_record_a_renewal_once(shop, subscription):
    """S18."""
    advance_clock(shop, days=32)

    run_together(*syncs(5))

    assert Order.objects.count() == 2
    assert list(Invoice.objects.order_by("cycle").values_list("cycle", "status")) == [
        (0, "paid"),
        (1, "paid"),
    ]
    assert Order.objects.count() == 2
    assert not OrderReview.objects.exists()


def test_concurrent_syncs_set_the_price(shop, subscription):
    line, number = subscription.main_line.next_line_id, subscription.next_subscription_id
    shop.sandbox.call("PUT", f"subscriptions/{number}/lines/{line}/", {"quantity": 1, "price": "99.00"})

    run_together(*syncs(4))

    assert fresh().main_line.price == Decimal("44.99")
    assert next_subscription(shop)["lines"][0]["price"] == "44.99"


def test_concurrent_variant_changes_leave_one_line(shop):
    lamp = shop.products.get(name="Desk lamp")
    start_subscription(shop, make_lamp_plan(shop), variant=variant_of(lamp, "Black"))
    white = variant_of(lamp, "White")
    shop.sandbox.plan_fault(
        "delay", operation="subscriptionsLinesCreate", seconds=0.3, when="before", times=9
    )

    run_together(*[lambda: change_subscription(subscription=fresh(), variant_id=white.pk)] * 3, *syncs(3))
    sync_now(fresh())

    lines = [(line["variant_title"], line["price"]) for line in next_subscription(shop)["lines"]]
    assert lines == [("White", "59.00")]
    assert [line.title for line in fresh().lines.all()] == ["White"]
    advance_clock(shop, days=32)
    run_together(*syncs(3))
    assert charged_amounts(shop) == ["54.00", "64.00"]
    assert stock_of(shop, "Desk lamp", "White") == 9


def test_cancel_wins_over_a_concurrent_pause(shop, subscription):
    for _time in range(3):
        run_together(
            lambda: pause_subscription(subscription=fresh()),
            lambda: cancel_subscription(subscription=fresh(), at_period_end=False),
            *syncs(2),
        )

    sync_now(fresh())
    assert (fresh().status, fresh().pending_action, next_subscription(shop)["status"]) == (
        "canceled",
        "",
        "canceled",
    )
    advance_clock(shop, days=70)
    assert charged_amounts(shop) == ["39.99"]


def test_cancel_at_period_end_with_a_concurrent_pause_charges_nothing(shop, subscription):
    run_together(
        lambda: pause_subscription(subscription=fresh()),
        lambda: cancel_subscription(subscription=fresh()),
        *syncs(2),
    )

    sync_now(fresh())
    assert (fresh().cancel_at_period_end, next_subscription(shop)["status"]) == (True, "paused")
    advance_clock(shop, days=70)
    assert charged_amounts(shop) == ["39.99"]


def test_concurrent_pause_and_resume_end_in_sync(shop, subscription):
    for _time in range(4):
        run_together(
            lambda: pause_subscription(subscription=fresh()),
            lambda: resume_subscription(subscription=fresh()),
            *syncs(1),
        )

    subscription = sync_now(fresh())
    assert (subscription.status, subscription.pending_action) == (next_subscription(shop)["status"], "")
    assert not subscription.sync_error


def test_concurrent_skips_skip_one_charge(shop, subscription):
    date = subscription.next_renewal_at

    run_together(*[lambda: skip_charge(subscription=fresh(), charge_at=date)] * 4)

    assert datetime.timedelta(days=27) < fresh().next_renewal_at - date < datetime.timedelta(days=32)
    notifications.send_due_notifications()
    subjects = [sent.subject for sent in outgoing.outbox]
    assert subjects.count("Your next charge is skipped") == 1


def test_concurrent_reconcilers_remind_once(shop, subscription):
    date = timezone.now() + datetime.timedelta(days=2)
    body = {"next_renewal_date": date.isoformat()}
    shop.sandbox.call("PATCH", f"subscriptions/{subscription.next_subscription_id}/", body)
    Subscription.objects.update(refresh_at=timezone.now())

    run_together(*syncs(3), reconcile_due_rows, reconcile_due_rows)
    run_together(
        notifications.send_due_notifications,
        notifications.send_due_notifications,
        notifications.send_due_notifications,
    )

    subjects = [sent.subject for sent in outgoing.outbox]
    assert subjects.count("Your next charge is $44.99") == 1


def test_late_response_does_not_undo_a_newer_one(shop, subscription):
    """S19: requested before the pause, answered after it."""
    shop.sandbox.plan_fault("delay", operation="subscriptionsRetrieve", seconds=1, when="after")

    def soon():
        time.sleep(0.4)
        pause_subscription(subscription=fresh())

    run_together(*syncs(1), soon)

    assert (fresh().status, fresh().next_status, next_subscription(shop)["status"]) == ("paused",) * 3


def test_late_renewal_does_not_undo_a_newer_order(shop, subscription, monkeypatch):
    """S19: the order is read, then refunded and synced, then mirrored as first read."""
    advance_clock(shop, days=32)
    subscription = sync_now(subscription)
    order = Order.objects.select_related("store").get(next_order_number=shop.sandbox.orders()[-1]["number"])
    shop.sandbox.edit_order(order.next_order_number, refund={"amount": "1.00"})
    read = open_next_client(shop).retrieve_order(order.next_order_number)
    shop.sandbox.edit_order(order.next_order_number, refund={"amount": "2.00"})
    with ThreadPoolExecutor(1) as threads:

        def apply_late(**news):
            futures.append(threads.submit(run_together, lambda: sync_order_as_staff(order=order)))
            wait(futures, timeout=0.7)
            return apply_next_order(**news)

        futures = []
        monkeypatch.setattr(billing_cycles, "apply_next_order", apply_late)
        billing_cycles.record_renewal(subscription=subscription, next_order=read, cycle=1)

    order.refresh_from_db()
    assert [refund.amount for refund in order.refunds.all()] == [Decimal("1.00"), Decimal("2.00")]
