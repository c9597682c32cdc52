"""Emails to subscribers: sent once, after the change is confirmed, in their language."""

import datetime
from decimal import Decimal

import pytest
from django.core import mail as outgoing
from django.utils import timezone

from checkout.payments.reconcile import reconcile_due_rows
from checkout.payments.settle import check_payment_intent
from checkout.selection import Selection, SelectionLine
from orders import notifications
from orders.models import Notification, Order
from stores.dates import format_store_day
from stores.errors import Conflict
from subscriptions.models import Subscription
from subscriptions.services import (
    cancel_subscription,
    change_subscription,
    pause_subscription,
    resume_subscription,
    revoke_cancellation,
    skip_charge,
)
from tests.factories import make_plan, make_review, variant_of
from tests.payments.helpers import pay_at_link, submit_checkout
from tests.subscriptions.helpers import (
    TWO_TIERS,
    advance_clock_and_sync,
    charged_amounts,
    make_coffee_plan,
    renew_subscription,
    start_subscription,
    sync_now,
)


@pytest.fixture
def subscription(shop):
    subscription = start_subscription(shop, make_coffee_plan(shop, TWO_TIERS))
    outgoing.outbox.clear()
    return subscription


def subjects():
    notifications.send_due_notifications()
    return [sent.subject for sent in outgoing.outbox]


def move_renewal(shop, subscription, **later):
    """Move the next charge in NEXT Commerce, then sync."""
    date = timezone.now() + datetime.timedelta(**later)
    body = {"next_renewal_date": date.isoformat()}
    shop.sandbox.call("PATCH", f"subscriptions/{subscription.next_subscription_id}/", body)
    return sync_now(subscription)


def make_next_unreachable(shop):
    shop.sandbox.plan_fault("status", operation="*", status=503, when="before", times=3)


def test_new_subscriber_gets_one_email_with_the_terms(shop):
    """R139: in text and HTML, once."""
    shop.support_email = "help@example.com"
    shop.save()

    subscription = start_subscription(shop, make_coffee_plan(shop, TWO_TIERS))
    sync_now(subscription)

    assert subjects() == ["Your Lamp House subscription"]
    (sent,) = outgoing.outbox
    date = subscription.next_renewal_at
    assert (sent.to, sent.reply_to) == (["ada@example.com"], ["help@example.com"])
    for body in (sent.body, sent.alternatives[0].content):
        for fact in ("Field notes", "Every month", "$39.99", "$44.99", format_store_day(date, shop)):
            assert fact in body
        assert f"http://testserver{subscription.get_absolute_url()}" in body


def test_welcome_tells_the_whole_ladder_with_shipping(shop):
    lamp = shop.products.get(name="Desk lamp")
    policies = [
        {"policy_type": "FIXED", "adjustment_type": "PRICE", "adjustment_value": "40.00"},
        {
            "policy_type": "RECURRING",
            "adjustment_type": "PRICE",
            "adjustment_value": "80.00",
            "after_cycle": "2",
        },
    ]
    plan = make_plan(lamp, trial_period_days=7, pricing_policy=policies)

    start_subscription(shop, plan, variant=variant_of(lamp))

    assert subjects() == ["Your Lamp House subscription"]
    (sent,) = outgoing.outbox
    assert "Paid with order ORD-2026-00001: $5.00" in sent.body
    assert "Next charge: $45.00" in sent.body
    assert (
        "Price: $45.00 every month for the first 2 months ($40.00 + $5.00 shipping), "
        "then $85.00 every month ($80.00 + $5.00 shipping)" in sent.body
    )


def test_two_plans_of_one_order_each_say_their_own(shop):
    notes, lamp = shop.products.get(name="Field notes"), shop.products.get(name="Desk lamp")
    weekly, monthly = make_plan(notes, interval="week"), make_plan(lamp)
    lines = (
        SelectionLine(variant=variant_of(notes), quantity=2, plan=weekly),
        SelectionLine(variant=variant_of(lamp), quantity=1, plan=monthly),
    )
    intent = submit_checkout(shop, Selection(source="cart", lines=lines))
    pay_at_link(intent)
    check_payment_intent(intent=intent, source="return")
    reconcile_due_rows()

    assert subjects() == ["Your Lamp House subscription"] * 2
    of_notes, of_lamp = sorted((sent.body for sent in outgoing.outbox), key=lambda body: "lamp" in body)
    assert "First charge, part of order ORD-2026-00001: $10.00" in of_notes
    assert "Price: $10.00 every week" in of_notes
    assert "First charge, part of order ORD-2026-00001: $49.00" in of_lamp
    assert "Price: $54.00 every month ($49.00 + $5.00 shipping)" in of_lamp
    for body in (of_notes, of_lamp):
        assert "Total of order ORD-2026-00001: $64.00" in body


