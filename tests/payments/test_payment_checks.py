"""Checking an open payment with NEXT: what is asked, how often, and when it counts as unpaid."""

import datetime
import json

from django.utils import timezone

from checkout.models import PaymentIntent
from checkout.payments.settle import (
    check_payment_intent,
)
from nextcommerce.client import NextClient
from orders.models import Order
from stores.next_client import open_next_client
from tests.payments.helpers import (
    age_intent,
    allow_next_check,
    die_after_create,
    order_create_calls,
    pay_at_link,
    stock_of,
    submit_checkout,
)


def test_unreachable_next_changes_nothing(shop):
    """S15."""
    intent = submit_checkout(shop)
    pay_at_link(intent)
    shop.sandbox.plan_fault("status", operation="*", status=503, when="before", times=20)

    check_payment_intent(intent=intent, source="return")

    intent.refresh_from_db()
    assert intent.status == "redirected"
    assert Order.objects.get().status == "Pending"
    assert stock_of(shop) == 9
    assert intent.next_check_at - timezone.now() < datetime.timedelta(seconds=21)


def test_unreadable_order_is_not_treated_as_missing(shop):
    """S15, S16: its tag is lost, so only the number from the browser leads to it."""
    shop.sandbox.switches(strip_tags=True)
    intent = submit_checkout(shop)
    number = json.loads(pay_at_link(intent))["number"]
    shop.sandbox.plan_fault("status", operation="ordersRetrieve", status=503, when="before", times=3)

    assert (
        check_payment_intent(intent=intent, source="return", hint=number, returned_unpaid=True).status
        == "redirected"
    )
    assert (
        check_payment_intent(intent=allow_next_check(intent), source="return", hint=number).status
        == "succeeded"
    )


def test_unfiltered_order_list_never_settles_another_intent(shop, monkeypatch):
    """S8."""
    other, intent = submit_checkout(shop, key="other"), submit_checkout(shop)
    pay_at_link(other)
    all_orders = list(open_next_client(shop).list_orders())
    monkeypatch.setattr(NextClient, "list_orders", lambda *_, **__: iter(all_orders))

    assert check_payment_intent(intent=intent, source="return").status == "redirected"
    assert check_payment_intent(intent=other, source="return").status == "succeeded"


def test_slow_shopper_at_link_is_not_declined(shop):
    intent = submit_checkout(shop)
    age_intent(intent, minutes=20, expire_hold=False)
    for _ in range(6):
        intent = check_payment_intent(intent=allow_next_check(intent), source="shopper")

    assert (intent.status, intent.check_count, stock_of(shop)) == ("redirected", 6, 9)


def test_unpaid_return_is_declined_only_after_asking_next(shop):
    """S16."""
    intent = submit_checkout(shop)
    pay_at_link(intent, "decline")
    shop.sandbox.clear_requests()

    intent = check_payment_intent(intent=intent, source="return", returned_unpaid=True)

    assert [call["operation"] for call in shop.sandbox.requests()] == ["ordersList"]
    assert intent.status == "declined"
    assert str(intent.message) == ""  # the page says it in the shopper's language
    assert stock_of(shop) == 10
    assert intent.next_check_at is not None


def test_declined_intent_with_a_late_charge_is_settled(shop):
    """S16, X18."""
    intent = submit_checkout(shop)
    assert check_payment_intent(intent=intent, source="return", returned_unpaid=True).status == "declined"

    pay_at_link(intent)
    allow_next_check(intent)
    check_payment_intent(intent=intent, source="reconciler", background=True)

    assert Order.objects.get().status == "Paid"
    assert stock_of(shop) == 9


def test_order_with_a_lost_response_is_found_by_its_tag(shop):
    """S21: with a card that needs no redirect the order exists right away."""
    intent = submit_checkout(shop)
    pay_at_link(intent)
    PaymentIntent.objects.update(status="created", answered_at=None, payment_complete_url="")
    intent.refresh_from_db()
    assert intent.is_unclear

    check_payment_intent(intent=intent, source="reconciler")

    assert Order.objects.get().status == "Paid"
    assert len(order_create_calls(shop)) == 1


def test_lost_response_is_written_off_only_after_its_timeout_and_several_checks(shop, monkeypatch):
    """S21: nobody was sent to Link, so nobody can have paid."""
    die_after_create(monkeypatch)
    shop.sandbox.plan_fault("close", operation="ordersCreate", when="before")
    intent = submit_checkout(shop)
    created_at = intent.created_at
    for age in (60, 60, 60, 0):
        PaymentIntent.objects.update(created_at=created_at - datetime.timedelta(seconds=age))
        intent = check_payment_intent(intent=allow_next_check(intent), source="shopper")
        assert intent.status == "created"

    PaymentIntent.objects.update(created_at=created_at - datetime.timedelta(seconds=60))
    intent = check_payment_intent(intent=allow_next_check(intent), source="shopper")

    assert intent.status == "expired"
    assert stock_of(shop) == 10


def test_intent_is_checked_at_most_every_two_seconds(shop):
    intent = submit_checkout(shop)
    shop.sandbox.clear_requests()

    for _ in range(5):
        check_payment_intent(intent=intent, source="shopper")

    assert len(shop.sandbox.requests()) == 1


def test_completed_order_costs_two_calls(shop):
    intent = submit_checkout(shop)
    response = pay_at_link(intent)

    check_payment_intent(intent=intent, source="return", hint=json.loads(response)["number"])

    assert [call["operation"] for call in shop.sandbox.requests()] == ["ordersCreate", "ordersRetrieve"]
