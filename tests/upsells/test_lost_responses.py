"""An upsell whose response is lost, late or refused for now is charged once or not at all."""

from decimal import Decimal

import pytest

from checkout.models import Upsell
from checkout.upsells.acceptance import (
    accept_upsell,
    resolve_due_upsell_attempts,
    resolve_upsell_attempt,
)
from orders.models import Order
from tests.payments.helpers import net_charged
from tests.upsells.helpers import (
    backdate_call,
    bulb_stock,
    buy_and_settle,
    fail_reads_after_call,
    make_upsell,
    next_shown_upsell,
    operation_names,
)


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
    assert "Nothing was charged" in attempt.message
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


def test_rate_limit_leaves_the_upsell_open(shop):
    """S29."""
    make_upsell(shop)
    order = buy_and_settle(shop)
    attempt = next_shown_upsell(order)
    shop.sandbox.plan_fault(
        "status", operation="ordersAddLineItemsCreate", status=429, retry_after=1, times=2
    )

    attempt = accept_upsell(attempt=attempt)

    assert attempt.status == "shown"
    assert "busy" in attempt.message
    assert (bulb_stock(shop), net_charged(shop), Upsell.objects.get().usage_count) == (
        100,
        Decimal("54.00"),
        0,
    )
    assert next_shown_upsell(order).pk == attempt.pk
    assert accept_upsell(attempt=attempt).status == "charged"
    assert net_charged(shop) == Decimal("61.50")


def test_single_429_is_retried(shop):
    """S29."""
    make_upsell(shop)
    attempt = next_shown_upsell(buy_and_settle(shop))
    shop.sandbox.plan_fault("status", operation="ordersAddLineItemsCreate", status=429, retry_after=1)

    assert accept_upsell(attempt=attempt).status == "charged"
    assert net_charged(shop) == Decimal("61.50")