def test_subscribing_to_the_same_plan_again_is_told_to_both_sides(shop):
    """In another browser, minutes later. The checkout tells nobody who only types the email."""
    plan = make_coffee_plan(shop)
    first = start_subscription(shop, plan, key="one browser")
    again = start_subscription(shop, plan, key="another browser")
    sync_now(again)

    assert sorted(subjects()) == [
        "You subscribed to Field notes twice",
        "Your Lamp House subscription",
        "Your Lamp House subscription",
    ]
    (warning,) = [sent for sent in outgoing.outbox if "twice" in sent.subject]
    assert again.get_absolute_url() in warning.body
    assert first.get_absolute_url() not in warning.body
    first.refresh_from_db()
    again.refresh_from_db()
    assert (first.duplicate_of, again.duplicate_of) == (None, first)
    note = again.order.events.get(kind="note")
    assert (
        str(note.text) == f"The same person already subscribes to this plan with order {first.order.number}."
    )


@pytest.mark.parametrize("change", ["canceled", "ends soon", "another plan", "another person"])
def test_another_subscription_is_no_duplicate(shop, change):
    plan = make_coffee_plan(shop)
    first = start_subscription(shop, plan, key="first")
    if change in {"canceled", "ends soon"}:
        cancel_subscription(subscription=first, at_period_end=change == "ends soon")
    elif change == "another plan":
        plan = make_coffee_plan(shop, interval="year", name="Every year")
    else:
        Order.objects.update(email="bob@example.com")

    again = start_subscription(shop, plan, key="again")

    assert again.duplicate_of is None


def test_email_is_in_the_subscribers_language(shop, subscription):
    Order.objects.update(language="de")
    pause_subscription(subscription=subscription)

    notifications.send_due_notifications()

    assert outgoing.outbox[0].alternatives[0].content.startswith('<!doctype html>\n<html lang="de">')


def test_store_with_notifications_off_sends_nothing(shop):
    shop.notify_subscribers = False
    shop.save()

    pause_subscription(subscription=start_subscription(shop, make_coffee_plan(shop, TWO_TIERS)))

    assert not Notification.objects.exists()


def test_each_change_is_confirmed_by_email(shop, subscription):
    skip_charge(subscription=subscription, charge_at=subscription.next_renewal_at)
    for service in (pause_subscription, resume_subscription, cancel_subscription, revoke_cancellation):
        service(subscription=subscription)
    for _ in range(2):
        change_subscription(subscription=subscription, quantity=2)
    subscription.refresh_from_db()
    ends = subscription.next_renewal_at

    assert subjects() == [
        "Your next charge is skipped",
        "Your subscription is paused",
        "Your subscription has resumed",
        f"Your subscription ends on {format_store_day(ends, shop)}",
        "Your subscription will continue",
        "Your subscription was changed",
    ]
    assert "2 × Field notes" in outgoing.outbox[-1].body
    assert "$89.98" in outgoing.outbox[-1].body


def test_email_waits_until_the_change_is_confirmed(shop, subscription):
    make_next_unreachable(shop)
    pause_subscription(subscription=subscription)
    assert subjects() == []

    Subscription.objects.update(refresh_at=timezone.now())
    reconcile_due_rows()

    assert subjects() == ["Your subscription is paused"]


def test_undone_change_sends_no_email(shop, subscription):
    make_next_unreachable(shop)
    pause_subscription(subscription=subscription)
    resume_subscription(subscription=Subscription.objects.get())

    assert subjects() == ["Your subscription has resumed"]


def test_refused_change_sends_no_email(shop, subscription):
    shop.sandbox.plan_fault("status", operation="subscriptionsPauseCreate", status=400, when="before")

    with pytest.raises(Conflict):
        pause_subscription(subscription=subscription)

    sync_now(subscription)
    assert subjects() == []


