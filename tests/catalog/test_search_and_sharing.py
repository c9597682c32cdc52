"""What search engines, messengers and cameras are given."""

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


def test_a_product_describes_itself_to_search_engines(client, lamp):
    text = client.get("/products/desk-lamp").content.decode()
    data = linked_data(text)
    assert data["name"] == "Desk lamp"
    assert data["description"] == "It shines. </script><b>"
    assert data["offers"] == {
        "@type": "Offer",
        "price": "49.00",
        "priceCurrency": "USD",
        "availability": "https://schema.org/InStock",
        "url": "http://testserver/products/desk-lamp",
    }
    assert '<link rel="canonical" href="http://testserver/products/desk-lamp">' in text
    assert "noindex" not in text


def test_a_sold_out_product_says_so(client):
    make_product(make_store(), stock=0, options={"Size": ["S", "M"]}, prices={"M": "60.00"})
    data = linked_data(client.get("/products/desk-lamp").content.decode())
    assert data["offers"]["availability"] == "https://schema.org/OutOfStock"
    assert (data["offers"]["lowPrice"], data["offers"]["highPrice"]) == ("49.00", "60.00")


def test_a_link_is_kept_out_of_search_engines_but_has_a_preview(client, lamp):
    address = f"http://testserver/link/{make_link(lamp).pk}"
    text = client.get(address).content.decode()
    assert '<meta name="robots" content="noindex">' in text
    assert f'<meta property="og:image" content="{address}/preview.jpg">' in text


@pytest.mark.parametrize("of", ["product", "link"])
def test_the_preview_is_a_picture_of_the_size_messengers_want(client, lamp, of):
    path = "/products/desk-lamp" if of == "product" else make_link(lamp).get_absolute_url()
    response = client.get(f"{path}/preview.jpg")
    assert response["Content-Type"] == "image/jpeg"
    assert Image.open(io.BytesIO(response.content)).size == (1200, 630)


def preview_of(name):
    return social_card.draw_social_card(
        name=name, price="$49.00", shop="Lamp House", accent="#1f6f5c", photo=None
    )


@pytest.mark.parametrize(
    ("name", "other"), [("茶", "道"), ("شاي", "قمح"), ("תה", "יד"), ("ชา", "กา"), ("Čaj", "Ďaj")]
)
def test_the_preview_shows_names_in_any_script(name, other):
    """A letter that a font lacks is a box, whichever letter it is."""
    assert preview_of(name) != preview_of(other)


def test_the_preview_leaves_out_what_no_font_has():
    assert preview_of("Tea ☕") == preview_of("Tea")


def test_a_name_too_long_for_the_preview_is_cut():
    assert preview_of("Donaudampfschifffahrtsgesellschaft " * 5) == preview_of(
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


def test_the_sitemap_names_every_product_of_the_shop(client, lamp):
    make_product(lamp.store, name="Secret", listed=False)
    make_product(lamp.store, name="Gone", active=False)
    make_product(make_store(host="other.example"), name="Foreign")
    tree = ElementTree.fromstring(client.get("/sitemap.xml").content)
    assert [node.text for node in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")] == [
        "http://testserver/",
        "http://testserver/products/desk-lamp",
    ]


def test_robots_are_kept_from_private_pages(client, lamp):
    text = client.get("/robots.txt").content.decode()
    assert "Disallow: /checkout\n" in text
    assert "Sitemap: http://testserver/sitemap.xml\n" in text


def test_search_finds_every_word_and_says_when_nothing_is_found(client, lamp):
    make_product(lamp.store, name="Desk", description="Without light.")
    found = client.get("/", {"q": "desk lamp"}).content.decode()
    assert "Desk lamp" in found
    assert found.count('<li class="card">') == 1
    assert "noindex" in found
    nothing = client.get("/", {"q": "<sofa>"}).content.decode()
    assert "Nothing was found." in nothing
    assert "&lt;sofa&gt;" in nothing


@pytest.mark.parametrize("page", ["0", "-1", "x", "99", "²", "9" * 40])
def test_a_page_that_is_not_there_is_the_nearest(client, lamp, page):
    assert "Desk lamp" in client.get("/", {"page": page}).content.decode()


def test_long_shelves_have_pages(client, lamp):
    for number in range(25):
        make_product(lamp.store, name=f"Lamp {number}")
    first = client.get("/").content.decode()
    second = client.get("/?page=2").content.decode()
    assert first.count('<li class="card">') == 24
    assert second.count('<li class="card">') == 2
    assert "Page 2 of 2" in second


def test_products_that_are_not_for_the_shop_have_no_page(client, lamp):
    Product.objects.update(listed=False)
    assert client.get("/products/desk-lamp").status_code == 404
