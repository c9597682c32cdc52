"""Shipping methods are refreshed from NEXT and stay usable whatever it sends."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from checkout.models import ShippingMethod, ShippingPrice
from checkout.quote import list_offered_methods
from checkout.shipping_methods import refresh_shipping_methods
from nextcommerce.client import NextClient
from nextcommerce.store_deserializers import deserialize_shipping_method
from stores.models import Store
from tests.factories import make_store


@pytest.fixture
def next_methods(shop):
    """Replace the methods of the shop's NEXT store."""

    def replace(*methods):
        catalog = shop.sandbox.settings["catalogue"] | {"shipping_methods": list(methods)}
        shop.sandbox.configure(catalogue=catalog)

    return replace


def method(code, **fields):
    return {
        "id": 1,
        "code": code,
        "name": code.title(),
        "countries": ["US"],
        "prices": {"USD": "5.00"},
    } | fields


def offered(store, **filters):
    return [(row.code, str(row.price)) for row in list_offered_methods(store=store, **filters)]


def test_refresh_replaces_prices_and_hides_what_is_gone(shop, next_methods):
    assert offered(shop) == [("standard", "5.00"), ("express", "15.00")]
    next_methods(method("standard", prices={"USD": "6.00", "CAD": "8.00"}))

    assert refresh_shipping_methods(store=shop) == 1

    assert offered(shop) == [("standard", "6.00")]
    assert offered(shop, country="DE") == []
    prices = ShippingPrice.objects.filter(method__code="standard").values_list("currency", "amount")
    assert [(currency, str(amount)) for currency, amount in prices] == [("CAD", "8.00"), ("USD", "6.00")]


def test_failed_refresh_loses_nothing(shop, next_methods, monkeypatch):
    next_methods(method("standard", prices={"USD": "6.00"}))

    def fail(*args, **options):
        raise RuntimeError("half-way")

    monkeypatch.setattr(type(ShippingPrice.objects), "bulk_create", fail)
    with pytest.raises(RuntimeError):
        refresh_shipping_methods(store=shop)

    assert offered(shop) == [("standard", "5.00"), ("express", "15.00")]


@pytest.mark.parametrize("price", ["550.50", "0.01"])
def test_price_that_nobody_can_pay_is_not_offered(shop, next_methods, price, caplog):
    Store.objects.filter(pk=shop.pk).update(currency="JPY")
    shop.refresh_from_db()
    next_methods(method("slow", prices={"JPY": price, "USD": "5.50"}), method("fast", prices={"JPY": "600"}))

    refresh_shipping_methods(store=shop)

    assert offered(shop) == [("fast", "600.00")]
    assert "shipping method slow" in caplog.text


def test_nonsense_is_stored_as_far_as_it_fits(db, monkeypatch):
    five = {"price_per_order": "5"}
    dollars = [{"currency": "USD", **five}]
    sent = [
        method("long", name="N" * 500, countries=[{"code": "US"}], prices=dollars),
        method("c" * 200, prices=[]),
        method("twice", name="First", prices=[]),
        method("twice", name="Second", countries=[{"code": ""}], prices=[{"currency": "DOLLAR", **five}]),
    ]
    rows = [deserialize_shipping_method(row) for row in sent]
    monkeypatch.setattr(NextClient, "list_shipping_methods", lambda self: rows)
    store = make_store()

    assert refresh_shipping_methods(store=store) == 2

    long, twice = ShippingMethod.objects.order_by("code")
    assert (long.code, long.name, long.countries) == ("long", "N" * 128, ["US"])
    assert (twice.name, twice.is_public, twice.prices.count()) == ("Second", False, 0)


def test_checkout_reads_methods_and_prices_in_one_query(shop, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert len(list_offered_methods(store=shop)) == 2


@pytest.mark.concurrent
def test_refreshes_at_the_same_time_end_with_one_price_each(shop, next_methods):
    next_methods(method("standard", prices={"USD": "6.00"}), method("express", prices={"USD": "16.00"}))

    def refresh(_number):
        try:
            return refresh_shipping_methods(store=shop)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=4) as threads:
        assert list(threads.map(refresh, range(8))) == [2] * 8

    assert offered(shop) == [("standard", "6.00"), ("express", "16.00")]
