"""S28: killed at every line of looking after a subscription, then started again."""

import datetime

import pytest
from django.utils import timezone

from checkout.payments.reconcile import reconcile
from orders.models import Order
from subscriptions.models import Invoice, Subscription
from subscriptions.services import pause, resume
from tests.killing import in_child, in_turn, worth_dying_at
from tests.subscriptions.actors import (
    TWO_TIERS,
    charges,
    make_coffee_plan,
    pass_time,
    renew,
    subscribe,
    upkeep,
)


def due(subscription):
    """Its time has come: the reconciler looks."""
    Subscription.objects.filter(pk=subscription.pk).update(refresh_at=timezone.now())
    done = reconcile()
    assert not [what for what in done if what.endswith(("failed", "not reached"))], done
    return Subscription.objects.select_related("store", "order", "customer").get(pk=subscription.pk)


def charged_anew(shop, subscription):
    late = subscription.next_renewal_at + datetime.timedelta(minutes=1)
    pass_time(shop, to=late.isoformat())


@pytest.mark.slow
def test_killed_at_any_line_each_renewal_is_one_order_and_one_paid_invoice(shop):
    subscription = renew(shop, subscribe(shop, make_coffee_plan(shop, TWO_TIERS)))
    charged_anew(shop, subscription)
    places = in_turn(worth_dying_at(in_child(lambda: upkeep(subscription), die_at=None)))
    assert len(places) > 4
    for place in places:
        subscription = due(subscription)
        charged_anew(shop, subscription)

        in_child(lambda now=subscription: upkeep(now), die_at=place)
        subscription = due(subscription)

        paid = charges(shop)
        assert paid == ["39.99", *["44.99"] * (len(paid) - 1)], place
        invoices = Invoice.objects.order_by("cycle").values_list("cycle", "status", "amount")
        assert [(cycle, state, str(amount)) for cycle, state, amount in invoices] == [
            (cycle, "paid", amount) for cycle, amount in enumerate(paid)
        ], place
        assert Order.objects.filter(status="Paid").count() == Order.objects.count() == len(paid), place
        assert subscription.cycle == len(paid) - 1, place


@pytest.mark.slow
def test_killed_at_any_line_a_pause_is_wanted_and_brought_about_or_was_never_asked_for(shop):
    subscription = subscribe(shop, make_coffee_plan(shop, TWO_TIERS))
    date = subscription.next_renewal_at
    places = in_turn(worth_dying_at(in_child(lambda: pause(subscription=subscription), die_at=None)))
    assert len(places) > 4
    ended = []
    for place in places:
        subscription = due(subscription)
        if subscription.status == "paused":
            subscription = resume(subscription=subscription)
        assert (subscription.status, subscription.next_renewal_at) == ("active", date), place
        shop.sandbox.clear_requests()

        in_child(lambda now=subscription: pause(subscription=now), die_at=place)
        subscription = due(subscription)

        (at_store,) = shop.sandbox.subscriptions()
        assert (subscription.status, subscription.wish) == (at_store["status"], ""), place
        asked = [call["operation"] for call in shop.sandbox.requests()].count("subscriptionsPauseCreate")
        assert asked == (1 if subscription.status == "paused" else 0), place
        ended.append(subscription.status)
    assert ended == sorted(ended)  # first nothing had been asked for; from then on it is brought about
    assert set(ended) == {"active", "paused"}
    assert charges(shop) == ["39.99"]
