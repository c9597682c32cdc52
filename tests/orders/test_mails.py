"""Mails to shoppers: told once, in their language, sent later if need be, and never in an order's way."""

import datetime

import pytest
from django.core import mail as outgoing
from django.db import transaction
from django.utils import timezone

from orders import notifications, staff_actions
from orders.models import Customer, Mail, Order
from orders.refunds import refresh
from tests.factories import make_order, make_store
from tests.payment.actors import checkout, choose, come_back, pay


@pytest.fixture
def writing_shop(shop):
    """A shop that mails its shoppers itself."""
    shop.send_receipt = False
    shop.support_email = "help@example.com"
    shop.footer_links = [{"name": "Terms", "url": "https://lamps.example/terms"}]
    shop.save()
    return shop


def buy(shop):
    intent = checkout(shop, choose(shop))
    intent.store = shop
    come_back(intent, pay(intent))
    order = Order.objects.get()
    order.store = shop
    return order


def test_a_paid_order_is_confirmed_once_in_text_and_html(writing_shop):
    order = buy(writing_shop)

    assert notifications.send_due() == 1
    assert notifications.send_due() == 0
    refresh(order=order)
    assert notifications.send_due() == 0

    (sent,) = outgoing.outbox
    assert sent.to == ["ada@example.com"]
    assert sent.from_email == "Lamp House <shop@localhost>"
    assert sent.reply_to == ["help@example.com"]
    assert sent.subject == f"Your order {order.number} at Lamp House"
    html = sent.alternatives[0].content
    for body in (sent.body, html):
        assert order.number in body
        assert "$54.00" in body
        assert "https://lamps.example/terms" in body
        assert f"http://testserver{order.get_absolute_url()}" in body


def test_where_the_store_mails_the_receipt_this_shop_is_silent(shop):
    buy(shop)

    assert notifications.send_due() == 0
    assert not Mail.objects.exists()


def test_a_dispatch_is_told_once_for_each_parcel(writing_shop):
    order = buy(writing_shop)
    notifications.send_due()
    writing_shop.sandbox.edit(order.store_order_number, fulfil={"tracking_code": "1Z999"})

    refresh(order=order)
    refresh(order=order)
    notifications.send_due()

    subjects = [sent.subject for sent in outgoing.outbox]
    assert subjects[1:] == [f"Your order {order.number} is on its way"]
    assert "1Z999" in outgoing.outbox[1].body


def test_it_is_written_in_the_shoppers_language(writing_shop):
    order = buy(writing_shop)
    Order.objects.update(language="de")

    assert (
        notifications.build(Mail.objects.get(order=order))
        .alternatives[0]
        .content.startswith('<!doctype html>\n<html lang="de">')
    )


def test_a_mail_server_that_fails_changes_nothing_and_the_mail_goes_later(writing_shop, settings):
    """S5."""
    settings.EMAIL_BACKEND = "tests.orders.test_mails.NoServer"
    order = buy(writing_shop)
    assert order.status == "Paid"
    assert notifications.send_due() == 0
    row = Mail.objects.get()
    assert (row.attempts, row.last_error) == (1, "ConnectionRefusedError")
    assert row.next_try_at > timezone.now()

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    Mail.objects.update(next_try_at=timezone.now() - datetime.timedelta(seconds=1))

    assert notifications.send_due() == 1


def test_a_mail_server_that_hangs_does_not_hold_up_payments(writing_shop, settings, monkeypatch):
    """S1, S5: the reconciler has other work; what was not tried is tried in its next round."""
    settings.EMAIL_BACKEND = "tests.orders.test_mails.NoServer"
    monkeypatch.setattr(notifications, "ROUND_SECONDS", 0)
    order = make_order(writing_shop)
    notifications.send_again(order=order, kind="confirmation")
    notifications.send_again(order=order, kind="confirmation")

    tries = []
    for _round in range(3):
        notifications.send_due()
        tries.append(sorted(Mail.objects.values_list("attempts", flat=True)))

    assert tries == [[0, 1], [1, 1], [1, 1]]


def test_a_mail_is_given_up_after_the_last_try_and_says_so(writing_shop, settings):
    settings.EMAIL_BACKEND = "tests.orders.test_mails.NoServer"
    buy(writing_shop)
    for _ in range(len(notifications.RETRY_MINUTES) + 1):
        Mail.objects.update(next_try_at=timezone.now())
        notifications.send_due()

    row = Mail.objects.get()
    assert (row.attempts, row.next_try_at, row.sent_at) == (8, None, None)


def test_no_mail_is_left_of_a_change_that_was_rolled_back(writing_shop):
    order = buy(writing_shop)
    with transaction.atomic():
        notifications.queue(order=order, kind="dispatch", key="dispatch-1")
        transaction.set_rollback(True)

    assert not Mail.objects.filter(kind="dispatch").exists()


def test_an_order_under_review_gets_no_good_news(writing_shop):
    """S6: no success is told before staff have looked."""
    order = buy(writing_shop)
    Mail.objects.all().delete()
    order.review_reason = "Paid a second time."

    notifications.queue_news(order=order, was_paid=False, known_parcels=set())

    assert not Mail.objects.exists()


def test_the_news_of_an_order_comes_when_its_review_has_ended(writing_shop):
    """What was not told meanwhile, once; and not where the order has ended with the review."""
    order = buy(writing_shop)
    Mail.objects.all().delete()
    Order.objects.update(review_reason="Paid, but sold out meanwhile.")
    writing_shop.sandbox.edit(order.store_order_number, fulfil={"tracking_code": "1Z999"})
    refresh(order=order)
    assert not Mail.objects.exists()

    staff_actions.clear_review(order=order, actor="grace", note="")

    assert sorted(Mail.objects.values_list("kind", flat=True)) == ["confirmation", "dispatch"]
    Mail.objects.all().delete()
    Order.objects.update(review_reason="Paid a second time.", status="Refunded")
    staff_actions.clear_review(order=order, actor="grace", note="")
    assert not Mail.objects.exists()


def test_whoever_has_the_address_is_mailed_the_way_to_all_orders_made_with_it(client, db):
    """One of them was made by somebody whom a token named, and so is another customer's."""
    store = make_store()
    mine = make_order(store, customer=Customer.objects.create(store=store, email="ada@example.com"))
    named = make_order(
        store, email="Ada@Example.com", customer=Customer.objects.create(store=store, merchant_uuid="7")
    )
    unpaid = make_order(store, paid_at=None, status="Pending")
    others = make_order(store, email="bob@example.com")

    for _ in range(2):
        client.post("/orders/find", {"email": "ADA@example.com"})
    notifications.send_due()

    (sent,) = outgoing.outbox
    assert [order.get_absolute_url() in sent.body for order in (mine, named, unpaid, others)] == [
        *(True, True),
        *(False, False),
    ]


class NoServer:
    """A mail server that is not there."""

    def __init__(self, *args, **kwargs):
        pass

    def send_messages(self, messages):
        raise ConnectionRefusedError("ada@example.com")