def test_cancellation_in_next_is_emailed(shop, subscription):
    number = subscription.next_subscription_id
    shop.sandbox.call("POST", f"subscriptions/{number}/cancel/", {"cancel_reason": "other"})

    sync_now(subscription)
    sync_now(subscription)

    assert subjects() == ["Your subscription has ended"]


def test_declined_charge_email_says_whether_it_is_retried(shop, subscription):
    shop.sandbox.switches(next_payment=["soft_decline", "hard_decline", "approve"])
    subscription = renew_subscription(shop, subscription)
    sync_now(subscription)
    assert subjects() == ["Your payment didn't go through"]
    assert "We'll retry the charge on" in outgoing.outbox[0].body

    renew_subscription(shop, subscription)

    assert subjects()[1:] == ["Your payment didn't go through"]
    assert "We won't retry the charge automatically" in outgoing.outbox[1].body


def test_price_change_is_announced_once(shop, subscription):
    """39.99 was charged; 44.99 is next."""
    assert subscription.refresh_at < subscription.next_renewal_at
    subscription = move_renewal(shop, subscription, days=2)
    for _ in range(3):
        sync_now(subscription)

    assert subjects() == ["Your next charge is $44.99"]
    assert "Last charge: $39.99" in outgoing.outbox[0].body
    assert charged_amounts(shop) == ["39.99"]


def test_trial_end_is_announced_once(shop):
    """R154: of a week, halfway through, with the amount of the first charge."""
    shop.verification_amount = Decimal("1.00")
    shop.save()
    subscription = start_subscription(shop, make_coffee_plan(shop, TWO_TIERS, trial_period_days=7))
    assert (
        "We charged $1.00 to verify your payment method and are refunding it in full."
        in outgoing.outbox[0].body
    )
    outgoing.outbox.clear()
    advance_clock_and_sync(shop, days=3)
    reconcile_due_rows()
    assert subjects() == []

    for _ in range(2):
        advance_clock_and_sync(shop, days=1.5)
        reconcile_due_rows()

    date = format_store_day(subscription.trial_end, shop)
    assert subjects() == [f"Your trial ends on {date}"]
    for fact in ("Next charge: $39.99", f"Date: {date}"):
        assert fact in outgoing.outbox[0].body


def test_unchanged_price_sends_no_reminder(shop):
    subscription = start_subscription(shop, make_coffee_plan(shop))
    outgoing.outbox.clear()

    move_renewal(shop, subscription, days=2)

    assert subjects() == []


def test_quantity_change_counts_as_a_price_change(shop):
    subscription = start_subscription(shop, make_coffee_plan(shop))
    change_subscription(subscription=subscription, quantity=2)
    move_renewal(shop, subscription, days=2)

    assert "Your next charge is $99.98" in subjects()


def test_sync_is_scheduled_for_the_reminder(shop, subscription):
    shop.reminder_days = 14
    shop.save()

    subscription = move_renewal(shop, subscription, days=14, minutes=10)

    assert subjects() == []
    wait = subscription.refresh_at - timezone.now()
    assert datetime.timedelta(minutes=9) < wait < datetime.timedelta(minutes=11)


def test_postponed_charge_cancels_the_reminder(shop, subscription):
    subscription = move_renewal(shop, subscription, days=2)
    subscription = move_renewal(shop, subscription, days=20)

    assert subjects() == []

    move_renewal(shop, subscription, days=2)
    assert subjects() == ["Your next charge is $44.99"]


@pytest.mark.parametrize("service", [pause_subscription, cancel_subscription])
def test_paused_or_canceled_subscription_gets_no_reminder(shop, subscription, service):
    move_renewal(shop, subscription, days=2)
    service(subscription=subscription)

    assert not [subject for subject in subjects() if subject.startswith("Your next charge")]
    sync_now(subscription)
    assert not Notification.objects.filter(kind="price_changes").exists()


def test_order_in_review_holds_emails_back(shop, subscription):
    """S6."""
    review = make_review(subscription.order)
    subscription = pause_subscription(subscription=subscription)
    assert subjects() == []

    review.delete()
    sync_now(subscription)
    assert subjects() == ["Your subscription is paused"]
