"""How long stock is held for an unpaid order, and how much of it one shopper may hold."""

import datetime

import pytest
from django.utils import timezone

from catalog.models import Hold
from checkout.models import PaymentIntent
from checkout.payments.reconcile import reconcile_due_rows
from orders.models import Order
from stores.errors import Conflict
from stores.networks import hash_network
from tests.payments.helpers import (
    die_after_create,
    make_selection,
    pay_at_link,
    post_return,
    stock_of,
    submit_checkout,
)


def minutes_held():
    return round((Hold.objects.get().expires_at - timezone.now()).total_seconds() / 60)


def let_time_pass(**ago):
    """Make the orders, their attempts, and their holds older."""
    passed = datetime.timedelta(**ago)
    for intent in PaymentIntent.objects.all():
        PaymentIntent.objects.filter(pk=intent.pk).update(
            created_at=intent.created_at - passed, sent_at=intent.sent_at - passed, checked_at=None
        )
    for hold in Hold.objects.all():
        Hold.objects.filter(pk=hold.pk).update(expires_at=hold.expires_at - passed)


def buy_bulbs(shop, quantity, **kwargs):
    return submit_checkout(shop, make_selection(shop, "Light bulb", "", quantity), **kwargs)


def test_shopper_at_link_has_an_hour_to_pay(shop):
    submit_checkout(shop)

    assert minutes_held() == 60


def test_stock_is_held_for_five_minutes_until_the_shopper_is_sent_to_link(shop, monkeypatch):
    die_after_create(monkeypatch)
    shop.sandbox.plan_fault("close", operation="ordersCreate", when="before")
    intent = submit_checkout(shop)
    assert (intent.status, minutes_held(), stock_of(shop)) == ("created", 5, 9)

    let_time_pass(minutes=4)
    reconcile_due_rows()
    assert stock_of(shop) == 9
    let_time_pass(minutes=2)
    reconcile_due_rows()

    assert stock_of(shop) == 10
    intent.refresh_from_db()
    assert (intent.status, Order.objects.get().status) == ("expired", "Canceled")


def test_shopper_who_tries_again_after_the_short_hold_is_sent_to_link(shop, monkeypatch):
    with monkeypatch.context() as patch:
        die_after_create(patch)
        shop.sandbox.plan_fault("close", operation="ordersCreate", when="before")
        submit_checkout(shop)
    let_time_pass(minutes=6)
    reconcile_due_rows()

    intent = submit_checkout(shop)

    assert (intent.status, stock_of(shop)) == ("redirected", 9)
    post_return(intent, pay_at_link(intent))
    assert [order.status for order in Order.objects.all()] == ["Paid"]


def test_one_order_cannot_hold_everything(shop, settings):
    settings.HOLD_UNITS_PER_LINE = 60

    with pytest.raises(Conflict, match="You can order at most 60 × Light bulb at once"):
        buy_bulbs(shop, 61)

    assert (stock_of(shop, "Light bulb", ""), Order.objects.count()) == (100, 0)
    assert buy_bulbs(shop, 60).status == "redirected"


def test_stock_that_is_not_counted_has_no_limit(shop, settings):
    settings.HOLD_UNITS_PER_LINE = 5

    assert submit_checkout(shop, make_selection(shop, "Field notes", "", 50)).status == "redirected"


@pytest.mark.parametrize(
    "addresses",
    [("9.9.9.9", "9.9.9.9", "9.9.9.8"), ("2620:fe::9", "2620:fe::fe:9", "2620:fe:0:1::9")],
)
def test_one_network_cannot_hold_everything_by_many_orders(shop, settings, addresses):
    settings.HOLD_UNITS_PER_NETWORK = 70
    mine, also_mine, elsewhere = addresses
    buy_bulbs(shop, 40, key="a", ip=mine)

    with pytest.raises(Conflict, match="Unpaid orders from your network"):
        buy_bulbs(shop, 31, key="b", ip=also_mine)

    assert stock_of(shop, "Light bulb", "") == 60
    assert buy_bulbs(shop, 30, key="c", ip=also_mine).status == "redirected"
    assert buy_bulbs(shop, 30, key="d", ip=elsewhere).status == "redirected"


def test_own_unpaid_order_does_not_count_when_it_changes(shop, settings):
    settings.HOLD_UNITS_PER_NETWORK = 70
    buy_bulbs(shop, 70, form="first", ip="9.9.9.9")

    assert buy_bulbs(shop, 69, form="second", ip="9.9.9.9").status == "redirected"
    assert stock_of(shop, "Light bulb", "") == 31


def test_paid_and_released_stock_does_not_count(shop, settings):
    settings.HOLD_UNITS_PER_NETWORK = 40
    paid = buy_bulbs(shop, 40, key="paid", ip="9.9.9.9")
    post_return(paid, pay_at_link(paid))
    declined = buy_bulbs(shop, 40, key="declined", ip="9.9.9.9")
    pay_at_link(declined, "decline")
    post_return(declined, {})

    assert buy_bulbs(shop, 40, key="next", ip="9.9.9.9").status == "redirected"
    assert set(Hold.objects.exclude(state="held").values_list("network", flat=True)) == {""}


def test_lines_of_one_order_count_together(shop, settings):
    settings.HOLD_UNITS_PER_NETWORK = 70
    selection = make_selection(shop, "Light bulb", "", 40)
    twice = type(selection)(source="cart", lines=selection.lines * 2)

    with pytest.raises(Conflict, match="Unpaid orders from your network"):
        submit_checkout(shop, twice, ip="9.9.9.9")


@pytest.mark.parametrize("address", [None, "127.0.0.1", "10.0.0.7", "192.168.1.2", "::1", "fd00::1"])
def test_addresses_of_a_proxy_are_not_limited(shop, settings, address):
    """Behind a proxy that isn't trusted, all shoppers have its address."""
    settings.HOLD_UNITS_PER_NETWORK = 10
    for number in range(3):
        assert buy_bulbs(shop, 10, key=f"p{number}", ip=address).status == "redirected"


def test_no_limit_can_be_set(shop, settings):
    settings.HOLD_UNITS_PER_LINE = settings.HOLD_UNITS_PER_NETWORK = 0

    assert buy_bulbs(shop, 100, ip="9.9.9.9").status == "redirected"


def test_network_is_stored_as_a_hash_that_depends_on_the_secret_key(shop, settings):
    buy_bulbs(shop, 1, ip="9.9.9.9")
    stored = Hold.objects.get().network

    assert len(stored) == 24
    assert stored == hash_network("9.9.9.9") != hash_network("9.9.9.8")
    settings.SECRET_KEY = "another key that is long enough for tests"
    assert hash_network("9.9.9.9") != stored
