"""What cannot be bought is not for sale: lists, pages, payment links, and metadata."""

import json
import re

import pytest

from catalog.models import Product, Variant
from catalog.pricing import list_available_plans
from tests.factories import make_link, make_plan, make_product, make_store, variant_of

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

UNSELLABLE = [
    pytest.param({"next_variant_id": None}, id="unknown to NEXT"),
    pytest.param({"price": "0.00"}, id="free"),
    pytest.param({"price": "0.49"}, id="below the least charge"),
]


@pytest.fixture(autouse=True)
def _no_page_cache(settings):
    settings.PUBLIC_PAGE_CACHE_SECONDS = 0


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def mug(store):
    return make_product(store, name="Mug", price="22.00")


def read_offers(page):
    return json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page.text)[1])[
        "offers"
    ]


@pytest.mark.parametrize("changes", UNSELLABLE)
def test_product_that_cannot_be_bought_is_in_no_list(client, store, mug, changes):
    make_product(store, name="Lamp")
    mug.variants.update(**changes)

    assert "Mug" not in client.get("/").text
    assert "Lamp" in client.get("/").text
    assert "/products/mug" not in client.get("/sitemap.xml").text


@pytest.mark.parametrize("changes", UNSELLABLE)
def test_product_page_says_that_it_is_not_for_sale_yet(client, mug, changes):
    mug.variants.update(**changes)

    page = client.get("/products/mug")

    assert "This isn&#x27;t for sale yet." in page.text or "This isn't for sale yet." in page.text
    assert "Buy now" not in page.text
    assert "data-total" not in page.text
    assert read_offers(page)["availability"] == "https://schema.org/OutOfStock"


def test_product_in_another_currency_is_not_for_sale(client, store, mug):
    Product.objects.filter(pk=mug.pk).update(default_currency="EUR")

    assert "Mug" not in client.get("/").text
    assert "Buy now" not in client.get("/products/mug").text


@pytest.mark.parametrize("changes", UNSELLABLE)
def test_page_shows_only_the_variants_that_can_be_bought(client, store, changes):
    shirt = make_product(store, name="Shirt", options={"Size": ["S", "M"]}, prices={"M": "60.00"})
    Variant.objects.filter(pk=variant_of(shirt, "S").pk).update(**changes)

    page = client.get("/products/shirt")

    assert 'value="M"' in page.text
    assert 'value="S"' not in page.text
    assert read_offers(page)["price"] == "60.00"
    assert "$60.00" in client.get("/").text


@pytest.mark.parametrize("changes", UNSELLABLE)
def test_payment_link_says_that_it_is_not_for_sale_yet(client, mug, changes):
    link = make_link(mug)
    mug.variants.update(**changes)

    page = client.get(link.get_absolute_url())

    assert page.status_code == 200
    assert "for sale yet" in page.text
    assert "Continue to checkout" not in page.text


@pytest.mark.parametrize("changes", [*UNSELLABLE, pytest.param({"inventory_quantity": 1}, id="sold out")])
def test_link_whose_required_add_on_cannot_be_bought_is_sold_out(client, store, mug, changes):
    box = make_product(store, name="Gift box", price="6.00")
    link = make_link(mug, add_ons=[(variant_of(box), 2, None)])
    box.variants.update(**changes)

    page = client.get(link.get_absolute_url())

    assert "Continue to checkout" not in page.text
    assert read_offers(page)["availability"] == "https://schema.org/OutOfStock"


@pytest.mark.parametrize("changes", UNSELLABLE)
def test_optional_add_on_that_cannot_be_bought_is_left_out(client, store, mug, changes):
    box = make_product(store, name="Gift box", price="6.00")
    link = make_link(mug, add_ons=[(variant_of(box), None, None)])
    box.variants.update(**changes)

    page = client.get(link.get_absolute_url())

    assert "Gift box" not in page.text
    assert "Continue to checkout" in page.text


def test_price_of_a_link_includes_the_add_ons_that_it_requires(client, store, mug):
    box = make_product(store, name="Gift box", price="6.00")
    card = make_product(store, name="Card", price="2.00")
    link = make_link(mug, add_ons=[(variant_of(box), 2, 3), (variant_of(card), None, None)])

    page = client.get(link.get_absolute_url())

    assert "<span data-price>$34.00</span>" in page.text
    assert read_offers(page)["price"] == "34.00"
    assert '"required_price": "12.00"' in page.text


def test_price_range_of_a_link_includes_the_add_ons_that_it_requires(client, store):
    shirt = make_product(store, name="Shirt", options={"Size": ["S", "M"]}, prices={"M": "60.00"})
    box = make_product(store, name="Gift box", price="6.00")
    link = make_link(shirt, add_ons=[(variant_of(box), 1, 1)])

    offers = read_offers(client.get(link.get_absolute_url()))

    assert (offers["lowPrice"], offers["highPrice"]) == ("55.00", "66.00")


@pytest.mark.parametrize(
    ("known", "is_sold"),
    [
        ({}, True),
        ({"allows_subscriptions": True}, True),
        ({"allows_subscriptions": False}, False),
        ({"subscription_interval": "month", "subscription_interval_counts": [1, 3]}, True),
        ({"subscription_interval": "week"}, False),
        ({"subscription_interval": "month", "subscription_interval_counts": [2]}, False),
    ],
)
def test_plan_that_next_would_refuse_is_not_offered(mug, known, is_sold):
    make_plan(mug, interval="month", interval_count=1)
    Product.objects.filter(pk=mug.pk).update(**known)

    assert bool(list_available_plans(variant=variant_of(mug))) is is_sold


def test_prepaid_plan_needs_the_interval_between_its_charges(mug):
    make_plan(mug, interval="month", interval_count=1, billing_policy_type="PREPAID", min_cycles=3)
    Product.objects.filter(pk=mug.pk).update(subscription_interval="month", subscription_interval_counts=[1])
    assert not list_available_plans(variant=variant_of(mug))

    Product.objects.filter(pk=mug.pk).update(subscription_interval_counts=[1, 3])
    assert list_available_plans(variant=variant_of(mug))
