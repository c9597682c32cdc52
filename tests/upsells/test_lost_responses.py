"""An upsell whose response is lost, late or refused for now is charged once or not at all."""

import datetime
import html
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from checkout.models import Upsell, UpsellAttempt
from checkout.upsells.acceptance import (
    accept_upsell,
    resolve_due_upsell_attempts,
    resolve_upsell_attempt,
)
from orders.models import Order, OrderReview
from orders.sync import sync_order_as_staff
from stores.crypto import make_url_token
from tests.payments.helpers import deliver_webhook, net_charged, own_checkout
from tests.upsells.helpers import (
    backdate_call,
    bulb_stock,
    buy_and_settle,
    fail_reads_after_call,
    make_upsell,
    next_shown_upsell,
    operation_names,
)

ADD = "ordersAddLineItemsCreate"


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 504, "when": "after"},
        {"kind": "status", "status": 500, "when": "after"},
        {"kind": "close", "when": "after"},
        {"kind": "garbage", "when": "after"},
        {"kind": "truncate", "when": "after"},
    ],
)
def test_lost_response_is_resolved_from_the_orders_lines(shop, fault):
    """S21 for upsells."""
    make_upsell(shop)
    attempt = next_shown_upsell(buy_and_settle(shop))
    shop.sandbox.plan_fault(operation="ordersAddLineItemsCreate", **fault)

    assert accept_upsell(attempt=attempt).status == "charged"

    assert operation_names(shop) == ["ordersRetrieve", "ordersAddLineItemsCreate", "ordersRetrieve"]
    assert net_charged(shop) == Decimal("61.50")
    assert bulb_stock(shop) == 99


@pytest.mark.parametrize("fault", [{"kind": "close"}, {"kind": "status", "status": 502}])
def test_call_lost_before_the_charge_stays_unclear_until_it_times_out(shop, fault):
    make_upsell(shop)
    order = buy_and_settle(shop)
    attempt = next_shown_upsell(order)
    shop.sandbox.plan_fault(operation="ordersAddLineItemsCreate", when="before", **fault)

    attempt = accept_upsell(attempt=attempt)
    assert attempt.status == "unclear"
    assert bulb_stock(shop) == 99
    assert accept_upsell(attempt=attempt).status == "unclear"

    backdate_call(attempt, minutes=2)
    assert resolve_upsell_attempt(attempt=attempt).status == "unclear"
    backdate_call(attempt, minutes=4)
    attempt = resolve_upsell_attempt(attempt=attempt)

    assert attempt.status == "refused"
    assert "Nothing was charged" in str(attempt.message)
    assert operation_names(shop).count("ordersAddLineItemsCreate") == 1
    assert net_charged(shop) == Decimal("54.00")
    assert bulb_stock(shop) == 100


def test_late_response_stays_in_doubt_while_the_order_cannot_be_read(shop, settings):
    """S15: the line exists, and nothing is reported as refused before the order could be read."""
    settings.NEXT_API_READ_SECONDS = 0.5
    make_upsell(shop)
    attempt = next_shown_upsell(buy_and_settle(shop))
    shop.sandbox.plan_fault("delay", operation="ordersAddLineItemsCreate", seconds=1.5, when="after")
    fail_reads_after_call(shop)

    attempt = accept_upsell(attempt=attempt)
    assert attempt.status == "unclear"

    backdate_call(attempt, seconds=60)
    assert resolve_due_upsell_attempts() == 1
    attempt.refresh_from_db()
    assert attempt.status == "charged"
    assert net_charged(shop) == Decimal("61.50")


def test_reconciler_resolves_a_crash_before_the_call(shop, monkeypatch):
    """S28."""
    make_upsell(shop)
    attempt = next_shown_upsell(buy_and_settle(shop))
    accept_and_crash_at("checkout.upsells.acceptance._add_line_items", attempt, monkeypatch)
    attempt.refresh_from_db()
    assert attempt.status == "started"
    assert resolve_due_upsell_attempts() == 0

    backdate_call(attempt, minutes=10)
    assert resolve_due_upsell_attempts() == 1

    attempt.refresh_from_db()
    assert attempt.status == "refused"
    assert bulb_stock(shop) == 100
    assert operation_names(shop) == ["ordersRetrieve", "ordersRetrieve"]


def test_reconciler_resolves_a_crash_after_the_charge(shop, monkeypatch):
    """S28."""
    make_upsell(shop)
    attempt = next_shown_upsell(buy_and_settle(shop))
    accept_and_crash_at("checkout.upsells.acceptance.settle_upsell_attempt", attempt, monkeypatch)

    backdate_call(attempt, minutes=1)
    resolve_due_upsell_attempts()

    attempt.refresh_from_db()
    assert attempt.status == "charged"
    assert Order.objects.get().total == Decimal("61.50")
    assert operation_names(shop) == ["ordersRetrieve", "ordersAddLineItemsCreate", "ordersRetrieve"]
    assert bulb_stock(shop) == 99


