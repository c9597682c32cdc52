"""What a product's page leads on to: others of its category, its large pictures, its description."""

import re

import pytest
from django.core.cache import cache

from catalog.models import Category
from tests.factories import make_product, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def lighting(db):
    return Category.objects.create(store=make_store(), name="Lighting", slug="lighting")


def make_lit(category, name, **more):
    product = make_product(category.store, name=name, **more)
    product.categories.add(category)
    return product


def related(client, product):
    page = client.get(product.get_absolute_url()).text
    return re.findall(r'<a href="/products/[^"]+">([^<]+)</a></h3>', page)


def test_a_product_leads_to_others_of_its_category(client, lighting):
    lamp = make_lit(lighting, "Desk lamp")
    make_lit(lighting, "Bulb")
    make_lit(lighting, "Gone", stock=0)
    make_lit(lighting, "Secret", listed=False)
    make_product(lighting.store, name="Mug")

    assert related(client, lamp) == ["Bulb", "Gone"]


def test_at_most_four_are_shown_and_what_is_sold_out_comes_last(client, lighting):
    lamp = make_lit(lighting, "Desk lamp")
    for number in range(5):
        make_lit(lighting, f"Bulb {number}")
    make_lit(lighting, "Gone", stock=0)

    assert related(client, lamp) == ["Bulb 4", "Bulb 3", "Bulb 2", "Bulb 1"]


def test_without_a_category_there_is_no_query_and_no_section(client, lighting, django_assert_max_num_queries):
    mug = make_product(lighting.store, name="Mug")
    client.get("/")
    cache.clear()

    with django_assert_max_num_queries(7):
        assert "You may also like" not in client.get(mug.get_absolute_url()).text


def test_related_products_cost_three_queries(client, lighting, django_assert_max_num_queries):
    lamp = make_lit(lighting, "Desk lamp")
    for number in range(8):
        make_lit(lighting, f"Bulb {number}")
    client.get("/")
    cache.clear()

    with django_assert_max_num_queries(10):
        client.get(lamp.get_absolute_url())


def test_the_description_is_beside_the_form(client, lighting):
    """Not below the pictures, a screen away from the button."""
    lamp = make_lit(lighting, "Desk lamp", description="<p>It <b>shines</b>.</p>")
    page = client.get(lamp.get_absolute_url()).text

    choice = page.partition('class="product-page__choice"')[2]
    assert choice.index("</form>") < choice.index("<b>shines</b>")
