"""The demo moves the sandbox store's clock, and the shop lives on with it."""

import datetime

import pytest
from django.core import mail as outgoing
from django.utils import timezone

from checkout.payments.reconcile import reconcile
from demo.sandbox_clock import Clock
from subscriptions.models import Subscription
from subscriptions.services import cancel, pause, resume
from tests.subscriptions.actors import TWO_TIERS, charges, make_coffee_plan, subscribe

# The same on every database.
pytestmark = pytest.mark.once


@pytest.fixture
def clock(shop, settings):
    settings.ADMIN_API_CALLS_PER_SECOND = 1000
    return Clock(slug=shop.slug, address=f"{shop.sandbox.url}/sandbox/stores/{shop.sandbox.name}/clock")


@pytest.fixture
def subscription(shop, clock):
    return subscribe(shop, make_coffee_plan(shop, TWO_TIERS))


def fresh():
    return Subscription.objects.select_related("store", "order").get()


def test_a_month_on_the_shop_has_the_renewal_and_speaks_of_the_next(shop, clock, subscription):
    assert clock.advance(32).endswith("on the way: 1.")
    reconcile()

    assert [str(row.amount) for row in subscription.invoices.order_by("cycle")] == ["39.99", "44.99"]
    paid = subscription.invoices.get(cycle=1).paid_at
    assert paid > timezone.now() + datetime.timedelta(days=27)
    assert fresh().next_renewal_at > shop.__class__.objects.get().now()


def test_day_by_day_the_reminder_comes_in_time(shop, clock, subscription):
    outgoing.outbox.clear()
    left = (subscription.next_renewal_at - timezone.now()).days
    clock.advance(left - 4)
    reconcile()
    assert outgoing.outbox == []

    clock.advance(2)
    reconcile()

    assert [sent.subject for sent in outgoing.outbox] == ["Your next charge is $44.99"]


def test_a_letter_at_the_prompt_moves_it_and_anything_else_tells_how(shop, clock, capsys):
    clock.obey("w\n")
    clock.obey("x\n")

    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("The store's clock says ")
    assert said[1].startswith("Type d, w or m")
    assert shop.__class__.objects.get().clock_offset > datetime.timedelta(days=6.9)


def test_a_clock_moved_on_the_sandboxs_own_page_is_followed(shop, clock, subscription):
    shop.sandbox.clock(days=7)

    clock.tick()

    assert datetime.timedelta(days=6.9) < fresh().store.clock_offset < datetime.timedelta(days=7.1)
    assert fresh().refresh_at <= timezone.now()


def test_a_pause_of_long_ago_goes_on_at_a_date_to_come(shop, clock, subscription):
    pause(subscription=subscription)
    clock.advance(90)

    resumed = resume(subscription=fresh())

    assert resumed.status == "active"
    assert resumed.store.now() < resumed.next_renewal_at
    assert charges(shop) == ["39.99"]


def test_what_was_to_end_has_ended(shop, clock, subscription):
    cancel(subscription=subscription)
    clock.advance(40)
    reconcile()

    assert (fresh().status, shop.sandbox.subscriptions()[0]["status"]) == ("canceled", "canceled")
    assert charges(shop) == ["39.99"]
