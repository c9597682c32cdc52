"""S28: crashing at every line while accepting or resolving an upsell, then starting again."""

import datetime
from decimal import Decimal

import pytest
from django.db.models import F

from catalog.models import Hold
from checkout.models import Upsell, UpsellAttempt
from checkout.payments.reconcile import reconcile_due_rows
from checkout.upsells.acceptance import accept_upsell, resolve_due_upsell_attempts
from nextcommerce.transport import RateLimitedRetry
from orders.models import Order
from stores import polling
from tests.crash import alternate_by_database, distinct_crash_points, run_in_child
from tests.factories import publish
from tests.payments.helpers import net_charged, stock_of
from tests.upsells.helpers import (
    buy_and_settle,
    fail_reads_after_call,
    make_upsell,
    next_shown_upsell,
    operation_names,
)

BULBS = 100


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(polling, "WAIT_SECONDS", 0)
    monkeypatch.setattr(RateLimitedRetry, "sleep", lambda self, response=None: None)


def let_minutes_pass(minutes):
    """Move the times of all attempts into the past by this many minutes."""
    by = datetime.timedelta(minutes=minutes)
    times = ("sent_at", "doubt_ends_at", "checked_at", "next_check_at", "settled_at")
    UpsellAttempt.objects.update(**{name: F(name) - by for name in times})


def accept(shop, attempt):
    accept_upsell(attempt=attempt)


def resolve(shop, attempt):
    """Resolve an attempt whose response was lost while NEXT Commerce was down."""
    resolve_due_upsell_attempts()


def prepare_attempt(shop, attempt, work):
    if work is resolve:
        shop.sandbox.plan_fault("close", operation="ordersAddLineItemsCreate", when="after")
        fail_reads_after_call(shop)
        assert accept_upsell(attempt=attempt).is_in_doubt
        shop.sandbox.switches(faults=[])
        let_minutes_pass(2)


def recover(attempt):
    """Click the button once more, let time pass, and run the reconciler."""
    accept_upsell(attempt=UpsellAttempt.objects.select_related("order__store").get(pk=attempt.pk))
    for minutes in (2, 4, 70):
        let_minutes_pass(minutes)
        reconcile_due_rows()


@pytest.mark.slow
@pytest.mark.parametrize("work", [accept, resolve])
def test_crash_at_any_line_charges_once_or_not_at_all(shop, work):
    shop.products.get(name="Desk lamp").variants.update(inventory_quantity=5000)
    publish(shop)
    make_upsell(shop)
    first = next_shown_upsell(buy_and_settle(shop, key="undisturbed"))
    prepare_attempt(shop, first, work)
    places = alternate_by_database(
        distinct_crash_points(run_in_child(lambda: work(shop, first), crash_at=None))
    )
    assert len(places) > 4
    ended = set()
    for number, place in enumerate(places):
        Upsell.objects.update(usage_count=0)
        shop.products.get(name="Light bulb").variants.update(inventory_quantity=BULBS)
        order = buy_and_settle(shop, key=f"purchase {number}")
        attempt = next_shown_upsell(order)
        before = net_charged(shop)
        prepare_attempt(shop, attempt, work)

        run_in_child(lambda attempt=attempt: work(shop, attempt), crash_at=place)
        recover(attempt)

        attempt.refresh_from_db()
        order = Order.objects.get(pk=order.pk)
        taken = operation_names(shop).count("ordersAddLineItemsCreate")
        ended.add((attempt.status, taken))
        assert net_charged(shop) - before == taken * Decimal("7.50"), place
        assert Upsell.objects.get().usage_count == taken, place
        assert stock_of(shop, "Light bulb", "") == BULBS - taken, place
        assert [item.is_upsell for item in order.items.all()] == [False, True][: taken + 1], place
        assert [event.kind for event in order.events.all()] == ["paid", "upsell"][: taken + 1], place
        assert order.total == Decimal("54.00") + taken * Decimal("7.50"), place
        assert (order.is_in_review, attempt.next_check_at) == (False, None), place
        assert not Hold.objects.filter(state="held").exists(), place
    # A crash between the commit and the call means that the charge is never sent.
    assert {("charged", 1)} <= ended <= {("charged", 1), *([("refused", 0)] if work is accept else [])}
