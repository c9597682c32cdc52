"""S25: webhook, reconciler and commands work with no request, session or language of a shopper bound."""

from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.utils import translation

from checkout.payments.reconcile import reconcile
from checkout.payments.settle import look
from orders.models import Mail, Order
from tests.payment.actors import checkout, come_back, deliver, grow_old, make_due, pay


def test_the_whole_way_of_a_payment_needs_nobody_s25(shop):
    """Each in turn, in a process that has no language and where no session was ever made."""
    with translation.override(None):
        by_webhook, by_look, by_command, lapsed, back = (
            checkout(shop, key=f"purchase {number}") for number in range(5)
        )
        pay(by_webhook)
        assert deliver(shop, "order.created", shop.sandbox.orders()[-1], client=Client()).status_code == 200
        pay(by_look)
        assert look(intent=by_look, source="staff").status == "succeeded"
        assert come_back(back, pay(back)).status_code == 303
        pay(by_command)
        make_due()
        call_command("reconcile")
        grow_old(lapsed, hours=2)
        reconcile()

    statuses = [
        Order.objects.get(pk=intent.order_id).status
        for intent in (by_webhook, by_look, by_command, back, lapsed)
    ]
    assert statuses == ["Paid", "Paid", "Paid", "Paid", "Canceled"]
    assert not Session.objects.exists()


def test_what_is_written_to_a_shopper_is_in_the_shoppers_language_not_the_processs_s25(shop, mailoutbox):
    shop.send_receipt = False
    shop.save()
    intent = checkout(shop)
    Order.objects.update(language="de")
    pay(intent)
    make_due()

    with translation.override("en"):
        call_command("reconcile")

    (mail,) = mailoutbox
    assert Mail.objects.get().sent_at is not None
    assert mail.subject.startswith("Ihre Bestellung")
