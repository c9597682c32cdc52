"""Emails to shoppers: sent once, in their language, retried on failure."""

import datetime

import pytest
from django.core import mail as outgoing
from django.db import transaction
from django.utils import timezone

from orders import notifications, staff_actions
from orders.models import Notification, Order
from orders.sync import sync_order_as_staff
from tests.factories import make_order, make_review
from tests.payments.helpers import make_selection, pay_at_link, post_return, submit_checkout


@pytest.fixture
def emailing_shop(shop):
    """Return a store that sends its own emails instead of NEXT."""
    shop.next_sends_receipt = False
    shop.support_email = "help@example.com"
    shop.save()
    shop.footer_links.create(label="Terms", url="https://lamps.example/terms")
    return shop


def buy(shop):
    intent = submit_checkout(shop, make_selection(shop))
    intent.store = shop
    post_return(intent, pay_at_link(intent))
    order = Order.objects.get()
    order.store = shop
    return order


def test_paid_order_is_confirmed_once_in_text_and_html(emailing_shop):
    order = buy(emailing_shop)

    assert notifications.send_due_notifications() == 1
    assert notifications.send_due_notifications() == 0
    sync_order_as_staff(order=order)
    assert notifications.send_due_notifications() == 0

    (sent,) = outgoing.outbox
    assert sent.to == ["ada@example.com"]
    assert sent.from_email == "Lamp House <shop@localhost>"
    assert sent.reply_to == ["help@example.com"]
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"
    assert sent.subject == f"Order {order.number} confirmed"
    html = sent.alternatives[0].content
    for body in (sent.body, html):
        assert order.number in body
        assert "$54.00" in body
        assert "https://lamps.example/terms" in body
        assert f"http://testserver{order.get_absolute_url()}" in body


def test_no_email_is_sent_if_next_sends_the_receipt(shop):
    buy(shop)

    assert notifications.send_due_notifications() == 0
    assert not Notification.objects.exists()


def test_each_parcel_sends_one_shipping_email(emailing_shop):
    order = buy(emailing_shop)
    notifications.send_due_notifications()
    emailing_shop.sandbox.edit_order(order.next_order_number, fulfil={"tracking_code": "1Z999"})

    sync_order_as_staff(order=order)
    sync_order_as_staff(order=order)
    notifications.send_due_notifications()

    subjects = [sent.subject for sent in outgoing.outbox]
    assert subjects[1:] == [f"Order {order.number} is on its way"]
    assert "1Z999" in outgoing.outbox[1].body


def test_email_is_in_the_shoppers_language(emailing_shop):
    order = buy(emailing_shop)
    Order.objects.update(language="de")

    assert (
        notifications.build_email(Notification.objects.get(order=order))
        .alternatives[0]
        .content.startswith('<!doctype html>\n<html lang="de">')
    )


def test_failing_mail_server_only_delays_the_email(emailing_shop, settings):
    """S5."""
    settings.EMAIL_BACKEND = "tests.orders.test_notifications.UnreachableBackend"
    order = buy(emailing_shop)
    assert order.status == "Paid"
    assert notifications.send_due_notifications() == 0
    row = Notification.objects.get()
    assert (row.attempts, row.last_error) == (1, "ConnectionRefusedError")
    assert row.next_try_at > timezone.now()

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    Notification.objects.update(next_try_at=timezone.now() - datetime.timedelta(seconds=1))

    assert notifications.send_due_notifications() == 1


def test_hanging_mail_server_does_not_delay_payments(emailing_shop, settings, monkeypatch):
    """S1, S5: emails not attempted in this round are attempted in the next."""
    settings.EMAIL_BACKEND = "tests.orders.test_notifications.UnreachableBackend"
    monkeypatch.setattr(notifications, "ROUND_SECONDS", 0)
    order = make_order(emailing_shop)
    notifications.resend_notification(order=order, kind="confirmation")
    notifications.resend_notification(order=order, kind="confirmation")

    tries = []
    for _round in range(3):
        notifications.send_due_notifications()
        tries.append(sorted(Notification.objects.values_list("attempts", flat=True)))

    assert tries == [[0, 1], [1, 1], [1, 1]]


def test_email_is_abandoned_after_the_last_attempt(emailing_shop, settings):
    settings.EMAIL_BACKEND = "tests.orders.test_notifications.UnreachableBackend"
    buy(emailing_shop)
    for _ in range(len(notifications.RETRY_MINUTES) + 1):
        Notification.objects.update(next_try_at=timezone.now())
        notifications.send_due_notifications()

    row = Notification.objects.get()
    assert (row.attempts, row.next_try_at, row.sent_at) == (8, None, None)


def test_rolled_back_change_sends_no_email(emailing_shop):
    order = buy(emailing_shop)
    with transaction.atomic():
        notifications.queue_notification(order=order, kind="shipped", key="shipped-1")
        transaction.set_rollback(True)

    assert not Notification.objects.filter(kind="shipped").exists()


def test_order_in_review_gets_no_emails(emailing_shop):
    """S6: no success is reported before staff close the review."""
    order = buy(emailing_shop)
    Notification.objects.all().delete()
    make_review(order)

    notifications.queue_order_notifications(order=order, was_paid=False, sent_shipments=[])

    assert not Notification.objects.exists()


def test_withheld_emails_are_sent_when_the_review_closes(emailing_shop):
    """Each is sent once, and none if the order was refunded or canceled."""
    order = buy(emailing_shop)
    Notification.objects.all().delete()
    review = make_review(order)
    emailing_shop.sandbox.edit_order(order.next_order_number, fulfil={"tracking_code": "1Z999"})
    sync_order_as_staff(order=order)
    assert not Notification.objects.exists()

    staff_actions.close_order_review(review=review, actor="grace", note="")

    assert sorted(Notification.objects.values_list("kind", flat=True)) == ["confirmation", "shipped"]
    Notification.objects.all().delete()
    Order.objects.update(status="Refunded")
    staff_actions.close_order_review(review=make_review(order), actor="grace", note="")
    assert not Notification.objects.exists()


class UnreachableBackend:
    """An email backend whose server refuses the connection."""

    def __init__(self, *args, **kwargs):
        pass

    def send_messages(self, messages):
        raise ConnectionRefusedError("ada@example.com")
