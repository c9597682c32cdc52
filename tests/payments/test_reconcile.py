"""The reconciler finishes what lost answers, closed tabs and killed processes left open."""

import datetime
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.utils import timezone
from prometheus_client import REGISTRY

from catalog.models import Hold
from checkout.heartbeat import get_reconciler_heartbeat
from checkout.models import PaymentIntent
from checkout.payments import reconcile as reconcile_module
from checkout.payments.next_order_lookup import find_next_orders_by_content
from checkout.payments.reconcile import expire_order, run_reconciler
from checkout.payments.settle import check_payment_intent, review_untagged_order
from checkout.payments.webhook_events import sync_order
from nextcommerce.client import NextClient
from nextcommerce.order_schemas import NextOrder
from orders.models import Order
from stores.next_client import open_next_client
from tests.payments.helpers import (
    age_intent,
    allow_next_check,
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


def test_without_webhook_and_return_the_reconciler_settles(shop):
    """S1."""
    pay_at_link(submit_checkout(shop))
    make_due()

    done = run_reconciler()

    assert done["payment intents: succeeded"] == 1
    assert Order.objects.get().status == "Paid"


def test_doing_it_again_does_nothing(shop):
    pay_at_link(submit_checkout(shop))
    make_due()
    run_reconciler()
    shop.sandbox.clear_requests()

    assert run_reconciler() == {}
    assert shop.sandbox.requests() == []
    PaymentIntent.objects.update(next_check_at=timezone.now())
    assert run_reconciler() == {"payment intents: settled already": 1}
    assert PaymentIntent.objects.get().next_check_at is None


def test_an_unpaid_order_lapses_after_the_store_was_asked_and_gives_its_stock_back(shop):
    intent = submit_checkout(shop)
    age_intent(intent, hours=2)
    shop.sandbox.clear_requests()

    done = run_reconciler()

    order = Order.objects.get()
    assert done["lapsed holds: lapsed"] == 1
    assert (order.status, order.events.get().kind) == ("Canceled", "canceled")
    assert PaymentIntent.objects.get().status == "expired"
    assert stock_of(shop) == 10
    assert shop.sandbox.requests() != []
    post_return(allow_next_check(intent), {})
    assert PaymentIntent.objects.get().status == "expired"  # who comes back late did not decline anything
    expire_order(order)  # as another reconciler may do at this moment
    assert order.events.count() == 1


def test_an_order_that_is_taken_up_again_while_the_store_is_asked_does_not_lapse(shop, monkeypatch):
    """S3"""
    intent = submit_checkout(shop)
    age_intent(intent, hours=2)
    PaymentIntent.objects.update(next_check_at=None)

    def nothing_yet(**_):
        submit_checkout(shop, make_selection(shop, title="White"), form="again")

    with monkeypatch.context() as patch:
        patch.setattr("checkout.payments.next_order_lookup.find_next_order", nothing_yet)
        done = run_reconciler()

    assert done["lapsed holds: taken up again"] == 1
    assert PaymentIntent.objects.get(fingerprint="again").status == "redirected"
    assert (Order.objects.get().status, stock_of(shop), stock_of(shop, title="White")) == ("Pending", 10, 9)


def test_a_hold_is_not_given_back_while_the_store_cannot_be_asked(shop):
    pay_at_link(submit_checkout(shop))
    make_older(days=2)
    shop.sandbox.plan_fault("status", operation="*", status=503, when="before", times=50)

    done = run_reconciler()

    assert done["lapsed holds: store not reached"] == 1
    assert Hold.objects.get().state == "held"
    assert Order.objects.get().status == "Pending"


def test_a_paid_order_whose_hold_lapsed_unseen_is_settled_not_lapsed(shop):
    intent = submit_checkout(shop)
    pay_at_link(intent)
    age_intent(intent, hours=2)

    run_reconciler()

    assert Order.objects.get().status == "Paid"
    assert Hold.objects.get().state == "sold"
    assert stock_of(shop) == 9


def test_a_payment_that_comes_while_the_reconciler_gives_up_wins(shop, monkeypatch):
    """S3: the loser of that race, who saw nothing paid a moment ago, cancels nothing."""
    intent = submit_checkout(shop)
    response = pay_at_link(intent)
    age_intent(intent, hours=2)
    PaymentIntent.objects.update(next_check_at=None)

    def nothing_yet(_intent):
        post_return(intent, response)

    with monkeypatch.context() as patch:
        patch.setattr(reconcile_module, "settle_untagged_order", nothing_yet)
        patch.setattr("nextcommerce.client.NextClient.list_orders", lambda *_, **__: iter(()))
        done = run_reconciler()

    assert done["lapsed holds: sold"] == 1
    assert [event.kind for event in Order.objects.get().events.all()] == ["paid"]
    assert (Order.objects.get().status, stock_of(shop)) == ("Paid", 9)


def test_a_next_order_that_is_never_paid_holds_no_stock_for_ever_and_is_asked_for_ever_more_seldom(shop):
    shop.sandbox.switches(payment_status="pending")
    intent = submit_checkout(shop)
    pay_at_link(intent)
    let_days_pass(intent, 2)

    assert (intent.status, stock_of(shop)) == ("expired", 10)

    let_days_pass(intent, 7)
    assert intent.next_check_at is None


def test_an_order_that_lost_its_tag_is_known_by_its_attribution(shop):
    shop.sandbox.switches(strip_tags=True)
    pay_at_link(submit_checkout(shop))
    for _ in range(3):
        make_due()
        run_reconciler()

    assert Order.objects.get().status == "Paid"


def test_an_order_that_lost_every_mark_is_found_by_person_and_lines_and_put_before_staff(shop):
    shop.sandbox.switches(strip_tags=True, strip_attribution=True)
    intent = submit_checkout(shop)
    pay_at_link(intent)
    for _ in range(3):
        make_due()
        run_reconciler()

    intent.refresh_from_db()
    order = Order.objects.get()
    assert intent.status == "review"
    assert intent.amount_to_refund == Decimal("54.00")
    assert "does not name this payment" in order.review_reason
    assert order.status == "Pending"

    age_intent(intent, hours=2)
    assert run_reconciler()["lapsed holds: kept for review"] == 1
    assert stock_of(shop) == 9


def test_only_what_fits_in_every_way_is_taken_for_a_payment_without_its_mark(shop, monkeypatch):
    shop.sandbox.switches(strip_tags=True, strip_attribution=True)
    intent = submit_checkout(shop)
    pay_at_link(intent)
    items, order = intent.snapshot["items"], intent.snapshot["order"]
    (number,) = [found.number for found in find_next_orders_by_content(intent=intent)]

    for name, value in [
        ("snapshot", intent.snapshot | {"items": [items[0] | {"quantity": 2}]}),
        ("snapshot", intent.snapshot | {"order": order | {"email": "ada@example"}}),  # a search finds parts
        ("snapshot", intent.snapshot | {"order": order | {"email": ""}}),
        ("currency", "EUR"),
        ("created_at", intent.created_at + datetime.timedelta(hours=1)),
    ]:
        another = PaymentIntent.objects.get()
        setattr(another, name, value)
        assert list(find_next_orders_by_content(intent=another)) == [], value
    PaymentIntent.objects.update(next_order_number=number)
    assert list(find_next_orders_by_content(intent=intent)) == []

    PaymentIntent.objects.update(next_order_number=None)
    renewal = NextOrder.parse(shop.sandbox.orders()[0] | {"source": "subscription"})
    monkeypatch.setattr(NextClient, "retrieve_order", lambda *_: renewal)
    assert list(find_next_orders_by_content(intent=intent)) == []


def test_what_fits_and_is_not_paid_is_not_put_before_staff(shop):
    shop.sandbox.switches(strip_tags=True, strip_attribution=True, payment_status="pending")
    pay_at_link(submit_checkout(shop))
    for _ in range(3):
        make_due()
        run_reconciler()

    assert PaymentIntent.objects.get().status == "redirected"


def test_what_another_payment_took_meanwhile_is_not_put_before_staff_again(shop):
    first, second = submit_checkout(shop), submit_checkout(shop, key="purchase-2")
    pay_at_link(first)
    check_payment_intent(intent=first, source="webhook")
    next_order = open_next_client(shop).retrieve_order(shop.sandbox.orders()[0]["number"])

    after = review_untagged_order(intent=second, next_order=next_order, source="reconciler")
    unknown = NextOrder.parse(dict(next_order.raw) | {"number": "999"})
    settled = review_untagged_order(intent=first, next_order=unknown, source="reconciler")

    assert (after.status, after.next_order_number) == ("redirected", None)
    assert (settled.status, settled.next_order_number) == ("succeeded", next_order.number)


def test_an_attempt_never_takes_the_order_of_another_one_for_its_own(shop):
    """The same person bought the same again after a lost answer."""
    shop.sandbox.plan_fault("close", operation="ordersCreate", when="before")
    lost = submit_checkout(shop, form="first")
    again = submit_checkout(shop, form="second")
    pay_at_link(again)
    for _ in range(4):
        make_due()
        PaymentIntent.objects.filter(pk=again.pk).update(next_check_at=None)
        run_reconciler()
    make_due()
    PaymentIntent.objects.filter(pk=again.pk).update(next_check_at=timezone.now())
    run_reconciler()

    lost.refresh_from_db()
    again.refresh_from_db()
    assert lost.status in {"created", "expired"}
    assert again.status == "succeeded"


def test_the_last_look_is_for_orders_that_lost_their_mark_too(shop):
    """The reconciler was away for longer than it would have looked."""
    shop.sandbox.switches(strip_tags=True)
    intent = submit_checkout(shop)
    pay_at_link(intent)
    age_intent(intent, hours=30)
    Hold.objects.update(expires_at=timezone.now() + datetime.timedelta(hours=1))
    make_due()
    shop.sandbox.plan_fault("status", operation="ordersList", status=500, when="before", times=9)
    run_reconciler()
    shop.sandbox.switches(faults=[])
    make_due()
    run_reconciler()

    assert PaymentIntent.objects.get().status == "succeeded"
    assert Order.objects.get().status == "Paid"


def test_an_attempt_left_behind_ends_although_another_one_paid_for_the_order(shop):
    """S6: no hold is left that could lapse and end it."""
    first = submit_checkout(shop, form="one black")
    second = submit_checkout(shop, make_selection(shop, title="White"), form="one white")
    pay_at_link(first)
    make_due()
    run_reconciler()
    let_days_pass(second, 2)

    assert second.status == "expired"
    assert PaymentIntent.objects.get(pk=first.pk).status == "succeeded"
    assert (stock_of(shop), stock_of(shop, title="White")) == (9, 10)


def let_days_pass(intent, days):
    """A round of the reconciler after each."""
    for _ in range(days):
        make_older(days=1)
        run_reconciler()
    intent.refresh_from_db(fields=["status", "next_check_at"])


@pytest.mark.parametrize("days", [3, 7])
def test_money_that_came_days_late_and_whose_webhook_was_lost_is_found(shop, days):
    intent = submit_checkout(shop)
    let_days_pass(intent, days - 1)
    assert (intent.status, Order.objects.get().status) == ("expired", "Canceled")
    pay_at_link(intent)

    let_days_pass(intent, 1)

    assert intent.status == "succeeded"
    assert Order.objects.get().status == "Paid"
    assert stock_of(shop) == 9


def test_nobody_looks_for_a_payment_more_than_a_week_old(shop):
    """Two calls at each of the later looks: by mark, and by person."""
    intent = submit_checkout(shop)
    let_days_pass(intent, 1)
    shop.sandbox.clear_requests()

    let_days_pass(intent, 9)

    assert [call["operation"] for call in shop.sandbox.requests()] == ["ordersList"] * 4
    assert (intent.status, intent.next_check_at) == ("expired", None)


def test_who_may_have_paid_just_now_comes_before_all_who_left_long_ago(shop):
    old = [submit_checkout(shop, key=f"old {number}") for number in range(3)]
    for intent in old:
        age_intent(intent, lapse=False, days=3, minutes=1)
    pay_at_link(submit_checkout(shop, key="now"))
    make_due()
    shop.sandbox.clear_requests()

    done = run_reconciler(limit=5)

    asked = shop.sandbox.requests()
    assert done["payment intents: succeeded"] == 1
    assert done["old payment intents: expired"] == 1
    assert asked[1]["operation"] == "ordersRetrieve"


def test_a_lost_answer_ends_without_a_second_create(shop):
    """S21."""
    shop.sandbox.plan_fault("status", operation="ordersCreate", status=504, when="after")
    intent = submit_checkout(shop)
    age_intent(intent, lapse=False, minutes=5)
    for _ in range(5):
        make_due()
        run_reconciler()

    intent.refresh_from_db()
    assert intent.status == "expired"
    assert len(order_create_calls(shop)) == 1
    assert stock_of(shop) == 10
    assert net_charged(shop) == 0


def test_a_throttled_store_loses_nothing(shop):
    """S29: background work yields, and comes back."""
    pay_at_link(submit_checkout(shop))
    shop.sandbox.plan_fault("status", operation="*", status=429, retry_after=1, when="before", times=3)
    for _ in range(6):
        make_due()
        run_reconciler()
        if Order.objects.get().status == "Paid":
            break

    assert Order.objects.get().status == "Paid"


def test_an_order_edited_in_the_store_is_mirrored(shop):
    pay_at_link(submit_checkout(shop))
    make_due()
    run_reconciler()
    shop.sandbox.edit_order(shop.sandbox.orders()[0]["number"], fulfil={"tracking_code": "TRACK-1"})
    assert run_reconciler()["orders: mirrored"] == 0

    make_older(days=1.1)
    assert run_reconciler()["orders: mirrored"] == 1

    order = Order.objects.get()
    assert order.status == "Shipping"
    assert order.fulfillments[0]["tracking_codes"] == ["TRACK-1"]


def test_a_refund_in_the_store_after_dispatch_is_found_although_its_news_was_lost(shop):
    pay_at_link(submit_checkout(shop))
    make_due()
    number = shop.sandbox.orders()[0]["number"]
    shop.sandbox.edit_order(number, fulfil={"tracking_code": "TRACK-1"})
    run_reconciler()
    assert Order.objects.get().status == "Shipping"
    shop.sandbox.edit_order(number, refund={"amount": "5.00"})

    make_older(days=1.1)
    run_reconciler()

    assert Order.objects.get().refunded_amount == Decimal("5.00")


def test_what_the_reconciler_asks_waits_behind_shoppers(shop):
    """S29."""
    paid, unpaid = submit_checkout(shop, key="paid"), submit_checkout(shop, key="unpaid")
    pay_at_link(paid)
    make_due()
    age_intent(unpaid, hours=2)
    before = turns("shopper"), turns("background")

    run_reconciler()
    make_older(days=1.1)
    run_reconciler()

    assert (turns("shopper") - before[0], turns("background") - before[1] > 5) == (0, True)


def turns(lane):
    return REGISTRY.get_sample_value("shop_next_api_turn_seconds_count", {"lane": lane}) or 0


def test_a_quiet_order_is_looked_at_ever_more_seldom_and_at_last_no_more(shop):
    pay_at_link(submit_checkout(shop))
    make_due()
    run_reconciler()

    looks = []
    for week in range(1, 13):
        make_older(days=7)
        if run_reconciler()["orders: unchanged"]:
            looks.append(week)

    assert looks == [1, 2, 3, 5, 7, 10]
    assert Order.objects.get().refresh_at is None


def test_an_order_that_was_deleted_in_the_store_stands_and_is_asked_for_ever_more_seldom(shop):
    pay_at_link(submit_checkout(shop))
    make_due()
    run_reconciler()
    Order.objects.update(next_order_number="999", refresh_at=timezone.now())
    shop.sandbox.plan_fault("status", operation="ordersRetrieve", status=503, when="before", times=3)
    assert run_reconciler()["orders: store not reached"] == 1

    told = []
    for _ in range(3):
        make_older(days=1.1)
        told += [
            run_reconciler()["orders: gone from the store"],
            run_reconciler()["orders: gone from the store"],
        ]

    order = Order.objects.get()
    assert told == [1, 0, 1, 0, 1, 0]
    assert (order.status, [event.kind for event in order.events.all()]) == ("Paid", ["paid", "gone"])


def test_news_that_comes_during_a_look_is_looked_at_again(shop, monkeypatch):
    pay_at_link(submit_checkout(shop))
    make_due()
    run_reconciler()
    order = Order.objects.select_related("store").get()
    retrieve = NextClient.retrieve_order

    def overtaken(api, number):
        next_order = retrieve(api, number)
        Order.objects.update(refresh_at=timezone.now())
        return next_order

    monkeypatch.setattr(NextClient, "retrieve_order", overtaken)
    sync_order(order=order, source="reconciler")
    monkeypatch.undo()

    assert run_reconciler()["orders: unchanged"] == 1


def test_one_row_that_fails_does_not_keep_the_others_waiting(shop, caplog):
    broken = submit_checkout(shop, key="broken")
    pay_at_link(submit_checkout(shop, make_selection(shop, title="White"), key="good"))
    PaymentIntent.objects.filter(pk=broken.pk).update(snapshot={}, check_count=5)
    make_due()

    done = run_reconciler()

    assert done["payment intents: failed"] == 1
    assert Order.objects.get(checkout_key="good").status == "Paid"


def test_the_command_says_what_it_did_in_numbers(shop, capsys):
    pay_at_link(submit_checkout(shop))
    make_due()

    call_command("reconcile")
    call_command("reconcile")

    assert capsys.readouterr().out.splitlines() == ["payment intents: succeeded: 1", "Nothing was due."]
    assert get_reconciler_heartbeat() is not None


def test_an_order_that_nobody_pays_is_canceled_after_a_day_although_nothing_is_held_for_it(shop):
    intent = submit_checkout(shop)
    assert check_payment_intent(intent=intent, source="return", returned_unpaid=True).status == "declined"
    assert run_reconciler()["orders nobody paid"] == 0

    make_older(days=1)
    for in_other_hands in ({"review_reason": "See to it."}, {"next_order_number": "7"}):
        Order.objects.update(**in_other_hands)
        assert run_reconciler()["orders nobody paid"] == 0
        Order.objects.update(review_reason="", next_order_number=None)

    assert run_reconciler()["orders nobody paid"] == 1
    order = Order.objects.get()
    assert (order.status, order.events.get().kind) == ("Canceled", "canceled")
    assert run_reconciler() == {}


@pytest.mark.parametrize("action", ["decline", "abandon"])
def test_after_everything_nothing_is_held_for_nobody(shop, action):
    intent = submit_checkout(shop)
    pay_at_link(intent, action)
    age_intent(intent, hours=2)
    for _ in range(3):
        make_due()
        run_reconciler()

    assert not Hold.objects.filter(state="held").exists()
    assert stock_of(shop) == 10
