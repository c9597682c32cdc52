"""Renewal webhooks: they schedule a sync, and are never mistaken for a second payment."""

import pytest

from checkout.models import WebhookEvent
from checkout.payments.reconcile import reconcile_due_rows
from checkout.webhook_registration import register_webhook
from orders.models import Order, OrderReview
from subscriptions.models import Invoice, Subscription
from tests.payments.helpers import deliver_webhook
from tests.subscriptions.helpers import TWO_TIERS, advance_clock, make_coffee_plan, start_subscription


@pytest.fixture
def reachable_shop(shop, live_server):
    """`shop`, served, so that the sandbox's webhooks reach it."""
    shop.host = live_server.url.removeprefix("http://")
    shop.save()
    register_webhook(store=shop)
    return shop


def test_renewal_webhook_creates_an_order_and_an_invoice(reachable_shop):
    start_subscription(reachable_shop, make_coffee_plan(reachable_shop, TWO_TIERS))
    reachable_shop.sandbox.wait_for_deliveries()

    advance_clock(reachable_shop, days=32)
    reachable_shop.sandbox.wait_for_deliveries()
    reconcile_due_rows()

    assert Invoice.objects.get(cycle=1).status == "paid"
    assert Order.objects.count() == 2
    assert Order.objects.count() == 2
    assert not OrderReview.objects.exists()
    assert not WebhookEvent.objects.exclude(next_try_at=None).exists()

    renewal = next(order for order in reachable_shop.sandbox.orders() if order["number"] == last_number())
    Order.objects.update(refresh_at=None)
    deliver_webhook(reachable_shop, "order.updated", renewal, event_id="more of it")
    assert [order.next_order_number for order in Order.objects.exclude(refresh_at=None)] == [last_number()]


def last_number():
    """Return the NEXT number of the newest order."""
    return Order.objects.latest("created_at").next_order_number


def test_subscription_events_schedule_a_sync(shop):
    subscription = start_subscription(shop, make_coffee_plan(shop, TWO_TIERS))
    number = subscription.next_subscription_id
    events = [
        ("subscription.updated", {"id": number}, "the subscription will be synced", True),
        ("subscription.updated", {"id": number + 1}, "no such subscription here yet", False),
        ("transaction.created", {"subscription": {"id": number}}, "not about this store", True),
    ]
    for place, (kind, data, outcome, is_scheduled) in enumerate(events):
        Subscription.objects.update(refresh_at=None)

        deliver_webhook(shop, kind, data, event_id=f"event {place}")

        assert str(WebhookEvent.objects.get(event_id=f"event {place}").outcome) == outcome
        assert (Subscription.objects.get().refresh_at is not None) == is_scheduled


def test_duplicate_late_renewal_events_change_nothing(reachable_shop):
    """S18, S19."""
    reachable_shop.sandbox.switches(webhooks={"mode": "double"})
    start_subscription(reachable_shop, make_coffee_plan(reachable_shop, TWO_TIERS))
    advance_clock(reachable_shop, days=32)
    reachable_shop.sandbox.wait_for_deliveries()

    for _ in range(3):
        reconcile_due_rows()

    assert Invoice.objects.count() == 2
    assert Order.objects.count() == 2
    assert Order.objects.count() == 2
    assert not OrderReview.objects.exists()
