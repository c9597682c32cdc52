"""What a sync reads of a product beside its name, options, prices, and stock."""

import pytest

from catalog import product_sync
from catalog.availability import is_for_sale
from catalog.models import Product, Variant
from nextcommerce.client import NextClient
from tests.factories import variant_of
from tests.product_sync.test_product_sync import list_skipped, make_next_product, set_next_products, store

__all__ = ["store"]
pytestmark = pytest.mark.django_db(transaction=True)


def sync(store, *products):
    set_next_products(store, *products)
    return product_sync.sync_products(store=store)


def test_subscription_settings_are_read(store):
    sync(
        store,
        make_next_product(1, enable_subscription=True, interval="week", interval_counts=[4, 2]),
        make_next_product(2, "Bulb"),
    )

    lamp, bulb = Product.objects.order_by("next_product_id")
    assert (lamp.allows_subscriptions, lamp.subscription_interval) == (True, "week")
    assert lamp.subscription_interval_counts == [2, 4]
    assert (bulb.allows_subscriptions, bulb.subscription_interval_counts) == (False, [])


def test_price_of_next_is_kept_beside_ours(store):
    sync(store, make_next_product(1, price="49.90"))

    assert {str(variant.next_price) for variant in Variant.objects.all()} == {"49.90"}


@pytest.mark.parametrize("price", ["0.00", "0.49"])
def test_price_that_cannot_be_charged_is_imported_and_not_for_sale(store, price):
    summary = sync(store, make_next_product(1, "Sticker", colors=("Black",), price=price))

    sticker = Variant.objects.select_related("product").get()
    assert (str(sticker.price), is_for_sale(sticker, store=store)) == (price, False)
    assert list_skipped(summary) == [
        (
            "Sticker SKU-1-1",
            "Prices must be at least $0.50, the smallest amount that can be charged.",
        )
    ]


def test_variant_id_of_another_product_is_not_imported_twice(store):
    tray = Product.objects.create(store=store, slug="tray", name="Oak tray")
    Variant.objects.create(product=tray, store=store, price=20, next_variant_id=101)

    summary = sync(store, make_next_product(1, "Lamp", colors=("Black", "White")))

    assert ("Lamp", "SKU-1-1 is already sold as “Oak tray”") in list_skipped(summary)
    assert variant_of(tray).next_variant_id == 101
    assert [variant.next_variant_id for variant in Product.objects.get(name="Lamp").variants.all()] == [102]


def test_variant_listed_under_two_products_is_imported_once(store, monkeypatch):
    set_next_products(store, make_next_product(1, "Lamp"), make_next_product(2, "Bulb"))
    list_page = NextClient.list_products_page

    def list_same_variants(api, cursor=""):
        products, next_cursor = list_page(api, cursor)
        first = products[0]
        for product in products:
            object.__setattr__(product, "variants", first.variants)
        return products, next_cursor

    monkeypatch.setattr(NextClient, "list_products_page", list_same_variants)

    product_sync.sync_products(store=store)

    assert sorted(Variant.objects.values_list("product__name", "next_variant_id")) == [
        ("Lamp", 101),
        ("Lamp", 102),
    ]
