"""NEXT orders that lost their tag are found by attribution, or by content and then reviewed."""

import datetime
from dataclasses import replace
from decimal import Decimal

from django.utils import timezone

from catalog.models import Hold
from checkout.models import PaymentIntent
from checkout.payments.next_order_lookup import find_next_orders_by_content
from checkout.payments.reconcile import reconcile_due_rows
from checkout.payments.settle import check_payment_intent, review_untagged_order
from nextcommerce.client import NextClient
from nextcommerce.deserializers import deserialize_order
from orders.models import Order, OrderReview
from stores.next_client import open_next_client
from tests.payments.helpers import (
    age_intent,
    make_due,
    pay_at_link,
    stock_of,
    submit_checkout,
)


def test_order_without_its_tag_is_found_by_attribution(shop):
    shop.sandbox.switches(strip_tags=True)
    pay_at_link(submit_checkout(shop))
    for _ in range(3):
        make_due()
        reconcile_due_rows()

    assert Order.objects.get().status == "Paid"


def test_unmarked_order_with_matching_content_goes_to_review(shop):
    shop.sandbox.switches(strip_tags=True, strip_attribution=True)
    intent = submit_checkout(shop)
    pay_at_link(intent)
    for _ in range(3):
        make_due()
        reconcile_due_rows()

    intent.refresh_from_db()
    order = Order.objects.get()
    assert intent.status == "review"
    review = OrderReview.objects.get()
    assert (review.payment_intent_id, review.amount_to_refund) == (intent.pk, Decimal("54.00"))
    assert "doesn't carry this payment's ID" in str(review.text)
    assert order.status == "Pending"

    age_intent(intent, hours=2)
    assert reconcile_due_rows()["expired holds: kept for review"] == 1
    assert stock_of(shop) == 9


def test_content_search_matches_only_when_everything_fits(shop, monkeypatch):
    shop.sandbox.switches(strip_tags=True, strip_attribution=True)
    intent = submit_checkout(shop)
    pay_at_link(intent)
    items, order = intent.snapshot["items"], intent.snapshot["order"]
    (number,) = [found.number for found in find_next_orders_by_content(intent=intent)]

    for name, value in [
        ("snapshot", intent.snapshot | {"items": [items[0] | {"quantity": 2}]}),
        # NEXT's search also finds partial matches.
        ("snapshot", intent.snapshot | {"order": order | {"email": "ada@example"}}),
        ("snapshot", intent.snapshot | {"order": order | {"email": ""}}),
        ("currency", "EUR"),
        ("created_at", intent.created_at + datetime.timedelta(hours=1)),
    ]:
        changed = PaymentIntent.objects.get()
        setattr(changed, name, value)
        assert list(find_next_orders_by_content(intent=changed)) == [], value
    PaymentIntent.objects.update(next_order_number=number)
    assert list(find_next_orders_by_content(intent=intent)) == []

    PaymentIntent.objects.update(next_order_number=None)
    renewal = deserialize_order(shop.sandbox.orders()[0] | {"source": "subscription"})
    monkeypatch.setattr(NextClient, "retrieve_order", lambda *_: renewal)
    assert list(find_next_orders_by_content(intent=intent)) == []


def test_unpaid_match_does_not_go_to_review(shop):
    shop.sandbox.switches(strip_tags=True, strip_attribution=True, payment_status="pending")
    pay_at_link(submit_checkout(shop))
    for _ in range(3):
        make_due()
        reconcile_due_rows()

    assert PaymentIntent.objects.get().status == "redirected"


def test_order_settled_with_another_payment_does_not_go_to_review(shop):
    first, second = submit_checkout(shop), submit_checkout(shop, key="purchase-2")
    pay_at_link(first)
    check_payment_intent(intent=first, source="webhook")
    next_order = open_next_client(shop).retrieve_order(shop.sandbox.orders()[0]["number"])

    after = review_untagged_order(intent=second, next_order=next_order, source="reconciler")
    unknown = replace(next_order, number="999")
    settled = review_untagged_order(intent=first, next_order=unknown, source="reconciler")

    assert (after.status, after.next_order_number) == ("redirected", None)
    assert (settled.status, settled.next_order_number) == ("succeeded", next_order.number)


def test_attempt_never_takes_another_attempts_order(shop):
    """The same person buys the same again after a lost response."""
    shop.sandbox.plan_fault("close", operation="ordersCreate", when="before")
    lost = submit_checkout(shop, form="first")
    again = submit_checkout(shop, form="second")
    pay_at_link(again)
    for _ in range(4):
        make_due()
        PaymentIntent.objects.filter(pk=again.pk).update(next_check_at=None)
        reconcile_due_rows()
    make_due()
    PaymentIntent.objects.filter(pk=again.pk).update(next_check_at=timezone.now())
    reconcile_due_rows()

    lost.refresh_from_db()
    again.refresh_from_db()
    assert lost.status == "declined"
    assert again.status == "succeeded"


def test_last_check_also_finds_unmarked_orders(shop):
    """The reconciler was down for longer than it would have kept checking."""
    shop.sandbox.switches(strip_tags=True)
    intent = submit_checkout(shop)
    pay_at_link(intent)
    age_intent(intent, hours=30)
    Hold.objects.update(expires_at=timezone.now() + datetime.timedelta(hours=1))
    make_due()
    shop.sandbox.plan_fault("status", operation="ordersList", status=500, when="before", times=9)
    reconcile_due_rows()
    shop.sandbox.switches(faults=[])
    make_due()
    reconcile_due_rows()

    assert PaymentIntent.objects.get().status == "succeeded"
    assert Order.objects.get().status == "Paid"
