"""The verification amount is refunded right after the payment, exactly once."""

import json
from decimal import Decimal

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from checkout.payments.reconcile import reconcile_due_rows
from checkout.payments.settle import check_payment_intent
from checkout.views import payment
from orders.models import Order, RefundRequest
from orders.verification_refund import claim_verification_refund, refund_verification_amount
from subscriptions.models import Subscription
from tests.crash import alternate_by_database, distinct_crash_points, run_in_child
from tests.payments.helpers import deliver_webhook, own_checkout, pay_at_link, post_return, submit_checkout
from tests.verification_refund.helpers import (
    follow_return,
    make_refund_due,
    refunded_amounts,
    sandbox_operations,
    select_trial,
)


def test_amount_is_refunded_and_the_order_stays_paid(shop, order):
    """The refund costs three calls."""
    shop.sandbox.clear_requests()

    assert reconcile_due_rows()["verification amounts: refunded"] == 1

    assert sandbox_operations(shop)[:3] == ["ordersRetrieve", "ordersRefundCreate", "ordersRetrieve"]
    assert refunded_amounts(shop) == ["1.00"]
    order.refresh_from_db()
    assert (order.status, order.refunded_amount, order.total) == ("Paid", Decimal("1.00"), Decimal("1.00"))
    assert order.verification_refunded_at is not None
    assert order.verification_refund_due_at is None
    assert RefundRequest.objects.get().state == "done"
    assert "Refunded the verification amount of $1.00." in [str(line.text) for line in order.events.all()]
    reconcile_due_rows()
    subscription = Subscription.objects.get()
    assert (subscription.status, subscription.is_in_trial) == ("active", True)
    assert subscription.invoices.get().amount == 0


def test_payment_page_refunds_the_amount(shop, plan):
    intent = submit_checkout(shop, select_trial(shop, plan))

    answer = follow_return(intent, pay_at_link(intent))

    assert answer.status_code == 303
    assert refunded_amounts(shop) == ["1.00"]


def test_shopper_continues_when_the_refund_fails(shop, plan):
    intent = submit_checkout(shop, select_trial(shop, plan))
    shop.sandbox.plan_fault("status", operation="ordersRefundCreate", status=500, when="before")

    assert follow_return(intent, pay_at_link(intent)).status_code == 303

    order = Order.objects.get()
    assert (order.status, order.verification_refunded_at) == ("Paid", None)
    make_refund_due(order, age=181)
    reconcile_due_rows()
    assert refunded_amounts(shop) == ["1.00"]


def test_repeated_and_late_events_refund_once(shop, order):
    """S18, S19."""
    for _ in range(3):
        Order.objects.update(verification_refund_due_at=timezone.now())
        reconcile_due_rows()
    number = Order.objects.get().next_order_number
    deliver_webhook(shop, "order.updated", shop.sandbox.call("GET", f"orders/{number}/").json())
    reconcile_due_rows()

    assert refunded_amounts(shop) == ["1.00"]
    assert Order.objects.get().status == "Paid"


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "close", "when": "after"},
        {"kind": "status", "status": 504, "when": "after"},
        {"kind": "garbage", "when": "after"},
        # NEXT refunds but says no: its refunded total decides.
        *({"kind": "status", "status": status, "when": "after"} for status in (400, 404, 409, 422, 429)),
    ],
)
def test_completed_refund_with_a_lost_response_is_not_repeated(shop, order, fault):
    """S21, S23, S33."""
    shop.sandbox.plan_fault(operation="ordersRefundCreate", **fault)

    for _ in range(3):
        make_refund_due(order, age=181)
        reconcile_due_rows()

    assert sandbox_operations(shop).count("ordersRefundCreate") == 1
    assert refunded_amounts(shop) == ["1.00"]
    order.refresh_from_db()
    assert order.verification_refunded_at is not None
    assert (order.is_in_review, order.verification_refund_due_at) == (False, None)
    assert RefundRequest.objects.get().state == "done"


def test_failed_refund_with_a_lost_response_is_retried_after_a_silence(shop, order):
    shop.sandbox.plan_fault("status", operation="ordersRefundCreate", status=502, when="before")

    assert reconcile_due_rows()["verification amounts: unclear"] == 1
    make_refund_due(order)
    assert reconcile_due_rows()["verification amounts: waiting for another refund"] == 1
    assert refunded_amounts(shop) == []

    make_refund_due(order, age=181)
    reconcile_due_rows()
    assert refunded_amounts(shop) == ["1.00"]


@pytest.mark.slow
def test_refund_killed_at_any_line_happens_once(shop, plan):
    """S28: each time with another order."""

    def pay_order(number):
        intent = submit_checkout(
            shop, select_trial(shop, plan), key=f"purchase-{number}", email=f"ada{number}@example.com"
        )
        pay_at_link(intent)
        check_payment_intent(intent=intent, source="return")
        return Order.objects.select_related("store").get(checkout_key=f"purchase-{number}")

    first = pay_order(0)
    every_line = run_in_child(lambda: refund_verification_amount(order=first), crash_at=None)
    places = alternate_by_database(
        [place for place in distinct_crash_points(every_line) if "verification" in place.file]
    )
    assert len(places) > 2
    for number, place in enumerate(places, start=1):
        order = pay_order(number)
        before = len(refunded_amounts(shop))

        run_in_child(lambda order=order: refund_verification_amount(order=order), crash_at=place)
        for _ in range(2):
            make_refund_due(order, age=181)
            reconcile_due_rows()

        order.refresh_from_db()
        assert len(refunded_amounts(shop)) == before + 1, place
        assert (order.status, order.refunded_amount) == ("Paid", Decimal("1.00")), place
        assert order.verification_refunded_at is not None, place
        assert order.verification_refund_due_at is None, place
        assert not order.refund_requests.filter(state="pending").exists(), place


def test_throttled_refund_is_retried_without_a_review(shop, order):
    """S29."""
    shop.sandbox.plan_fault(
        "status", operation="ordersRefundCreate", status=429, retry_after=0, when="before"
    )

    assert reconcile_due_rows()["verification amounts: unclear"] == 1
    make_refund_due(order, age=181)
    reconcile_due_rows()

    assert refunded_amounts(shop) == ["1.00"]
    assert not Order.objects.get().is_in_review


def test_claimed_refund_is_left_to_its_claimant(shop, order):
    other = Order.objects.get()

    assert claim_verification_refund(order)
    assert not claim_verification_refund(other)
    assert not claim_verification_refund(Order.objects.get())
    assert refund_verification_amount(order=order) == "refunded"


def test_shopper_does_not_wait_for_the_refund(shop, plan):
    """The refund starts once the response is sent."""
    intent = submit_checkout(shop, select_trial(shop, plan))
    page = post_return(intent, json.loads(pay_at_link(intent)))["Location"]
    request = RequestFactory().get(page)
    request.store, request.session = shop, own_checkout(Client(), intent.order).session

    answer = payment.show_payment(request, page.rpartition("/")[2])
    assert answer.status_code == 303
    assert refunded_amounts(shop) == []

    answer.close()
    assert refunded_amounts(shop) == ["1.00"]
