"""Before an upsell is charged, NEXT is asked whether it is still the order that was paid."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import timezone

from checkout.models import Upsell, UpsellAttempt
from checkout.sentences import OFFER_NOT_ADDED
from checkout.upsells import acceptance
from checkout.upsells.acceptance import accept_upsell
from checkout.upsells.outcome import refuse_attempt, settle_upsell_attempt
from nextcommerce.client import NextClient
from orders.models import Order, OrderItem
from orders.refund_requests import RefundInDoubt
from orders.staff_actions import cancel_paid_order
from stores.next_client import open_next_client
from tests.payments.helpers import net_charged, stock_of
from tests.upsells.helpers import buy_and_settle, make_upsell, next_shown_upsell, operation_names


@pytest.fixture
def attempt(shop):
    """An upsell of a light bulb, 7.50, shown after a purchase of 54.00."""
    make_upsell(shop)
    return next_shown_upsell(buy_and_settle(shop))


def check_nothing_was_charged(shop):
    assert "ordersAddLineItemsCreate" not in operation_names(shop)
    assert net_charged(shop) == Decimal("54.00")
    assert (stock_of(shop, "Light bulb", ""), Upsell.objects.get().usage_count) == (100, 0)


def test_nothing_is_sent_while_next_cannot_be_read(shop, attempt):
    shop.sandbox.plan_fault("status", operation="ordersRetrieve", status=503, times=3)

    attempt = accept_upsell(attempt=attempt)

    assert (attempt.status, attempt.next_check_at) == ("shown", None)
    assert "Nothing was charged. Please try again" in str(attempt.message)
    check_nothing_was_charged(shop)
    assert accept_upsell(attempt=attempt).status == "charged"
    assert net_charged(shop) == Decimal("61.50")


def test_order_canceled_in_next_is_not_charged(shop, attempt):
    number = Order.objects.get().next_order_number
    shop.sandbox.call("POST", f"orders/{number}/cancel/", {"cancel_reason": "customer", "full_refund": False})
    shop.sandbox.clear_requests()

    attempt = accept_upsell(attempt=attempt)

    assert (attempt.status, str(attempt.message)) == ("refused", "This offer has ended. Nothing was charged.")
    assert Order.objects.get().status == "Canceled"
    check_nothing_was_charged(shop)


def test_order_that_next_no_longer_has_is_not_charged(shop, attempt):
    shop.sandbox.plan_fault("status", operation="ordersRetrieve", status=404)

    attempt = accept_upsell(attempt=attempt)

    assert attempt.status == "refused"
    assert "Nothing was charged" in str(attempt.message)
    check_nothing_was_charged(shop)


def test_attempt_that_ended_during_the_check_is_not_sent(shop, attempt, monkeypatch):
    """The process slept for so long that the reconciler refused the attempt."""
    sync_order = acceptance.sync_order

    def sync_for_a_long_time(**kwargs):
        refuse_attempt(attempt, OFFER_NOT_ADDED.fill())
        return sync_order(**kwargs)

    monkeypatch.setattr(acceptance, "sync_order", sync_for_a_long_time)

    attempt = accept_upsell(attempt=attempt)

    assert (attempt.status, str(attempt.message)) == (
        "refused",
        "We couldn't add this item. Nothing was charged, and your order hasn't changed.",
    )
    check_nothing_was_charged(shop)


def test_unmarked_line_that_the_check_finds_is_not_the_added_one(shop, attempt, monkeypatch):
    """It was added before the call: the call itself is lost, and nothing was charged for this attempt."""
    bulb = attempt.item["next_variant_id"]
    retrieve_order = NextClient.retrieve_order

    def with_earlier_upsell(client, number):
        order = retrieve_order(client, number)
        line = replace(order.lines[0], id=90, variant_id=bulb, price_incl_tax=Decimal("7.50"), is_upsell=True)
        return replace(order, lines=(*order.lines, line))

    monkeypatch.setattr(NextClient, "retrieve_order", with_earlier_upsell)
    shop.sandbox.plan_fault("close", operation="ordersAddLineItemsCreate", when="before")

    assert accept_upsell(attempt=attempt).status == "unclear"


def test_added_line_without_an_id_replaces_no_other_item(shop, attempt):
    order = Order.objects.get()
    OrderItem.objects.update(next_line_id=None)
    UpsellAttempt.objects.update(
        status="started", last_item_before=order.items.get().pk, sent_at=timezone.now()
    )
    next_order = open_next_client(shop).retrieve_order(order.next_order_number)
    lamp = replace(next_order.lines[0], id=None)
    bulb = replace(
        lamp,
        variant_id=attempt.item["next_variant_id"],
        price_incl_tax=Decimal("7.50"),
        is_upsell=True,
        metadata={"upsell_attempt": attempt.pk},
    )

    for _ in range(2):
        attempt = settle_upsell_attempt(
            attempt=attempt, next_order=replace(next_order, lines=(lamp, bulb)), source="webhook"
        )

    assert attempt.status == "charged"
    assert [item.name for item in order.items.all()] == ["Desk lamp", "Light bulb"]


def test_upsell_is_not_charged_while_staff_cancel_the_order(shop, attempt):
    """The cancellation is in doubt, and NEXT would still take the upsell."""
    order = Order.objects.select_related("store").get()
    shop.sandbox.plan_fault("status", operation="ordersCancelCreate", status=503, when="before")
    with pytest.raises(RefundInDoubt):
        cancel_paid_order(order=order, reason="Changed mind", full_refund=True, notify=False, actor="kim")

    assert accept_upsell(attempt=attempt).status == "refused"

    check_nothing_was_charged(shop)
