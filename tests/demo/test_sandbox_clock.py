"""The demo moves the sandbox store's clock, and the shop follows."""

import datetime

import pytest
from django.core import mail
from django.utils import timezone

from checkout.payments.reconcile import reconcile_due_rows
from demo.sandbox_clock import SandboxClock
from subscriptions.models import Subscription
from subscriptions.services import cancel_subscription, pause_subscription, resume_subscription
from tests.subscriptions.helpers import TWO_TIERS, charged_amounts, make_coffee_plan, start_subscription

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


def load_subscription():
    return Subscription.objects.select_related("store", "order").get()


def test_renewal_is_recorded_after_a_month(shop, clock, subscription):
    assert clock.advance(32).endswith("Renewals and other events: 1.")
    reconcile_due_rows()

    assert [str(row.amount) for row in subscription.invoices.order_by("cycle")] == ["39.99", "44.99"]
    paid_at = subscription.invoices.get(cycle=1).paid_at
    assert paid_at > timezone.now() + datetime.timedelta(days=27)
    assert load_subscription().next_renewal_at > shop.__class__.objects.get().now()


def test_reminder_is_emailed_in_time(shop, clock, subscription):
    mail.outbox.clear()
    days_left = (subscription.next_renewal_at - timezone.now()).days
    clock.advance(days_left - 11)
    reconcile_due_rows()
    assert mail.outbox == []

    clock.advance(2)
    reconcile_due_rows()

    assert [message.subject for message in mail.outbox] == ["Your next charge is $44.99"]


def test_key_moves_the_clock_and_other_input_prints_help(shop, clock, capsys):
    clock.handle_input("w\n")
    clock.handle_input("x\n")

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("The sandbox clock now says ")
    assert lines[1].startswith("Type d, w or m")
    assert shop.__class__.objects.get().clock_offset > datetime.timedelta(days=6.9)


def test_clock_moved_on_the_sandbox_page_is_followed(shop, clock, subscription):
    shop.sandbox.advance_clock(days=7)

    clock.tick()

    assert (
        datetime.timedelta(days=6.9) < load_subscription().store.clock_offset < datetime.timedelta(days=7.1)
    )
    assert load_subscription().refresh_at <= timezone.now()


def test_resuming_after_a_long_pause_renews_in_the_future(shop, clock, subscription):
    pause_subscription(subscription=subscription)
    clock.advance(90)

    resumed = resume_subscription(subscription=load_subscription())

    assert resumed.status == "active"
    assert resumed.store.now() < resumed.next_renewal_at
    assert charged_amounts(shop) == ["39.99"]


def test_canceled_subscription_ends(shop, clock, subscription):
    cancel_subscription(subscription=subscription)
    clock.advance(40)
    reconcile_due_rows()

    assert (load_subscription().status, shop.sandbox.subscriptions()[0]["status"]) == ("canceled", "canceled")
    assert charged_amounts(shop) == ["39.99"]
