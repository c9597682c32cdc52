"""The demo moves the sandbox store's clock, and the shop lives on with it."""

import datetime

import pytest
from django.core import mail as outgoing
from django.utils import timezone

from checkout.payments.reconcile import run_reconciler
from demo.sandbox_clock import SandboxClock
from subscriptions.models import Subscription
from subscriptions.services import cancel_subscription, pause_subscription, resume_subscription
from tests.subscriptions.helpers import TWO_TIERS, charged_amounts, make_coffee_plan, start_subscription

# The same on every database.
pytestmark = pytest.mark.any_database


@pytest.fixture
def clock(shop, settings):
    settings.NEXT_API_CALLS_PER_SECOND = 1000
    return SandboxClock(
        slug=shop.slug, address=f"{shop.sandbox.url}/sandbox/stores/{shop.sandbox.name}/clock"
    )


@pytest.fixture
def subscription(shop, clock):
    return start_subscription(shop, make_coffee_plan(shop, TWO_TIERS))


def fresh():
    return Subscription.objects.select_related("store", "order").get()


def test_a_month_on_the_shop_has_the_renewal_and_speaks_of_the_next(shop, clock, subscription):
    assert clock.advance(32).endswith("on the way: 1.")
    run_reconciler()

    assert [str(row.amount) for row in subscription.invoices.order_by("cycle")] == ["39.99", "44.99"]
    paid = subscription.invoices.get(cycle=1).paid_at
    assert paid > timezone.now() + datetime.timedelta(days=27)
    assert fresh().next_renewal_at > shop.__class__.objects.get().now()


def test_day_by_day_the_reminder_comes_in_time(shop, clock, subscription):
    outgoing.outbox.clear()
    left = (subscription.next_renewal_at - timezone.now()).days
    clock.advance(left - 4)
    run_reconciler()
    assert outgoing.outbox == []

    clock.advance(2)
    run_reconciler()

    assert [sent.subject for sent in outgoing.outbox] == ["Your next charge is $44.99"]


def test_a_letter_at_the_prompt_moves_it_and_anything_else_tells_how(shop, clock, capsys):
    clock.handle_input("w\n")
    clock.handle_input("x\n")

    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("The store's clock says ")
    assert said[1].startswith("Type d, w or m")
    assert shop.__class__.objects.get().clock_offset > datetime.timedelta(days=6.9)


def test_a_clock_moved_on_the_sandboxs_own_page_is_followed(shop, clock, subscription):
    shop.sandbox.advance_clock(days=7)

    clock.tick()

    assert datetime.timedelta(days=6.9) < fresh().store.clock_offset < datetime.timedelta(days=7.1)
    assert fresh().refresh_at <= timezone.now()


def test_a_pause_of_long_ago_goes_on_at_a_date_to_come(shop, clock, subscription):
    pause_subscription(subscription=subscription)
    clock.advance(90)

    resumed = resume_subscription(subscription=fresh())

    assert resumed.status == "active"
    assert resumed.store.now() < resumed.next_renewal_at
    assert charged_amounts(shop) == ["39.99"]


def test_what_was_to_end_has_ended(shop, clock, subscription):
    cancel_subscription(subscription=subscription)
    clock.advance(40)
    run_reconciler()

    assert (fresh().status, shop.sandbox.subscriptions()[0]["status"]) == ("canceled", "canceled")
    assert charged_amounts(shop) == ["39.99"]
