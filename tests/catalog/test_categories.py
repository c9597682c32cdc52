"""Categories: in the shop, in the admin, and in files."""

import json
import re

import pytest
from django.core.cache import cache
from django.urls import reverse

from catalog.csv_export import generate_catalog_csv
from catalog.csv_import import import_catalog_csv
from catalog.models import Category, Product
from tests.factories import make_product, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def lighting(store):
    """Lighting with a lamp, below it bulbs with a bulb; and two categories without products."""
    lighting = Category.objects.create(store=store, name="Lighting", slug="lighting", position=2)
    bulbs = Category.objects.create(store=store, name="Bulbs & more", slug="bulbs", parent=lighting)
    Category.objects.create(store=store, name="Empty", slug="empty")
    make_product(store, name="Lamp").categories.add(lighting)
    make_product(store, name="Bulb").categories.add(bulbs)
    make_product(store, name="Mug")
    hidden = Category.objects.create(store=store, name="Hidden", slug="hidden")
    make_product(store, name="Secret", listed=False).categories.add(hidden)
    return lighting


def names(page):
    return re.findall(r'<a href="/products/[^"]+">([^<]+)</a></h2>', page)


def chips(page):
    return re.findall(r'<li><a href="/\?category=([a-z]+)[^>]*dir="auto">', page.partition("categories")[2])


def test_shop_is_filtered_by_category_and_what_is_below(client, lighting):
    assert chips(client.get("/").text) == ["lighting"]
    inside = client.get("/?category=lighting").text
    assert sorted(names(inside)) == ["Bulb", "Lamp"]
    assert chips(inside) == ["bulbs"]
    assert 'href="http://testserver/?category=lighting">' in inside
    assert names(client.get("/?category=bulbs").text) == ["Bulb"]
    assert names(client.get("/?category=lighting&q=lamp").text) == ["Lamp"]


@pytest.mark.parametrize("slug", ["empty", "hidden", "nowhere", "'", "x" * 300])
def test_category_without_products_is_not_found(client, lighting, slug):
    answer = client.get("/", {"category": slug})

    assert answer.status_code == 404
    assert "We couldn’t find this category." in answer.text.replace("&#x27;", "’")


def test_category_of_another_store_is_not_found(client, lighting):
    other = make_store(host="other.example")
    foreign = Category.objects.create(store=other, name="Foreign", slug="foreign")
    make_product(other, name="Foreign").categories.add(foreign)

    assert client.get("/?category=foreign").status_code == 404
    assert "foreign" not in client.get("/sitemap.xml").text


def test_product_and_category_pages_have_breadcrumbs(client, lighting):
    for address in ("/products/bulb", "/?category=bulbs"):
        page = client.get(address).text
        crumbs = [json.loads(text) for text in re.findall(r'ld\+json">(.*?)</script>', page)][-1]
        assert crumbs["@type"] == "BreadcrumbList"
        assert [(item["name"], item["item"]) for item in crumbs["itemListElement"]] == [
            ("Lighting", "http://testserver/?category=lighting"),
            ("Bulbs & more", "http://testserver/?category=bulbs"),
        ], address
    assert "BreadcrumbList" not in client.get("/products/mug").text


def test_sitemap_lists_categories_with_products(client, lighting):
    text = client.get("/sitemap.xml").text

    assert "<loc>http://testserver/?category=bulbs</loc>" in text
    assert "empty" not in text


def test_categories_cost_one_query(client, lighting, django_assert_max_num_queries):
    for number in range(30):
        Category.objects.create(store=lighting.store, name=f"More {number}", slug=f"more-{number}")
    client.get("/")
    cache.clear()

    with django_assert_max_num_queries(7):  # one of them for the options to filter by
        client.get("/?category=lighting")


def test_circle_of_categories_harms_nothing(client, lighting):
    """The admin refuses one; two people at once may still make it."""
    bulbs = Category.objects.get(slug="bulbs")
    Category.objects.filter(pk=lighting.pk).update(parent=bulbs)

    assert client.get("/?category=bulbs").status_code == 200
    assert client.get("/products/bulb").status_code == 200


def test_file_names_categories_by_slug_name_or_path(store, lighting):
    text = "slug,categories\nmug,Lighting; lighting > BULBS & MORE\nlamp,\n"

    results = import_catalog_csv(store=store, content=text.encode(), dry_run=False)

    assert [str(change) for result in results for change in result.changes] == [
        "categories: – → bulbs, lighting",
        "categories: lighting → –",
    ]
    mug = Product.objects.get(slug="mug")
    assert sorted(mug.categories.values_list("slug", flat=True)) == ["bulbs", "lighting"]
    (refused,) = import_catalog_csv(store=store, content=b"slug,categories\nmug,Lmaps\n", dry_run=False)
    assert [(row, str(reason)) for row, reason in refused.refused] == [
        (2, "there is no category “Lmaps”; add it under Products → Categories first")
    ]


def test_exported_categories_come_back_unchanged(store, lighting):
    Product.objects.filter(slug="mug").update(seo_title="Mugs", seo_description="Hold tea.")
    make_product(store, name="Cup").variants.update(gtin="4006381333931")
    text = "".join(generate_catalog_csv(Product.objects.filter(store=store)))

    results = import_catalog_csv(store=store, content=text.encode(), dry_run=False)

    assert {result.kind for result in results} == {"unchanged"}
    assert "4006381333931" in text


def test_staff_fill_categories_from_the_product_list(admin_client, store, lighting):
    mug, lamp = Product.objects.get(slug="mug"), Product.objects.get(slug="lamp")
    data = {"_selected_action": [mug.pk, lamp.pk], "category": lighting.pk}
    address = reverse("admin:catalog_product_changelist")

    page = admin_client.post(address, data | {"action": "add_to_category"}, follow=True).text
    assert "1 product added to “Lighting”." in page
    page = admin_client.post(address, data | {"action": "remove_from_category"}, follow=True).text
    assert "2 products removed from “Lighting”." in page
    nothing = {"action": "add_to_category", "_selected_action": [mug.pk]}
    assert "Choose a category beside the action." in admin_client.post(address, nothing, follow=True).text
    assert not mug.categories.exists()


def test_category_cannot_be_below_itself_or_in_another_store(admin_client, store, lighting):
    bulbs = Category.objects.get(slug="bulbs")
    foreign = Category.objects.create(store=make_store(host="other.example"), name="F", slug="f")
    address = reverse("admin:catalog_category_change", args=[lighting.pk])
    data = {"name": "Lighting", "slug": "lighting", "position": 0}

    assert "A category can" in admin_client.post(address, data | {"parent": bulbs.pk}).text
    assert "belongs to another store" in admin_client.post(address, data | {"parent": foreign.pk}).text
    assert admin_client.post(address, data | {"position": 5}).status_code == 302
    lighting.refresh_from_db()
    assert (lighting.position, lighting.parent) == (5, None)
