"""Emails of an order with upsells: one that tells it all, or a second one for a late addition."""

import datetime

import pytest
from django.core import mail as outgoing
from django.utils import timezone

from checkout.models import UpsellAttempt
from checkout.upsells.acceptance import accept_upsell, decline_upsell
from orders import notifications
from orders.models import Notification, Order
from tests.factories import make_review
from tests.upsells.helpers import buy_and_settle, make_upsell, next_shown_upsell


@pytest.fixture
def emailing_shop(shop):
    """Return a store that sends its own emails, and offers a light bulb for 7.50 after any order."""
    shop.next_sends_receipt = False
    shop.save()
    make_upsell(shop)
    return shop


def send_due_emails():
    """Send what is due by now, whatever waits a moment longer. Return all emails so far."""
    Notification.objects.exclude(next_try_at=None).update(next_try_at=timezone.now())
    notifications.send_due_notifications()
    return outgoing.outbox


def pass_minutes(minutes):
    paid_at = timezone.now() - datetime.timedelta(minutes=minutes)
    Order.objects.update(paid_at=paid_at)


def test_confirmation_waits_for_the_answer_and_tells_what_was_added(emailing_shop):
    order = buy_and_settle(emailing_shop)
    assert send_due_emails() == []
    attempt = next_shown_upsell(order)
    assert send_due_emails() == []

    accept_upsell(attempt=attempt)
    send_due_emails()
    send_due_emails()

    (sent,) = outgoing.outbox
    assert sent.subject == f"Order {order.number} confirmed"
    assert "1 × Light bulb" in sent.body
    assert "Total: $61.50" in sent.body
    assert not Notification.objects.exclude(next_try_at=None).exists()


def test_confirmation_is_sent_once_the_upsell_is_declined(emailing_shop):
    order = buy_and_settle(emailing_shop)
    decline_upsell(attempt=next_shown_upsell(order))

    (sent,) = send_due_emails()

    assert "Total: $54.00" in sent.body


def test_shopper_who_leaves_waits_ten_minutes_at_most(emailing_shop):
    next_shown_upsell(buy_and_settle(emailing_shop))
    pass_minutes(9)
    assert send_due_emails() == []

    pass_minutes(10)

    assert len(send_due_emails()) == 1


def test_late_addition_is_told_in_a_second_email_once(emailing_shop):
    order = buy_and_settle(emailing_shop)
    attempt = next_shown_upsell(order)
    pass_minutes(11)
    send_due_emails()

    accept_upsell(attempt=attempt)
    for _ in range(3):
        send_due_emails()

    first, second = outgoing.outbox
    assert "Total: $54.00" in first.body
    assert second.subject == f"Order {order.number} updated"
    assert "1 × Light bulb" in second.body
    assert "Total: $61.50" in second.body
    assert "we've added to your order" in second.alternatives[0].content


def test_addition_waits_while_the_confirmation_is_being_sent(emailing_shop):
    """Only once it is sent is it known whether it told the addition."""
    order = buy_and_settle(emailing_shop)
    attempt = next_shown_upsell(order)
    pass_minutes(11)
    Notification.objects.update(next_try_at=timezone.now() + datetime.timedelta(minutes=5))  # leased
    accept_upsell(attempt=attempt)
    Notification.objects.filter(kind="updated").update(next_try_at=timezone.now())

    notifications.send_due_notifications()

    assert outgoing.outbox == []
    assert Notification.objects.filter(kind="updated", sent_at=None).exists()


def test_confirmation_that_staff_resend_does_not_wait(emailing_shop):
    order = buy_and_settle(emailing_shop)
    notifications.resend_notification(order=order, kind="confirmation")

    assert len(send_due_emails()) == 1


def test_store_whose_receipts_next_sends_gets_no_email(shop):
    make_upsell(shop)
    accept_upsell(attempt=next_shown_upsell(buy_and_settle(shop)))

    assert UpsellAttempt.objects.get().status == "charged"
    assert not Notification.objects.exists()


def test_order_in_review_gets_no_update(emailing_shop):
    """S6."""
    order = buy_and_settle(emailing_shop)
    attempt = next_shown_upsell(order)
    make_review(order)

    notifications.queue_order_update(order=order, key=attempt.pk)

    assert not Notification.objects.filter(kind="updated").exists()
