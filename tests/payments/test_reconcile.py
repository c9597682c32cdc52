"""The reconciler finishes what lost responses, closed tabs and killed processes left open."""

import pytest
from django.core.management import call_command
from django.utils import timezone
from prometheus_client import REGISTRY

from catalog.models import Hold
from checkout.heartbeat import get_reconciler_heartbeat
from checkout.models import PaymentIntent
from checkout.payments import reconcile as reconcile_module
from checkout.payments.reconcile import expire_order, reconcile_due_rows
from orders.models import Order
from tests.payments.helpers import (
    age_intent,
    allow_next_check,
    die_after_create,
    make_due,
    make_selection,
    net_charged,
    order_create_calls,
    pay_at_link,
    post_return,
    stock_of,
    submit_checkout,
)
from tests.reliability.invariants import make_older


def test_reconciler_settles_without_webhook_and_return(shop):
    """S1."""
    pay_at_link(submit_checkout(shop))
    make_due()

    done = reconcile_due_rows()

    assert done["payment intents: succeeded"] == 1
    assert Order.objects.get().status == "Paid"


def test_second_round_does_nothing(shop):
    pay_at_link(submit_checkout(shop))
    make_due()
    reconcile_due_rows()
    shop.sandbox.clear_requests()

    assert reconcile_due_rows() == {}
    assert shop.sandbox.requests() == []
    PaymentIntent.objects.update(next_check_at=timezone.now())
    assert reconcile_due_rows() == {"payment intents: already settled": 1}
    assert PaymentIntent.objects.get().next_check_at is None


def test_unpaid_order_expires_after_asking_next_and_releases_its_stock(shop):
    intent = submit_checkout(shop)
    age_intent(intent, hours=2)
    shop.sandbox.clear_requests()

    done = reconcile_due_rows()

    order = Order.objects.get()
    assert done["expired holds: expired"] == 1
    assert (order.status, order.events.get().kind) == ("Canceled", "canceled")
    assert PaymentIntent.objects.get().status == "expired"
    assert stock_of(shop) == 10
    assert shop.sandbox.requests() != []
    post_return(allow_next_check(intent), {})
    assert PaymentIntent.objects.get().status == "expired"  # a late return declines nothing
    expire_order(order)  # another reconciler may do so at the same time
    assert order.events.count() == 1


def test_order_resumed_while_next_is_asked_does_not_expire(shop, monkeypatch):
    """S3."""
    intent = submit_checkout(shop)
    age_intent(intent, hours=2)
    PaymentIntent.objects.update(next_check_at=None)

    def resume_meanwhile(**_):
        submit_checkout(shop, make_selection(shop, title="White"), form="again")

    with monkeypatch.context() as patch:
        patch.setattr("checkout.payments.next_order_lookup.find_next_order", resume_meanwhile)
        done = reconcile_due_rows()

    assert done["expired holds: resumed by the shopper"] == 1
    assert PaymentIntent.objects.get(fingerprint="again").status == "redirected"
    assert (Order.objects.get().status, stock_of(shop), stock_of(shop, title="White")) == ("Pending", 10, 9)


def test_hold_stays_while_next_is_unreachable(shop):
    pay_at_link(submit_checkout(shop))
    make_older(days=2)
    shop.sandbox.plan_fault("status", operation="*", status=503, when="before", times=50)

    done = reconcile_due_rows()

    assert done["expired holds: NEXT unreachable"] == 1
    assert Hold.objects.get().state == "held"
    assert Order.objects.get().status == "Pending"


def test_paid_order_with_an_expired_hold_is_settled(shop):
    intent = submit_checkout(shop)
    pay_at_link(intent)
    age_intent(intent, hours=2)

    reconcile_due_rows()

    assert Order.objects.get().status == "Paid"
    assert Hold.objects.get().state == "sold"
    assert stock_of(shop) == 9


def test_payment_that_arrives_during_expiry_wins(shop, monkeypatch):
    """S3: the reconciler that saw nothing paid a moment ago loses the race and cancels nothing."""
    intent = submit_checkout(shop)
    response = pay_at_link(intent)
    age_intent(intent, hours=2)
    PaymentIntent.objects.update(next_check_at=None)

    def return_meanwhile(_intent):
        post_return(intent, response)

    with monkeypatch.context() as patch:
        patch.setattr(reconcile_module, "settle_untagged_order", return_meanwhile)
        patch.setattr("nextcommerce.client.NextClient.list_orders", lambda *_, **__: iter(()))
        done = reconcile_due_rows()

    assert done["expired holds: sold"] == 1
    assert [event.kind for event in Order.objects.get().events.all()] == ["paid"]
    assert (Order.objects.get().status, stock_of(shop)) == ("Paid", 9)


def test_unpaid_next_order_releases_its_stock_and_is_checked_less_and_less(shop):
    shop.sandbox.switches(payment_status="pending")
    intent = submit_checkout(shop)
    pay_at_link(intent)
    let_days_pass(intent, 2)

    assert (intent.status, stock_of(shop)) == ("expired", 10)

    let_days_pass(intent, 7)
    assert intent.next_check_at is None


