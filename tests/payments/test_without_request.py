"""S25: webhook, reconciler and commands work with no request, session or language of a shopper bound."""

from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.utils import translation

from checkout.payments.reconcile import run_reconciler
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


def test_the_whole_way_of_a_payment_needs_nobody_s25(shop):
    """Each in turn, in a process that has no language and where no session was ever made."""
    with translation.override(None):
        by_webhook, by_look, by_command, lapsed, back = (
            submit_checkout(shop, key=f"purchase {number}") for number in range(5)
        )
        pay_at_link(by_webhook)
        assert (
            deliver_webhook(shop, "order.created", shop.sandbox.orders()[-1], client=Client()).status_code
            == 200
        )
        pay_at_link(by_look)
        assert check_payment_intent(intent=by_look, source="staff").status == "succeeded"
        assert post_return(back, pay_at_link(back)).status_code == 303
        pay_at_link(by_command)
        make_due()
        call_command("reconcile")
        age_intent(lapsed, hours=2)
        run_reconciler()

    statuses = [
        Order.objects.get(pk=intent.order_id).status
        for intent in (by_webhook, by_look, by_command, back, lapsed)
    ]
    assert statuses == ["Paid", "Paid", "Paid", "Paid", "Canceled"]
    assert not Session.objects.exists()


def test_what_is_written_to_a_shopper_is_in_the_shoppers_language_not_the_processs_s25(shop, mailoutbox):
    shop.next_sends_receipt = False
    shop.save()
    intent = submit_checkout(shop)
    Order.objects.update(language="de")
    pay_at_link(intent)
    make_due()

    with translation.override("en"):
        call_command("reconcile")

    (mail,) = mailoutbox
    assert Notification.objects.get().sent_at is not None
    assert mail.subject.startswith("Ihre Bestellung")
