"""The reconciler finishes what lost answers, closed tabs and killed processes left open."""

import datetime
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.utils import timezone
from prometheus_client import REGISTRY

from catalog.models import Hold
from checkout.heartbeat import last_reconciled
from checkout.models import PaymentIntent
from checkout.payments import reconcile as reconcile_module
from checkout.payments.find_next_order import find_by_content
from checkout.payments.reconcile import lapse, reconcile
from checkout.payments.settle import look, review_unmarked
from checkout.payments.webhook_events import refresh
from nextcommerce.client import AdminApi
from nextcommerce.order_schemas import StoreOrder
from orders.models import Order
from tests.payment.actors import (
    charged,
    checkout,
    choose,
    come_back,
    creates,
    grow_old,
    make_due,
    pay,
    soon,
    stock_of,
)
from tests.proof.world import pass_time


def test_without_webhook_and_return_the_reconciler_settles(shop):
    """S1."""
    pay(checkout(shop))
    make_due()

    done = reconcile()

    assert done["payment intents: succeeded"] == 1
    assert Order.objects.get().status == "Paid"


def test_doing_it_again_does_nothing(shop):
    pay(checkout(shop))
    make_due()
    reconcile()
    shop.sandbox.clear_requests()

    assert reconcile() == {}
    assert shop.sandbox.requests() == []
    PaymentIntent.objects.update(next_check_at=timezone.now())
    assert reconcile() == {"payment intents: settled already": 1}
    assert PaymentIntent.objects.get().next_check_at is None


def test_an_unpaid_order_lapses_after_the_store_was_asked_and_gives_its_stock_back(shop):
    intent = checkout(shop)
    grow_old(intent, hours=2)
    shop.sandbox.clear_requests()

    done = reconcile()

    order = Order.objects.get()
    assert done["lapsed holds: lapsed"] == 1
    assert (order.status, order.events.get().kind) == ("Canceled", "canceled")
    assert PaymentIntent.objects.get().status == "expired"
    assert stock_of(shop) == 10
    assert shop.sandbox.requests() != []
    come_back(soon(intent), {})
    assert PaymentIntent.objects.get().status == "expired"  # who comes back late did not decline anything
    lapse(order)  # as another reconciler may do at this moment
    assert order.events.count() == 1


def test_an_order_that_is_taken_up_again_while_the_store_is_asked_does_not_lapse(shop, monkeypatch):
    """S3"""
    intent = checkout(shop)
    grow_old(intent, hours=2)
    PaymentIntent.objects.update(next_check_at=None)

    def nothing_yet(**_):
        checkout(shop, choose(shop, title="White"), form="again")

    with monkeypatch.context() as patch:
        patch.setattr("checkout.payments.find_next_order.find", nothing_yet)
        done = reconcile()

    assert done["lapsed holds: taken up again"] == 1
    assert PaymentIntent.objects.get(fingerprint="again").status == "redirected"
    assert (Order.objects.get().status, stock_of(shop), stock_of(shop, title="White")) == ("Pending", 10, 9)


def test_a_hold_is_not_given_back_while_the_store_cannot_be_asked(shop):
    pay(checkout(shop))
    pass_time(days=2)
    shop.sandbox.fault("status", operation="*", status=503, when="before", times=50)

    done = reconcile()

    assert done["lapsed holds: store not reached"] == 1
    assert Hold.objects.get().state == "held"
    assert Order.objects.get().status == "Pending"


def test_a_paid_order_whose_hold_lapsed_unseen_is_settled_not_lapsed(shop):
    intent = checkout(shop)
    pay(intent)
    grow_old(intent, hours=2)

    reconcile()

    assert Order.objects.get().status == "Paid"
    assert Hold.objects.get().state == "sold"
    assert stock_of(shop) == 9


def test_a_payment_that_comes_while_the_reconciler_gives_up_wins(shop, monkeypatch):
    """S3: the loser of that race, who saw nothing paid a moment ago, cancels nothing."""
    intent = checkout(shop)
    response = pay(intent)
    grow_old(intent, hours=2)
    PaymentIntent.objects.update(next_check_at=None)

    def nothing_yet(_intent):
        come_back(intent, response)

    with monkeypatch.context() as patch:
        patch.setattr(reconcile_module, "look_for_unmarked", nothing_yet)
        patch.setattr("checkout.payments.find_next_order.AdminApi.list_orders", lambda *_, **__: iter(()))
        done = reconcile()

    assert done["lapsed holds: sold"] == 1
    assert [event.kind for event in Order.objects.get().events.all()] == ["paid"]
    assert (Order.objects.get().status, stock_of(shop)) == ("Paid", 9)