def test_abandoned_attempt_expires_after_another_one_paid(shop):
    """S6: it has no hold left whose expiry would end it."""
    first = submit_checkout(shop, form="one black")
    second = submit_checkout(shop, make_selection(shop, title="White"), form="one white")
    pay_at_link(first)
    make_due()
    reconcile_due_rows()
    let_days_pass(second, 2)

    assert second.status == "expired"
    assert PaymentIntent.objects.get(pk=first.pk).status == "succeeded"
    assert (stock_of(shop), stock_of(shop, title="White")) == (9, 10)


def let_days_pass(intent, days):
    """Let days pass, with a round of the reconciler after each."""
    for _ in range(days):
        make_older(days=1)
        reconcile_due_rows()
    intent.refresh_from_db(fields=["status", "next_check_at"])


@pytest.mark.parametrize("days", [3, 7])
def test_payment_that_came_days_late_without_webhook_is_found(shop, days):
    intent = submit_checkout(shop)
    let_days_pass(intent, days - 1)
    assert (intent.status, Order.objects.get().status) == ("expired", "Canceled")
    pay_at_link(intent)

    let_days_pass(intent, 1)

    assert intent.status == "succeeded"
    assert Order.objects.get().status == "Paid"
    assert stock_of(shop) == 9


def test_checks_stop_after_a_week(shop):
    """Each of the later checks costs two calls: by tag and by email."""
    intent = submit_checkout(shop)
    let_days_pass(intent, 1)
    shop.sandbox.clear_requests()

    let_days_pass(intent, 9)

    searches = [sorted(call["query"]) for call in shop.sandbox.requests()]
    by_tag, by_email, of_all_payments = ["tags"], ["date_placed_from", "search_text"], ["date_placed_from"]
    assert [search for search in searches if search != of_all_payments] == [by_tag, by_email] * 2
    assert (intent.status, intent.next_check_at) == ("expired", None)


def test_recent_intents_are_checked_before_old_ones(shop):
    old = [submit_checkout(shop, key=f"old {number}") for number in range(3)]
    for intent in old:
        age_intent(intent, expire_hold=False, days=3, minutes=1)
    pay_at_link(submit_checkout(shop, key="now"))
    make_due()
    shop.sandbox.clear_requests()

    done = reconcile_due_rows(limit=5)

    requests = shop.sandbox.requests()
    assert done["payment intents: succeeded"] == 1
    assert done["old payment intents: expired"] == 1
    assert requests[1]["operation"] == "ordersRetrieve"


def test_lost_response_expires_without_a_second_create(shop, monkeypatch):
    """S21."""
    die_after_create(monkeypatch)
    shop.sandbox.plan_fault("status", operation="ordersCreate", status=504, when="after")
    intent = submit_checkout(shop)
    age_intent(intent, expire_hold=False, minutes=5)
    for _ in range(5):
        make_due()
        reconcile_due_rows()

    intent.refresh_from_db()
    assert intent.status == "expired"
    assert len(order_create_calls(shop)) == 1
    assert stock_of(shop) == 10
    assert net_charged(shop) == 0


def test_throttled_reconciler_loses_nothing(shop):
    """S29: background work yields and is retried."""
    pay_at_link(submit_checkout(shop))
    shop.sandbox.plan_fault("status", operation="*", status=429, retry_after=1, when="before", times=3)
    for _ in range(6):
        make_due()
        reconcile_due_rows()
        if Order.objects.get().status == "Paid":
            break

    assert Order.objects.get().status == "Paid"


def test_reconciler_calls_wait_behind_shoppers(shop):
    """S29."""
    paid, unpaid = submit_checkout(shop, key="paid"), submit_checkout(shop, key="unpaid")
    pay_at_link(paid)
    make_due()
    age_intent(unpaid, hours=2)
    before = turns("shopper"), turns("background")

    reconcile_due_rows()
    make_older(days=1.1)
    reconcile_due_rows()

    assert (turns("shopper") - before[0], turns("background") - before[1] > 5) == (0, True)


def turns(lane):
    """Return how many calls took a turn in this lane of the rate limiter."""
    return REGISTRY.get_sample_value("shop_next_api_turn_seconds_count", {"lane": lane}) or 0


def test_failing_row_does_not_stop_the_others(shop, caplog):
    broken = submit_checkout(shop, key="broken")
    pay_at_link(submit_checkout(shop, make_selection(shop, title="White"), key="good"))
    PaymentIntent.objects.filter(pk=broken.pk).update(snapshot={}, check_count=5)
    make_due()

    done = reconcile_due_rows()

    assert done["payment intents: failed"] == 1
    assert Order.objects.get(checkout_key="good").status == "Paid"


def test_command_prints_counts(shop, capsys):
    pay_at_link(submit_checkout(shop))
    make_due()

    call_command("reconcile")
    call_command("reconcile")

    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("payment intents: succeeded: 1")
    assert second == "Nothing was due."
    assert get_reconciler_heartbeat() is not None


@pytest.mark.parametrize("action", ["decline", "abandon"])
def test_no_hold_is_left_after_an_unpaid_purchase(shop, action):
    intent = submit_checkout(shop)
    pay_at_link(intent, action)
    age_intent(intent, hours=2)
    for _ in range(3):
        make_due()
        reconcile_due_rows()

    assert not Hold.objects.filter(state="held").exists()
    assert stock_of(shop) == 10
