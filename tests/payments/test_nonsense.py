"""Valid but absurd answers never break a page, change which order a record is, or end it half-way."""

from contextlib import suppress
from decimal import Decimal

import pytest
from django.urls import reverse

from checkout.models import PaymentIntent, UpsellAttempt, WebhookEvent
from checkout.payments.reconcile import reconcile_due_rows
from checkout.payments.settle import check_payment_intent
from checkout.upsells.acceptance import accept_upsell
from nextcommerce.client import NextClient
from orders.models import Order, OrderEvent, RefundRequest
from orders.refunds import RefundInput, full_refund_input, issue_refund
from orders.staff_actions import cancel_paid_order
from orders.sync import sync_order_as_staff
from sandbox.nonsense import CALCULATED_REFUND_CHANGES, CHANGES, REFUND_CHANGES
from stores.errors import Problem
from tests.factories import sum_parts
from tests.payments.helpers import (
    allow_next_check,
    deliver_webhook,
    make_due,
    make_selection,
    net_charged,
    pay_at_link,
    submit_checkout,
)
from tests.upsells.helpers import make_upsell, next_shown_upsell

# SQLite stores almost anything, so a few answers are enough there.
every_nonsense = pytest.mark.parametrize(
    "nonsense",
    [
        pytest.param(kind, marks=[] if kind % 4 == 0 else pytest.mark.strict_columns)
        for kind in range(len(CHANGES))
    ],
)


@pytest.fixture
def intent(shop):
    intent = submit_checkout(shop, make_selection(shop, quantity=2))
    pay_at_link(intent)
    return intent


def read_order():
    return Order.objects.select_related("store").get()


def check_all_is_right(shop, order):
    """The next right answer finds the order as NEXT has it."""
    shop.sandbox.switches(nonsense=None)
    sync_order_as_staff(order=order)
    order.refresh_from_db()
    (next_order,) = shop.sandbox.orders()
    assert order.next_order_number == next_order["number"] == "100001"
    assert order.currency == "USD"
    assert order.next_payment_status == next_order["payment_status"]


@every_nonsense
def test_return_and_reconciler_survive(shop, intent, nonsense):
    shop.sandbox.switches(nonsense=nonsense)

    check_payment_intent(intent=intent, source="return", hint="100001")
    make_due()
    done = reconcile_due_rows()

    assert not [outcome for outcome in done if "failed" in outcome]
    shop.sandbox.switches(nonsense=None)
    intent = check_payment_intent(intent=allow_next_check(intent), source="return", hint="100001")
    assert intent.status in {"succeeded", "review"}
    assert intent.next_order_number == "100001"


@every_nonsense
def test_staff_check_answers_with_a_page_and_keeps_the_order(shop, intent, admin_client, nonsense):
    check_payment_intent(intent=intent, source="return")
    order = read_order()
    shop.sandbox.switches(nonsense=nonsense)

    response = admin_client.post(reverse("admin:orders_order_check", args=[order.pk]))

    assert response.status_code in {302, 409}
    order.refresh_from_db()
    assert (order.next_order_number, order.currency, order.is_paid) == ("100001", "USD", True)
    assert sum_parts(order) == order.total
    check_all_is_right(shop, order)


@every_nonsense
def test_cancellation_is_known_in_the_end(shop, intent, nonsense):
    check_payment_intent(intent=intent, source="return")
    shop.sandbox.switches(nonsense=nonsense)

    with suppress(Problem):
        cancel_paid_order(
            order=read_order(), reason="customer", full_refund=True, notify=False, actor="grace"
        )

    order = read_order()
    check_all_is_right(shop, order)
    assert (order.status == "Canceled") == (shop.sandbox.orders()[0]["status"] == "canceled")


@every_nonsense
def test_refund_is_made_once_or_not_at_all(shop, intent, nonsense):
    check_payment_intent(intent=intent, source="return")
    order = read_order()
    shop.sandbox.switches(nonsense=nonsense)

    def refund():
        issue_refund(
            order=read_order(),
            refund_input=full_refund_input(order),
            expected=Decimal("103.00"),
            refunded_before=Decimal("0.00"),
            actor="grace",
        )

    for _ in range(2):
        with suppress(Problem):
            refund()

    assert net_charged(shop) in {Decimal("0.00"), Decimal("103.00")}
    check_all_is_right(shop, order)
    # A calculation without a usable charge is refused by NEXT. What was refunded never counts as refused.
    was_refused = RefundRequest.objects.filter(state="refused").exists()
    assert not was_refused or net_charged(shop) == Decimal("103.00")
    assert order.events.filter(kind=OrderEvent.Kind.PAID).count() == 1


