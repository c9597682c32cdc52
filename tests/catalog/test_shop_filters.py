"""The shop's list, filtered and sorted by its address."""

import re

import pytest
from django.core.cache import cache

from catalog import shop_filters
from catalog.models import Category, OptionValue, Variant
from tests.factories import make_product, make_store, variant_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def shirts(store):
    """A category with a shirt in two colors and sizes, a cap, and a scarf; a mug is in no category."""
    shirts = Category.objects.create(store=store, name="Clothes", slug="clothes")
    shirt = make_product(
        store,
        name="Shirt",
        price="30.00",
        options={"Color": ["Sand", "Ink"], "Size": ["S", "L"]},
        prices={"Ink / L": "50.00"},
    )
    Variant.objects.filter(pk=variant_of(shirt, "Sand / L").pk).update(inventory_quantity=0)
    cap = make_product(store, name="Cap", price="15.00", options={"Color": ["Ink"]}, stock=0)
    scarf = make_product(store, name="Scarf", price="20.00", options={"Color": ["Sand"]})
    for product in (shirt, cap, scarf):
        product.categories.add(shirts)
    make_product(store, name="Mug", price="8.00")
    return shirts


def names(client, address):
    page = client.get(address).text
    return re.findall(r'<a href="/products/[^"]+">([^<]+)</a></h2>', page)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Mug", "Scarf", "Cap", "Shirt"]),
        ("stock=1", ["Mug", "Scarf", "Shirt"]),
        ("min=15&max=20", ["Scarf", "Cap"]),
        ("min=20&max=15", ["Scarf", "Cap"]),
        ("min=15,00&max=15.00", ["Cap"]),
        ("min=40", ["Shirt"]),
        ("option_Color=Sand", ["Scarf", "Shirt"]),
        ("option_Color=Sand&option_Color=Ink", ["Scarf", "Cap", "Shirt"]),
        ("option_Color=Ink&option_Size=L", ["Shirt"]),
        ("option_Color=Ink&min=40", ["Shirt"]),
        # The shirt costs 50 in Ink / L only, and Sand / L is sold out.
        ("option_Color=Sand&min=40", []),
        ("option_Color=Sand&option_Size=L&stock=1", []),
        ("sort=price", ["Mug", "Cap", "Scarf", "Shirt"]),
        ("sort=-price", ["Shirt", "Scarf", "Cap", "Mug"]),
        ("sort=name", ["Cap", "Mug", "Scarf", "Shirt"]),
        ("sort=price&option_Color=Ink", ["Cap", "Shirt"]),
        ("category=clothes&sort=-price&stock=1", ["Shirt", "Scarf"]),
        ("q=sand&sort=name", ["Scarf", "Shirt"]),
    ],
)
def test_list_is_what_its_address_asks_for(client, shirts, query, found):
    assert names(client, f"/?{query}") == found


@pytest.mark.parametrize(
    "query",
    [
        *("min=cheap", "min=NaN", "max=-1", "max=1e3", "min=99999999999", "sort=stock", "stock=yes"),
        *("option_=Sand", "option_Color=", "option_Color"),
    ],
)
def test_what_cannot_be_read_filters_nothing(client, shirts, query):
    assert names(client, f"/?{query}") == ["Mug", "Scarf", "Cap", "Shirt"]


def test_a_variant_off_sale_is_not_found_and_sets_no_price(client, shirts):
    """The shirt's cheapest variant sorts it; one that can't be bought doesn't."""
    sand = Variant.objects.filter(product__name="Scarf")
    sand.update(next_variant_id=None)
    make_product(shirts.store, name="Belt", price="2.00", options={"Size": ["S", "L"]}, prices={"L": "40.00"})
    Variant.objects.filter(product__name="Belt", price="2.00").update(active=False)

    assert names(client, "/?sort=price") == ["Mug", "Cap", "Shirt", "Belt"]
    assert names(client, "/?sort=-price") == ["Belt", "Shirt", "Cap", "Mug"]
    assert names(client, "/?max=5") == []
    assert names(client, "/?option_Color=Sand") == ["Shirt"]