def test_a_store_order_that_is_never_paid_holds_no_stock_for_ever_and_is_asked_for_ever_more_seldom(shop):
    shop.sandbox.switches(payment_status="pending")
    intent = checkout(shop)
    pay(intent)
    let_days_pass(intent, 2)

    assert (intent.status, stock_of(shop)) == ("expired", 10)

    let_days_pass(intent, 7)
    assert intent.next_check_at is None


def test_an_order_that_lost_its_tag_is_known_by_its_attribution(shop):
    shop.sandbox.switches(strip_tags=True)
    pay(checkout(shop))
    for _ in range(3):
        make_due()
        reconcile()

    assert Order.objects.get().status == "Paid"


def test_an_order_that_lost_every_mark_is_found_by_person_and_lines_and_put_before_staff(shop):
    shop.sandbox.switches(strip_tags=True, strip_attribution=True)
    intent = checkout(shop)
    pay(intent)
    for _ in range(3):
        make_due()
        reconcile()

    intent.refresh_from_db()
    order = Order.objects.get()
    assert intent.status == "review"
    assert intent.amount_to_refund == Decimal("54.00")
    assert "does not name this payment" in order.review_reason
    assert order.status == "Pending"

    grow_old(intent, hours=2)
    assert reconcile()["lapsed holds: kept for review"] == 1
    assert stock_of(shop) == 9


def test_only_what_fits_in_every_way_is_taken_for_a_payment_without_its_mark(shop, monkeypatch):
    shop.sandbox.switches(strip_tags=True, strip_attribution=True)
    intent = checkout(shop)
    pay(intent)
    items, order = intent.snapshot["items"], intent.snapshot["order"]
    (number,) = [found.number for found in find_by_content(intent=intent)]

    for name, value in [
        ("snapshot", intent.snapshot | {"items": [items[0] | {"quantity": 2}]}),
        ("snapshot", intent.snapshot | {"order": order | {"email": "ada@example"}}),  # a search finds parts
        ("snapshot", intent.snapshot | {"order": order | {"email": ""}}),
        ("currency", "EUR"),
        ("created_at", intent.created_at + datetime.timedelta(hours=1)),
    ]:
        another = PaymentIntent.objects.get()
        setattr(another, name, value)
        assert list(find_by_content(intent=another)) == [], value
    PaymentIntent.objects.update(store_order_number=number)
    assert list(find_by_content(intent=intent)) == []

    PaymentIntent.objects.update(store_order_number=None)
    renewal = StoreOrder.parse(shop.sandbox.orders()[0] | {"source": "subscription"})
    monkeypatch.setattr(AdminApi, "retrieve_order", lambda *_: renewal)
    assert list(find_by_content(intent=intent)) == []


def test_what_fits_and_is_not_paid_is_not_put_before_staff(shop):
    shop.sandbox.switches(strip_tags=True, strip_attribution=True, payment_status="pending")
    pay(checkout(shop))
    for _ in range(3):
        make_due()
        reconcile()

    assert PaymentIntent.objects.get().status == "redirected"


def test_what_another_payment_took_meanwhile_is_not_put_before_staff_again(shop):
    first, second = checkout(shop), checkout(shop, key="purchase-2")
    pay(first)
    look(intent=first, source="webhook")
    store_order = AdminApi(shop).retrieve_order(shop.sandbox.orders()[0]["number"])

    after = review_unmarked(intent=second, store_order=store_order, source="reconciler")
    unknown = StoreOrder.parse(dict(store_order.raw) | {"number": "999"})
    settled = review_unmarked(intent=first, store_order=unknown, source="reconciler")

    assert (after.status, after.store_order_number) == ("redirected", None)
    assert (settled.status, settled.store_order_number) == ("succeeded", store_order.number)


def test_an_attempt_never_takes_the_order_of_another_one_for_its_own(shop):
    """The same person bought the same again after a lost answer."""
    shop.sandbox.fault("close", operation="ordersCreate", when="before")
    lost = checkout(shop, form="first")
    again = checkout(shop, form="second")
    pay(again)
    for _ in range(4):
        make_due()
        PaymentIntent.objects.filter(pk=again.pk).update(next_check_at=None)
        reconcile()
    make_due()
    PaymentIntent.objects.filter(pk=again.pk).update(next_check_at=timezone.now())
    reconcile()

    lost.refresh_from_db()
    again.refresh_from_db()
    assert lost.status in {"created", "expired"}
    assert again.status == "succeeded"


