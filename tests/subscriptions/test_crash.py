"""S28: killed at every line of a subscription sync, then restarted."""

import datetime

import pytest
from django.utils import timezone

from checkout.payments.reconcile import reconcile_due_rows
from orders.models import Order
from subscriptions.models import Invoice, Subscription
from subscriptions.services import pause_subscription, resume_subscription
from tests.crash import alternate_by_database, distinct_crash_points, run_in_child
from tests.subscriptions.helpers import (
    TWO_TIERS,
    advance_clock,
    charged_amounts,
    make_coffee_plan,
    renew_subscription,
    start_subscription,
    sync_now,
)


def sync_by_reconciler(subscription):
    """Make the subscription due and run the reconciler."""
    Subscription.objects.filter(pk=subscription.pk).update(refresh_at=timezone.now())
    done = reconcile_due_rows()
    assert not [what for what in done if what.endswith(("failed", "not reached"))], done
    return Subscription.objects.select_related("store", "order", "customer").get(pk=subscription.pk)


def pass_next_renewal(shop, subscription):
    late = subscription.next_renewal_at + datetime.timedelta(minutes=1)
    advance_clock(shop, to=late.isoformat())


@pytest.mark.slow
def test_crash_at_any_line_leaves_one_order_and_invoice_for_each_renewal(shop):
    subscription = renew_subscription(shop, start_subscription(shop, make_coffee_plan(shop, TWO_TIERS)))
    pass_next_renewal(shop, subscription)
    places = alternate_by_database(
        distinct_crash_points(run_in_child(lambda: sync_now(subscription), crash_at=None))
    )
    assert len(places) > 4
    for place in places:
        subscription = sync_by_reconciler(subscription)
        pass_next_renewal(shop, subscription)

        run_in_child(lambda now=subscription: sync_now(now), crash_at=place)
        subscription = sync_by_reconciler(subscription)

        paid = charged_amounts(shop)
        assert paid == ["39.99", *["44.99"] * (len(paid) - 1)], place
        invoices = Invoice.objects.order_by("cycle").values_list("cycle", "status", "amount")
        assert [(cycle, state, str(amount)) for cycle, state, amount in invoices] == [
            (cycle, "paid", amount) for cycle, amount in enumerate(paid)
        ], place
        assert Order.objects.filter(status="Paid").count() == Order.objects.count() == len(paid), place
        assert subscription.cycle == len(paid) - 1, place


@pytest.mark.slow
def test_crash_at_any_line_of_a_pause_completes_it_or_leaves_no_trace(shop):
    subscription = start_subscription(shop, make_coffee_plan(shop, TWO_TIERS))
    date = subscription.next_renewal_at
    places = alternate_by_database(
        distinct_crash_points(
            run_in_child(lambda: pause_subscription(subscription=subscription), crash_at=None)
        )
    )
    assert len(places) > 4
    ended = []
    for place in places:
        subscription = sync_by_reconciler(subscription)
        if subscription.status == "paused":
            subscription = resume_subscription(subscription=subscription)
        assert (subscription.status, subscription.next_renewal_at) == ("active", date), place
        shop.sandbox.clear_requests()

        run_in_child(lambda now=subscription: pause_subscription(subscription=now), crash_at=place)
        subscription = sync_by_reconciler(subscription)

        (next_subscription,) = shop.sandbox.subscriptions()
        assert (subscription.status, subscription.pending_action) == (next_subscription["status"], ""), place
        asked = [call["operation"] for call in shop.sandbox.requests()].count("subscriptionsPauseCreate")
        assert asked == (1 if subscription.status == "paused" else 0), place
        ended.append(subscription.status)
    assert ended == sorted(ended)  # early crashes leave no trace; later ones complete the pause
    assert set(ended) == {"active", "paused"}
    assert charged_amounts(shop) == ["39.99"]
