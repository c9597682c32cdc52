"""Structured data, link previews, QR codes, sitemap, robots.txt, search, and pagination."""

import io
import json
import re
from xml.etree import ElementTree

import pytest
from django.core.cache import cache
from PIL import Image

from catalog import social_card
from catalog.models import Product
from tests.factories import make_link, make_product, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


@pytest.fixture
def lamp():
    return make_product(
        make_store(), name="Desk lamp", description="It shines.\n</script><b>", options={"Color": ["Red"]}
    )


def linked_data(text):
    return json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', text)[1])


def test_product_page_has_structured_data(client, lamp):
    text = client.get("/products/desk-lamp").content.decode()
    data = linked_data(text)
    assert data["name"] == "Desk lamp"
    assert data["description"] == "It shines."
    assert data["offers"] == {
        "@type": "Offer",
        "price": "49.00",
        "priceCurrency": "USD",
        "availability": "https://schema.org/InStock",
        "url": "http://testserver/products/desk-lamp",
        "priceSpecification": {
            "@type": "PriceSpecification",
            "price": "49.00",
            "priceCurrency": "USD",
            "valueAddedTaxIncluded": True,
        },
    }
    assert '<link rel="canonical" href="http://testserver/products/desk-lamp">' in text
    assert "noindex" not in text


def test_structured_data_marks_sold_out_products(client):
    make_product(make_store(), stock=0, options={"Size": ["S", "M"]}, prices={"M": "60.00"})
    data = linked_data(client.get("/products/desk-lamp").content.decode())
    assert data["offers"]["availability"] == "https://schema.org/OutOfStock"
    assert (data["offers"]["lowPrice"], data["offers"]["highPrice"]) == ("49.00", "60.00")


def test_payment_link_is_not_indexed_but_has_a_preview(client, lamp):
    address = f"http://testserver/link/{make_link(lamp).pk}"
    text = client.get(address).content.decode()
    assert '<meta name="robots" content="noindex">' in text
    assert f'<meta property="og:image" content="{address}/preview.jpg">' in text


@pytest.mark.parametrize("kind", ["product", "link"])
def test_preview_picture_is_1200_by_630(client, lamp, kind):
    path = "/products/desk-lamp" if kind == "product" else make_link(lamp).get_absolute_url()
    response = client.get(f"{path}/preview.jpg")
    assert response["Content-Type"] == "image/jpeg"
    assert Image.open(io.BytesIO(response.content)).size == (1200, 630)


def draw_preview(name):
    return social_card.draw_social_card(
        name=name, price="$49.00", shop="Lamp House", accent="#1f6f5c", photo=None
    )


@pytest.mark.parametrize(
    ("name", "other"), [("茶", "道"), ("شاي", "قمح"), ("תה", "יד"), ("ชา", "กา"), ("Čaj", "Ďaj")]
)
def test_preview_renders_names_in_any_script(name, other):
    """Missing characters would all render as the same box, so both pictures would be equal."""
    assert draw_preview(name) != draw_preview(other)


def test_preview_leaves_out_characters_missing_from_all_fonts():
    assert draw_preview("Tea ☕") == draw_preview("Tea")


def test_name_too_long_for_the_preview_is_truncated():
    assert draw_preview("Donaudampfschifffahrtsgesellschaft " * 5) == draw_preview(
        "Donaudampfschifffahrtsgesellschaft " * 6
    )


def test_a_link_has_a_qr_code_for_screen_and_print(client, lamp):
    """R138"""
    link = make_link(lamp, active=False)
    svg = client.get(f"/link/{link.pk}/qr.svg")
    assert svg["Content-Type"] == "image/svg+xml"
    assert f"http://testserver/link/{link.pk}" in svg.content.decode()
    png = Image.open(io.BytesIO(client.get(f"/link/{link.pk}/qr.png").content))
    assert png.width >= 500


def test_sitemap_lists_every_listed_product(client, lamp):
    make_product(lamp.store, name="Secret", listed=False)
    make_product(lamp.store, name="Gone", active=False)
    make_product(make_store(host="other.example"), name="Foreign")
    tree = ElementTree.fromstring(client.get("/sitemap.xml").content)
    assert [node.text for node in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")] == [
        "http://testserver/",
        "http://testserver/products/desk-lamp",
    ]


def test_robots_txt_disallows_private_pages(client, lamp):
    text = client.get("/robots.txt").content.decode()
    assert "Disallow: /checkout\n" in text
    assert "Sitemap: http://testserver/sitemap.xml\n" in text


def test_search_requires_every_word_and_says_when_nothing_is_found(client, lamp):
    make_product(lamp.store, name="Desk", description="Without light.")
    found = client.get("/", {"q": "desk lamp"}).content.decode()
    assert "Desk lamp" in found
    assert found.count('<li class="card">') == 1
    assert "noindex" in found
    nothing = client.get("/", {"q": "<sofa>"}).content.decode()
    assert "No products found." in nothing
    assert "&lt;sofa&gt;" in nothing


@pytest.mark.parametrize("page", ["0", "-1", "x", "99", "²", "9" * 40])
def test_missing_page_number_shows_the_nearest_page(client, lamp, page):
    assert "Desk lamp" in client.get("/", {"page": page}).content.decode()


def test_long_product_lists_are_paginated(client, lamp):
    for number in range(25):
        make_product(lamp.store, name=f"Lamp {number}")
    first = client.get("/").content.decode()
    second = client.get("/?page=2").content.decode()
    assert first.count('<li class="card">') == 24
    assert second.count('<li class="card">') == 2
    assert "Page 2 of 2" in second


def test_unlisted_products_have_no_page(client, lamp):
    Product.objects.update(listed=False)
    assert client.get("/products/desk-lamp").status_code == 404