def test_the_last_look_is_for_orders_that_lost_their_mark_too(shop):
    """The reconciler was away for longer than it would have looked."""
    shop.sandbox.switches(strip_tags=True)
    intent = checkout(shop)
    pay(intent)
    grow_old(intent, hours=30)
    Hold.objects.update(expires_at=timezone.now() + datetime.timedelta(hours=1))
    make_due()
    shop.sandbox.fault("status", operation="ordersList", status=500, when="before", times=9)
    reconcile()
    shop.sandbox.switches(faults=[])
    make_due()
    reconcile()

    assert PaymentIntent.objects.get().status == "succeeded"
    assert Order.objects.get().status == "Paid"


def test_an_attempt_left_behind_ends_although_another_one_paid_for_the_order(shop):
    """S6: no hold is left that could lapse and end it."""
    first = checkout(shop, form="one black")
    second = checkout(shop, choose(shop, title="White"), form="one white")
    pay(first)
    make_due()
    reconcile()
    let_days_pass(second, 2)

    assert second.status == "expired"
    assert PaymentIntent.objects.get(pk=first.pk).status == "succeeded"
    assert (stock_of(shop), stock_of(shop, title="White")) == (9, 10)


def let_days_pass(intent, days):
    """A round of the reconciler after each."""
    for _ in range(days):
        pass_time(days=1)
        reconcile()
    intent.refresh_from_db(fields=["status", "next_check_at"])


@pytest.mark.parametrize("days", [3, 7])
def test_money_that_came_days_late_and_whose_webhook_was_lost_is_found(shop, days):
    intent = checkout(shop)
    let_days_pass(intent, days - 1)
    assert (intent.status, Order.objects.get().status) == ("expired", "Canceled")
    pay(intent)

    let_days_pass(intent, 1)

    assert intent.status == "succeeded"
    assert Order.objects.get().status == "Paid"
    assert stock_of(shop) == 9


def test_nobody_looks_for_a_payment_more_than_a_week_old(shop):
    """Two calls at each of the later looks: by mark, and by person."""
    intent = checkout(shop)
    let_days_pass(intent, 1)
    shop.sandbox.clear_requests()

    let_days_pass(intent, 9)

    assert [call["operation"] for call in shop.sandbox.requests()] == ["ordersList"] * 4
    assert (intent.status, intent.next_check_at) == ("expired", None)


def test_who_may_have_paid_just_now_comes_before_all_who_left_long_ago(shop):
    old = [checkout(shop, key=f"old {number}") for number in range(3)]
    for intent in old:
        grow_old(intent, lapse=False, days=3, minutes=1)
    pay(checkout(shop, key="now"))
    make_due()
    shop.sandbox.clear_requests()

    done = reconcile(limit=5)

    asked = shop.sandbox.requests()
    assert done["payment intents: succeeded"] == 1
    assert done["old payment intents: expired"] == 1
    assert asked[1]["operation"] == "ordersRetrieve"


def test_a_lost_answer_ends_without_a_second_create(shop):
    """S21."""
    shop.sandbox.fault("status", operation="ordersCreate", status=504, when="after")
    intent = checkout(shop)
    grow_old(intent, lapse=False, minutes=5)
    for _ in range(5):
        make_due()
        reconcile()

    intent.refresh_from_db()
    assert intent.status == "expired"
    assert len(creates(shop)) == 1
    assert stock_of(shop) == 10
    assert charged(shop) == 0


def test_a_throttled_store_loses_nothing(shop):
    """S29: background work yields, and comes back."""
    pay(checkout(shop))
    shop.sandbox.fault("status", operation="*", status=429, retry_after=1, when="before", times=3)
    for _ in range(6):
        make_due()
        reconcile()
        if Order.objects.get().status == "Paid":
            break

    assert Order.objects.get().status == "Paid"


def test_an_order_edited_in_the_store_is_mirrored(shop):
    pay(checkout(shop))
    make_due()
    reconcile()
    shop.sandbox.edit(shop.sandbox.orders()[0]["number"], fulfil={"tracking_code": "TRACK-1"})
    assert reconcile()["orders: mirrored"] == 0

    pass_time(days=1.1)
    assert reconcile()["orders: mirrored"] == 1

    order = Order.objects.get()
    assert order.status == "Shipping"
    assert order.fulfillments[0]["tracking_codes"] == ["TRACK-1"]