def accept_and_crash_at(function_path, attempt, monkeypatch):
    """Accept the upsell, and crash when this function is called."""

    def die(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(function_path, die)
        with pytest.raises(KeyboardInterrupt):
            accept_upsell(attempt=attempt)


@pytest.mark.parametrize("status", [400, 404, 409, 422, 429, 500, 503])
def test_upsell_that_was_charged_is_charged_whatever_next_answered(shop, status):
    """S33."""
    make_upsell(shop)
    attempt = next_shown_upsell(buy_and_settle(shop))
    shop.sandbox.plan_fault("status", operation=ADD, status=status, when="after")

    assert accept_upsell(attempt=attempt).status == "charged"

    assert (net_charged(shop), bulb_stock(shop)) == (Decimal("61.50"), 99)
    assert not OrderReview.objects.exists()


@pytest.mark.parametrize("status", [400, 404, 409, 422, 500, 503])
def test_upsell_that_was_not_charged_is_refused_after_a_silence(shop, client, status):
    """S33: until then the shopper reads that we are checking."""
    make_upsell(shop)
    attempt = next_shown_upsell(buy_and_settle(shop))
    shop.sandbox.plan_fault("status", operation=ADD, status=status, when="before")
    attempt = accept_upsell(attempt=attempt)
    assert attempt.status == "unclear"
    token = make_url_token(purpose="order-upsell", subject=attempt.order_id)
    own_checkout(client, attempt.order)
    page = client.get(reverse("checkout:upsell_outcome", args=[token, attempt.pk])).text
    assert "We're checking whether your item was added" in html.unescape(page)
    assert "Nothing was charged" not in page

    backdate_call(attempt, minutes=4)
    attempt = resolve_upsell_attempt(attempt=attempt)

    assert attempt.status == "refused"
    assert "Nothing was charged" in str(attempt.message)
    assert (net_charged(shop), bulb_stock(shop)) == (Decimal("54.00"), 100)


@pytest.mark.parametrize("status", [400, 404, 429])
def test_stale_reads_do_not_make_a_charged_upsell_refused(shop, status):
    """S33, S35."""
    make_upsell(shop)
    attempt = next_shown_upsell(buy_and_settle(shop))
    shop.sandbox.plan_fault("status", operation=ADD, status=status, when="after")
    shop.sandbox.plan_fault("stale", operation="ordersRetrieve", skip=1, times=2)

    attempt = accept_upsell(attempt=attempt)
    assert attempt.status == "unclear"
    for _ in range(2):
        backdate_call(attempt, seconds=5)
        attempt = resolve_upsell_attempt(attempt=attempt)

    assert attempt.status == "charged"
    assert (net_charged(shop), bulb_stock(shop)) == (Decimal("61.50"), 99)


def test_upsell_delivered_twice_is_a_review_with_the_amount(shop):
    """S34: two lines, two charges; our stock follows."""
    make_upsell(shop)
    attempt = next_shown_upsell(buy_and_settle(shop))
    shop.sandbox.plan_fault("repeat", operation=ADD)
    assert accept_upsell(attempt=attempt).status == "charged"

    backdate_call(attempt, minutes=3)
    resolve_due_upsell_attempts()

    review = OrderReview.objects.get()
    assert (review.kind, review.amount_to_refund) == ("extra_charge", Decimal("7.50"))
    assert str(review.text) == (
        "NEXT Commerce added 1 × Light bulb for $7.50, which nobody accepted. Refund it, or ship it."
    )
    assert (net_charged(shop), bulb_stock(shop)) == (Decimal("69.00"), 98)
    attempt.refresh_from_db()
    assert attempt.next_check_at is None
    sync_order_as_staff(order=attempt.order)
    assert (OrderReview.objects.count(), bulb_stock(shop)) == (1, 98)


def test_second_charge_without_a_line_is_a_review(shop):
    make_upsell(shop)
    attempt = accept_upsell(attempt=next_shown_upsell(buy_and_settle(shop)))
    data = shop.sandbox.orders()[0]
    charge = data["transactions"][-1]
    twice = {**data, "transactions": [*data["transactions"], charge | {"id": charge["id"] + 1000}]}

    deliver_webhook(shop, "order.updated", twice)

    review = OrderReview.objects.get()
    assert (review.kind, review.amount_to_refund) == ("extra_charge", Decimal("7.50"))
    assert bulb_stock(shop) == 99
    assert attempt.status == "charged"


def test_line_without_a_charge_is_a_review(shop):
    make_upsell(shop)
    attempt = accept_upsell(attempt=next_shown_upsell(buy_and_settle(shop)))
    UpsellAttempt.objects.update(settled_at=timezone.now() - datetime.timedelta(minutes=2))
    data = shop.sandbox.orders()[0]

    deliver_webhook(shop, "order.updated", data | {"transactions": data["transactions"][:1]})

    review = OrderReview.objects.get()
    assert (review.kind, attempt.status) == ("extra_charge", "charged")
    assert "asked no payment for $7.50" in str(review.text)


def test_charged_upsell_that_is_right_is_looked_at_once_more_and_no_review(shop):
    make_upsell(shop)
    attempt = accept_upsell(attempt=next_shown_upsell(buy_and_settle(shop)))
    assert attempt.next_check_at is not None

    backdate_call(attempt, minutes=3)
    assert resolve_due_upsell_attempts() == 1
    assert resolve_due_upsell_attempts() == 0

    assert not OrderReview.objects.exists()


def test_rate_limit_leaves_the_upsell_open(shop):
    """S29, S33: shown again once it is known that nothing was charged."""
    make_upsell(shop)
    order = buy_and_settle(shop)
    attempt = next_shown_upsell(order)
    shop.sandbox.plan_fault("status", operation=ADD, status=429)

    assert accept_upsell(attempt=attempt).status == "unclear"
    backdate_call(attempt, seconds=31)
    attempt = resolve_upsell_attempt(attempt=attempt)

    assert attempt.status == "shown"
    assert "busy" in str(attempt.message)
    assert (bulb_stock(shop), net_charged(shop), Upsell.objects.get().usage_count) == (
        100,
        Decimal("54.00"),
        0,
    )
    assert next_shown_upsell(order).pk == attempt.pk
    assert accept_upsell(attempt=attempt).status == "charged"
    assert net_charged(shop) == Decimal("61.50")
