"""The verification amount is given back right after the payment, once, whatever goes wrong."""

import json
from decimal import Decimal

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory
from django.utils import timezone

from checkout.payments.reconcile import reconcile
from checkout.payments.settle import look
from checkout.views import payment
from orders.models import Order, RefundRequest
from orders.verification_refund import claim, give_back
from subscriptions.models import Subscription
from tests.killing import in_child, in_turn, worth_dying_at
from tests.payment.actors import checkout, come_back, deliver, pay
from tests.verification.actors import come_back_and_see, make_due, operations, refunds, trial


def test_it_is_given_back_and_the_order_stays_paid(shop, order):
    """What a verification order costs: two calls as every order, and three to give the amount back."""
    shop.sandbox.clear_requests()

    assert reconcile()["verification amounts: given back"] == 1

    assert operations(shop)[:3] == ["ordersRetrieve", "ordersRefundCreate", "ordersRetrieve"]
    assert refunds(shop) == ["1.00"]
    order.refresh_from_db()
    assert (order.status, order.refunded_amount, order.total) == ("Paid", Decimal("1.00"), Decimal("1.00"))
    assert order.verification_returned_at is not None
    assert order.verification_due_at is None
    assert RefundRequest.objects.get().state == "done"
    assert "The verification amount of 1.00 USD was given back." in [line.text for line in order.events.all()]
    reconcile()
    subscription = Subscription.objects.get()
    assert (subscription.status, subscription.is_in_trial) == ("active", True)
    assert subscription.invoices.get().amount == 0


def test_the_page_after_the_return_gives_it_back(shop, plan):
    intent = checkout(shop, trial(shop, plan))

    answer = come_back_and_see(intent, pay(intent))

    assert answer.status_code == 303
    assert refunds(shop) == ["1.00"]


def test_the_shopper_goes_on_although_giving_back_fails(shop, plan):
    intent = checkout(shop, trial(shop, plan))
    shop.sandbox.fault("status", operation="ordersRefundCreate", status=500, when="before")

    assert come_back_and_see(intent, pay(intent)).status_code == 303

    order = Order.objects.get()
    assert (order.status, order.verification_returned_at) == ("Paid", None)
    make_due(order, age=61)
    reconcile()
    assert refunds(shop) == ["1.00"]


def test_told_often_and_late_it_is_given_back_once(shop, order):
    """S18, S19."""
    for _ in range(3):
        Order.objects.update(verification_due_at=timezone.now())
        reconcile()
    number = Order.objects.get().store_order_number
    deliver(shop, "order.updated", shop.sandbox.call("GET", f"orders/{number}/").json())
    reconcile()

    assert refunds(shop) == ["1.00"]
    assert Order.objects.get().status == "Paid"


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "close", "when": "after"},
        {"kind": "status", "status": 504, "when": "after"},
        {"kind": "garbage", "when": "after"},
        # The store says no although it did it: its own sum decides.
        {"kind": "status", "status": 400, "when": "after"},
    ],
)
def test_done_with_a_lost_answer_it_is_not_asked_for_again(shop, order, fault):
    """S21, S23."""
    shop.sandbox.fault(operation="ordersRefundCreate", **fault)

    for _ in range(3):
        make_due(order, age=61)
        reconcile()

    assert operations(shop).count("ordersRefundCreate") == 1
    assert refunds(shop) == ["1.00"]
    order.refresh_from_db()
    assert order.verification_returned_at is not None
    assert (order.review_reason, order.verification_due_at) == ("", None)
    assert RefundRequest.objects.get().state == "done"


def test_not_done_with_a_lost_answer_it_is_asked_for_again_in_a_minute(shop, order):
    shop.sandbox.fault("status", operation="ordersRefundCreate", status=502, when="before")

    assert reconcile()["verification amounts: unclear"] == 1
    make_due(order)
    assert reconcile()["verification amounts: waits for a refund under way"] == 1
    assert refunds(shop) == []

    make_due(order, age=61)
    reconcile()
    assert refunds(shop) == ["1.00"]


@pytest.mark.slow
def test_killed_at_any_line_of_giving_back_it_is_given_back_once(shop, plan):
    """S28: really killed, each time another order's."""

    def paid(number):
        intent = checkout(shop, trial(shop, plan), key=f"purchase-{number}", email=f"ada{number}@example.com")
        pay(intent)
        look(intent=intent, source="return")
        return Order.objects.select_related("store").get(checkout_key=f"purchase-{number}")

    first = paid(0)
    every_line = in_child(lambda: give_back(order=first), die_at=None)
    places = in_turn([place for place in worth_dying_at(every_line) if "verification" in place.file])
    assert len(places) > 2
    for number, place in enumerate(places, start=1):
        order = paid(number)
        before = len(refunds(shop))

        in_child(lambda order=order: give_back(order=order), die_at=place)
        for _ in range(2):
            make_due(order, age=61)
            reconcile()

        order.refresh_from_db()
        assert len(refunds(shop)) == before + 1, place
        assert (order.status, order.refunded_amount) == ("Paid", Decimal("1.00")), place
        assert order.verification_returned_at is not None, place
        assert order.verification_due_at is None, place
        assert not order.refund_requests.filter(state="asked").exists(), place


def test_a_throttled_store_is_asked_again_and_nobody_is_alarmed(shop, order):
    """S29."""
    shop.sandbox.fault("status", operation="ordersRefundCreate", status=429, retry_after=0, when="before")

    assert reconcile()["verification amounts: store not reached"] == 1
    assert not RefundRequest.objects.exists()
    make_due(order)
    reconcile()

    assert refunds(shop) == ["1.00"]
    assert Order.objects.get().review_reason == ""


def test_one_who_has_it_is_left_alone_by_the_others(shop, order):
    other = Order.objects.get()

    assert claim(order)
    assert not claim(other)
    assert not claim(Order.objects.get())
    assert give_back(order=order) == "given back"


def test_the_shopper_waits_for_no_refund(shop, plan):
    """It is begun once the answer has gone out."""
    intent = checkout(shop, trial(shop, plan))
    page = come_back(intent, json.loads(pay(intent)))["Location"]
    request = RequestFactory().get(page)
    request.store, request.session = shop, SessionStore()

    answer = payment.show(request, page.rpartition("/")[2])
    assert answer.status_code == 303
    assert refunds(shop) == []

    answer.close()
    assert refunds(shop) == ["1.00"]