def test_a_refund_in_the_store_after_dispatch_is_found_although_its_news_was_lost(shop):
    pay(checkout(shop))
    make_due()
    number = shop.sandbox.orders()[0]["number"]
    shop.sandbox.edit(number, fulfil={"tracking_code": "TRACK-1"})
    reconcile()
    assert Order.objects.get().status == "Shipping"
    shop.sandbox.edit(number, refund={"amount": "5.00"})

    pass_time(days=1.1)
    reconcile()

    assert Order.objects.get().refunded_amount == Decimal("5.00")


def test_what_the_reconciler_asks_waits_behind_shoppers(shop):
    """S29."""
    paid, unpaid = checkout(shop, key="paid"), checkout(shop, key="unpaid")
    pay(paid)
    make_due()
    grow_old(unpaid, hours=2)
    before = turns("shopper"), turns("background")

    reconcile()
    pass_time(days=1.1)
    reconcile()

    assert (turns("shopper") - before[0], turns("background") - before[1] > 5) == (0, True)


def turns(lane):
    return REGISTRY.get_sample_value("shop_admin_api_turn_seconds_count", {"lane": lane}) or 0


def test_a_quiet_order_is_looked_at_ever_more_seldom_and_at_last_no_more(shop):
    pay(checkout(shop))
    make_due()
    reconcile()

    looks = []
    for week in range(1, 13):
        pass_time(days=7)
        if reconcile()["orders: unchanged"]:
            looks.append(week)

    assert looks == [1, 2, 3, 5, 7, 10]
    assert Order.objects.get().refresh_at is None


def test_an_order_that_was_deleted_in_the_store_stands_and_is_asked_for_ever_more_seldom(shop):
    pay(checkout(shop))
    make_due()
    reconcile()
    Order.objects.update(store_order_number="999", refresh_at=timezone.now())
    shop.sandbox.fault("status", operation="ordersRetrieve", status=503, when="before", times=3)
    assert reconcile()["orders: store not reached"] == 1

    told = []
    for _ in range(3):
        pass_time(days=1.1)
        told += [reconcile()["orders: gone from the store"], reconcile()["orders: gone from the store"]]

    order = Order.objects.get()
    assert told == [1, 0, 1, 0, 1, 0]
    assert (order.status, [event.kind for event in order.events.all()]) == ("Paid", ["paid", "gone"])


def test_news_that_comes_during_a_look_is_looked_at_again(shop, monkeypatch):
    pay(checkout(shop))
    make_due()
    reconcile()
    order = Order.objects.select_related("store").get()
    retrieve = AdminApi.retrieve_order

    def overtaken(api, number):
        store_order = retrieve(api, number)
        Order.objects.update(refresh_at=timezone.now())
        return store_order

    monkeypatch.setattr(AdminApi, "retrieve_order", overtaken)
    refresh(order=order, source="reconciler")
    monkeypatch.undo()

    assert reconcile()["orders: unchanged"] == 1


def test_one_row_that_fails_does_not_keep_the_others_waiting(shop, caplog):
    broken = checkout(shop, key="broken")
    pay(checkout(shop, choose(shop, title="White"), key="good"))
    PaymentIntent.objects.filter(pk=broken.pk).update(snapshot={}, checks=5)
    make_due()

    done = reconcile()

    assert done["payment intents: failed"] == 1
    assert Order.objects.get(checkout_key="good").status == "Paid"


def test_the_command_says_what_it_did_in_numbers(shop, capsys):
    pay(checkout(shop))
    make_due()

    call_command("reconcile")
    call_command("reconcile")

    assert capsys.readouterr().out.splitlines() == ["payment intents: succeeded: 1", "Nothing was due."]
    assert last_reconciled() is not None


def test_an_order_that_nobody_pays_is_canceled_after_a_day_although_nothing_is_held_for_it(shop):
    intent = checkout(shop)
    assert look(intent=intent, source="return", gone=True).status == "declined"
    assert reconcile()["orders nobody paid"] == 0

    pass_time(days=1)
    for in_other_hands in ({"review_reason": "See to it."}, {"store_order_number": "7"}):
        Order.objects.update(**in_other_hands)
        assert reconcile()["orders nobody paid"] == 0
        Order.objects.update(review_reason="", store_order_number=None)

    assert reconcile()["orders nobody paid"] == 1
    order = Order.objects.get()
    assert (order.status, order.events.get().kind) == ("Canceled", "canceled")
    assert reconcile() == {}


@pytest.mark.parametrize("action", ["decline", "abandon"])
def test_after_everything_nothing_is_held_for_nobody(shop, action):
    intent = checkout(shop)
    pay(intent, action)
    grow_old(intent, hours=2)
    for _ in range(3):
        make_due()
        reconcile()

    assert not Hold.objects.filter(state="held").exists()
    assert stock_of(shop) == 10