def test_a_product_with_equal_prices_is_listed_once(client, store):
    make_product(
        store, name="Bead", price="5.00", options={"Color": [f"No. {number}" for number in range(9)]}
    )

    assert names(client, "/?sort=price") == names(client, "/?sort=-price") == ["Bead"]


def test_another_stores_prices_and_options_are_not_seen(client, shirts):
    other = make_store(host="other.example")
    make_product(other, name="Foreign", price="1.00", options={"Color": ["Sand", "Foreign"]})

    assert names(client, "/?sort=price") == ["Mug", "Cap", "Scarf", "Shirt"]
    assert "Foreign" not in client.get("/?q=sand").text


def test_category_offers_the_options_of_its_products(client, shirts):
    assert 'name="option_' not in client.get("/").text
    page = client.get("/?category=clothes&option_Color=Ink").text

    boxes = re.findall(r'<input type="checkbox" name="option_(\w+)" value="(\w+)"( checked)?>', page)
    assert sorted(boxes) == [
        *(("Color", "Ink", " checked"), ("Color", "Sand", "")),
        *(("Size", "L", ""), ("Size", "S", "")),
    ]


def test_an_option_with_one_value_is_not_offered(client, shirts):
    page = client.get("/?q=scarf").text

    assert 'name="option_' not in page


def test_options_are_read_from_so_many_products_only(client, shirts, monkeypatch):
    """The newest are asked, so that a list of 100,000 products costs the same."""
    monkeypatch.setattr(shop_filters, "SAMPLED_PRODUCTS", 2)
    page = client.get("/?category=clothes").text

    assert 'name="option_Color"' in page
    assert 'name="option_Size"' not in page


def test_options_cost_one_query(client, shirts, django_assert_max_num_queries):
    client.get("/")
    cache.clear()
    with django_assert_max_num_queries(7):
        client.get("/?category=clothes&option_Color=Ink&sort=price&stock=1")


def test_each_choice_can_be_taken_back_alone(client, shirts):
    page = client.get("/?category=clothes&stock=1&min=10&option_Color=Ink&option_Color=Sand").text

    chosen = re.findall(r'<li><a href="\?([^"]+)"><bdi>([^<]+)</bdi>', page)
    assert [(label, query.replace("&amp;", "&")) for query, label in chosen] == [
        ("In stock", "category=clothes&min=10&option_Color=Ink&option_Color=Sand"),
        ("From $10.00", "category=clothes&stock=1&option_Color=Ink&option_Color=Sand"),
        ("Color: Ink", "category=clothes&stock=1&min=10&option_Color=Sand"),
        ("Color: Sand", "category=clothes&stock=1&min=10&option_Color=Ink"),
    ]


def test_pages_of_a_list_keep_its_filters(client, store):
    for number in range(25):
        make_product(store, name=f"Lamp {number}", price="20.00")

    page = client.get("/?sort=price&max=30").text

    assert 'href="?sort=price&amp;max=30&amp;page=2"' in page
    assert len(names(client, "/?sort=price&max=30&page=2")) == 1


def test_filtered_lists_are_not_for_search_engines(client, shirts):
    assert "noindex" not in client.get("/?category=clothes").text
    assert "noindex" in client.get("/?category=clothes&sort=price").text


def test_nothing_found_leads_back_to_the_whole_list(client, shirts):
    page = client.get("/?category=clothes&min=900").text

    assert "No products match these filters." in page
    assert '<a class="button button--quiet" href="?category=clothes">Clear filters</a>' in page


def test_what_is_typed_is_escaped(client, shirts):
    page = client.get("/", {'option_"><b>': '"><b>', "q": "s"}).text

    assert "<b>" not in page


def test_the_same_choice_in_another_order_is_cached_once(client, shirts, django_assert_num_queries):
    client.get("/?option_Color=Ink&option_Color=Sand&stock=1")
    with django_assert_num_queries(0):
        client.get("/?stock=1&option_Color=Sand&option_Color=Ink&utm_source=mail")


def test_removed_values_are_not_offered(client, shirts):
    OptionValue.objects.filter(value="S").update(is_removed=True)

    assert 'name="option_Size"' not in client.get("/?category=clothes").text
