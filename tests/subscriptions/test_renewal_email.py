"""The email about a renewal: what was charged for which plan, what comes next, and how to end it."""

from html import unescape

import pytest
from django.core import mail as outgoing
from django.utils import timezone

from orders import notifications
from orders.models import Notification, Order
from orders.staff_actions import resend_order_notification
from subscriptions.models import Subscription
from tests.subscriptions.helpers import (
    TWO_TIERS,
    make_coffee_plan,
    make_lamp_plan,
    renew_subscription,
    start_subscription,
)


@pytest.fixture
def emailing_shop(shop):
    """Return a store that sends its own receipts, and only those."""
    shop.next_sends_receipt = False
    shop.notify_subscribers = False
    shop.save()
    return shop


def send_renewal_email():
    """Send what is due; return the text and the HTML of the newest email."""
    Notification.objects.exclude(next_try_at=None).update(next_try_at=timezone.now())
    notifications.send_due_notifications()
    sent = outgoing.outbox[-1]
    return sent.body, unescape(sent.alternatives[0].content)


def test_renewal_email_names_plan_charge_next_charge_and_how_to_cancel(emailing_shop):
    subscription = start_subscription(emailing_shop, make_coffee_plan(emailing_shop, TWO_TIERS))
    subscription = renew_subscription(emailing_shop, subscription)
    renewal = Order.objects.latest("created_at")

    text, html = send_renewal_email()

    assert outgoing.outbox[-1].subject == "Your Lamp House subscription renewed"
    for body in (text, html):
        assert "we charged $44.99 for your subscription" in body
        assert renewal.number in body
        assert "Field notes" in body
        assert "Every month" in body
        assert "Next charge" in body
        assert subscription.get_absolute_url() in body
        assert "Manage or cancel your subscription" in body
        assert renewal.get_absolute_url() in body
    kinds = Notification.objects.filter(order=renewal).values_list("kind", "key")
    assert list(kinds) == [("renewal", "confirmation")]


def test_renewal_email_includes_delivery(emailing_shop):
    subscription = start_subscription(
        emailing_shop, make_lamp_plan(emailing_shop), variant=emailing_shop_lamp(emailing_shop)
    )
    renew_subscription(emailing_shop, subscription)

    text, _html = send_renewal_email()

    assert "we charged $54.00 for your subscription" in text
    assert "$5.00" in text
    assert "Next charge: $54.00" in text


def emailing_shop_lamp(shop):
    return shop.products.get(name="Desk lamp").variants.get(values__value="Black")


def test_renewal_email_names_no_next_charge_after_a_cancellation(emailing_shop):
    subscription = start_subscription(emailing_shop, make_coffee_plan(emailing_shop))
    renew_subscription(emailing_shop, subscription)
    Subscription.objects.update(status="canceled")

    text, _html = send_renewal_email()

    assert "Next charge" not in text
    assert "Manage or cancel" in text


def test_resent_confirmation_of_a_renewal_is_about_the_renewal(emailing_shop):
    renew_subscription(emailing_shop, start_subscription(emailing_shop, make_coffee_plan(emailing_shop)))
    renewal = Order.objects.select_related("store").latest("created_at")

    resend_order_notification(order=renewal, kind="confirmation", actor="grace")

    assert Notification.objects.filter(order=renewal, kind="renewal").count() == 2
