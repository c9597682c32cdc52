"""S28: a process is killed at every line of payment and settlement in turn, then started again.

A child process checks out, pays and comes back, and is killed at one line (`tests.crash`). Then the shopper
tries again and the reconciler does its rounds. The result is always that of an undisturbed run.
"""

from decimal import Decimal
from typing import Any

import pytest

from catalog.models import Hold
from checkout.models import PaymentIntent, WebhookEvent
from checkout.payments.place_order import AlreadyPaid
from checkout.payments.reconcile import reconcile_due_rows
from orders.models import Order
from stores import polling
from tests.crash import alternate_by_database, distinct_crash_points, run_in_child
from tests.factories import publish
from tests.payments.helpers import (
    age_intent,
    deliver_webhook,
    make_due,
    net_charged,
    pay_at_link,
    post_return,
    stock_of,
    submit_checkout,
)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    """Nobody answers the request that died."""
    monkeypatch.setattr(polling, "WAIT_SECONDS", 0)


def checkout_as(shop: Any, key: str) -> PaymentIntent:
    """Check out as a new person for each purchase, so that each creates a customer."""
    return submit_checkout(shop, key=key, email=f"{key.replace(' ', '.')}@example.com")


def buy(shop: Any, key: str) -> None:
    """Check out, pay and come back."""
    intent = checkout_as(shop, key)
    post_return(intent, pay_at_link(intent))


def buy_by_webhook(shop: Any, key: str) -> None:
    """Pay and close the tab at Link; the webhook settles the payment."""
    pay_at_link(checkout_as(shop, key))
    deliver_webhook(shop, "order.created", shop.sandbox.orders()[-1], event_id=key)


def buy_by_reconciler(shop: Any, key: str) -> None:
    """Pay without a return or webhook; the reconciler settles the payment."""
    pay_at_link(checkout_as(shop, key))
    make_due()
    reconcile_due_rows()


def recover(shop: Any, key: str, paid_before: Decimal) -> None:
    """Continue after the crash: a shopper who wasn't charged tries again, then the reconciler runs."""
    if net_charged(shop) == paid_before:
        try:
            intent = checkout_as(shop, key)
        except AlreadyPaid:
            raise AssertionError("reported as paid, but not charged") from None
        if intent.is_unclear:
            # The response died with the process: wait until the attempt is written off, then try again.
            for _ in range(5):
                age_intent(intent, expire_hold=False, minutes=2)
                make_due()
                reconcile_due_rows()
            intent = checkout_as(shop, key)
        pay_at_link(intent)
    for _ in range(3):
        make_due()
        reconcile_due_rows()


@pytest.mark.slow
@pytest.mark.parametrize("purchase", [buy, buy_by_webhook, buy_by_reconciler])
def test_purchase_killed_at_any_line_ends_like_an_undisturbed_one(shop, purchase):
    every_line = run_in_child(lambda: purchase(shop, "undisturbed"), crash_at=None)
    places = alternate_by_database(distinct_crash_points(every_line))
    assert len(every_line) > 200
    assert len(places) > 10
    lamps = 5000
    shop.products.get(name="Desk lamp").variants.update(inventory_quantity=lamps)
    publish(shop)
    for number, place in enumerate(places):
        key = f"purchase {number}"
        shop.products.get(name="Desk lamp").variants.update(inventory_quantity=lamps)
        before = net_charged(shop)
        # What an earlier crash left behind is checked again at a time that never comes here.
        PaymentIntent.objects.update(next_check_at=None)

        run_in_child(lambda key=key: purchase(shop, key), crash_at=place)
        recover(shop, key, before)

        order = Order.objects.get(checkout_key=key)
        assert order.status == "Paid", place
        assert net_charged(shop) - before == Decimal("54.00"), place
        assert list(order.events.values_list("kind", flat=True)) == ["paid"], place
        assert order.payment_intents.filter(status="succeeded").count() == 1, place
        assert not PaymentIntent.objects.filter(order=order, status="review").exists(), place
        assert not Hold.objects.filter(state="held").exists(), place
        assert not WebhookEvent.objects.filter(outcome__code="event_received").exists(), place
        assert stock_of(shop) == lamps - 1, place
