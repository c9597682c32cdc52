"""S25: webhooks, the reconciler and commands work without a shopper's request, session or language."""

from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.utils import translation

from checkout.payments.reconcile import reconcile_due_rows
from checkout.payments.settle import check_payment_intent
from orders.models import Notification, Order
from tests.payments.helpers import (
    age_intent,
    deliver_webhook,
    make_due,
    pay_at_link,
    post_return,
    submit_checkout,
)


def test_payment_settles_without_request_session_or_language_s25(shop):
    """Settle in every way in a process without an active language or any session."""
    with translation.override(None):
        by_webhook, by_check, by_command, expired, by_return = (
            submit_checkout(shop, key=f"purchase {number}") for number in range(5)
        )
        pay_at_link(by_webhook)
        assert (
            deliver_webhook(shop, "order.created", shop.sandbox.orders()[-1], client=Client()).status_code
            == 200
        )
        pay_at_link(by_check)
        assert check_payment_intent(intent=by_check, source="staff").status == "succeeded"
        assert post_return(by_return, pay_at_link(by_return)).status_code == 303
        pay_at_link(by_command)
        make_due()
        call_command("reconcile")
        age_intent(expired, hours=2)
        reconcile_due_rows()

    statuses = [
        Order.objects.get(pk=intent.order_id).status
        for intent in (by_webhook, by_check, by_command, by_return, expired)
    ]
    assert statuses == ["Paid", "Paid", "Paid", "Paid", "Canceled"]
    assert not Session.objects.exists()


def test_email_is_in_the_shoppers_language_not_the_processs_s25(shop, mailoutbox):
    shop.next_sends_receipt = False
    shop.save()
    intent = submit_checkout(shop)
    Order.objects.update(language="de")
    pay_at_link(intent)
    make_due()

    with translation.override("en"):
        call_command("reconcile")

    (email,) = mailoutbox
    assert Notification.objects.get().sent_at is not None
    assert email.subject.startswith("Bestellung ")