@pytest.mark.parametrize("nonsense", range(len(REFUND_CHANGES)))
def test_refund_with_a_nonsensical_answer_is_made_once(shop, intent, monkeypatch, nonsense):
    check_payment_intent(intent=intent, source="return")
    order = read_order()
    refund_order = NextClient.refund_order

    def refund_with_nonsense(*args):
        shop.sandbox.switches(nonsense=nonsense)
        try:
            return refund_order(*args)
        finally:
            shop.sandbox.switches(nonsense=None)

    monkeypatch.setattr(NextClient, "refund_order", refund_with_nonsense)

    for _ in range(2):
        with suppress(Problem):
            issue_refund(
                order=read_order(),
                refund_input=full_refund_input(order),
                expected=Decimal("103.00"),
                refunded_before=Decimal("0.00"),
                actor="grace",
            )

    assert net_charged(shop) == Decimal("0.00")
    assert RefundRequest.objects.get().state == "done"
    assert read_order().refunded_amount == Decimal("103.00")


@pytest.mark.parametrize("nonsense", range(len(CALCULATED_REFUND_CHANGES)))
def test_nonsensical_calculation_never_refunds_more_than_was_confirmed(shop, intent, monkeypatch, nonsense):
    check_payment_intent(intent=intent, source="return")
    order = read_order()
    item = order.items.get()
    calculate_refund = NextClient.calculate_refund

    def calculate_nonsense(*args):
        shop.sandbox.switches(nonsense=nonsense)
        try:
            return calculate_refund(*args)
        finally:
            shop.sandbox.switches(nonsense=None)

    monkeypatch.setattr(NextClient, "calculate_refund", calculate_nonsense)

    with suppress(Problem):
        issue_refund(
            order=order,
            refund_input=RefundInput(quantities={item.pk: 1}),
            expected=Decimal("49.00"),
            refunded_before=Decimal("0.00"),
            actor="grace",
        )

    assert net_charged(shop) in {Decimal("54.00"), Decimal("103.00")}
    check_all_is_right(shop, order)


@every_nonsense
def test_upsell_is_not_charged_to_an_order_that_makes_no_sense(shop, intent, nonsense):
    make_upsell(shop)
    check_payment_intent(intent=intent, source="return")
    attempt = next_shown_upsell(read_order())
    shop.sandbox.switches(nonsense=nonsense)

    attempt = accept_upsell(attempt=attempt)

    charges = sum(row["kind"] == "charge" for row in shop.sandbox.charges())
    assert (attempt.status, charges) in {
        *(("shown", 1), ("refused", 1), ("charged", 2), ("unclear", 2), ("started", 2))
    }


@every_nonsense
def test_upsell_is_charged_once_and_never_forgotten(shop, intent, monkeypatch, nonsense):
    make_upsell(shop)
    check_payment_intent(intent=intent, source="return")
    attempt = next_shown_upsell(read_order())
    add_line_items = NextClient.add_line_items

    def answer_nonsense_from_now_on(*args):
        shop.sandbox.switches(nonsense=nonsense)
        return add_line_items(*args)

    monkeypatch.setattr(NextClient, "add_line_items", answer_nonsense_from_now_on)

    attempt = accept_upsell(attempt=attempt)

    assert attempt.status in {"charged", "unclear", "started"}
    shop.sandbox.switches(nonsense=None)
    UpsellAttempt.objects.update(checked_at=None)
    UpsellAttempt.objects.filter(next_check_at__isnull=False).update(next_check_at="2026-01-01T00:00:00Z")
    reconcile_due_rows()
    assert UpsellAttempt.objects.get().status == "charged"
    assert sum(row["kind"] == "charge" for row in shop.sandbox.charges()) == 2
    assert PaymentIntent.objects.get().status == "succeeded"


@every_nonsense
def test_webhook_is_applied_or_refused(shop, intent, nonsense):
    check_payment_intent(intent=intent, source="return")
    shop.sandbox.switches(nonsense=nonsense)
    data = shop.sandbox.call("GET", "orders/100001/").json()

    response = deliver_webhook(shop, "order.updated", data)
    response.close()

    assert response.status_code == 200
    event = WebhookEvent.objects.get()
    assert event.next_try_at is None, event.outcome
    check_all_is_right(shop, read_order())
