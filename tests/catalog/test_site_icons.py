"""Icons, manifest, and what each public page tells those who share it."""

import io
import re

import pytest
from django.core.cache import cache
from PIL import Image

from catalog.models import Category
from catalog.store_logo import save_store_logo
from tests.factories import make_product, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return make_store(name="Lamp House")


def open_icon(client, path):
    return Image.open(io.BytesIO(client.get(path).content))


def set_logo(store, size, color):
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, "PNG")
    file.seek(0)
    save_store_logo(store=store, file=file, alt_text="")
    cache.clear()


def test_every_page_names_icons_that_are_there(client, store):
    page = client.get("/").text

    links = dict(re.findall(r'<link rel="(icon|apple-touch-icon|manifest)" href="([^"]+)"', page))
    assert links == {
        "icon": "/favicon.ico",
        "apple-touch-icon": "/apple-touch-icon.png",
        "manifest": "/site.webmanifest",
    }
    assert '<meta name="theme-color" content="#1f6f5c">' in page
    assert open_icon(client, links["icon"]).info["sizes"] == {(16, 16), (32, 32), (48, 48)}
    assert open_icon(client, links["apple-touch-icon"]).size == (180, 180)
    manifest = client.get(links["manifest"])
    assert manifest["Content-Type"] == "application/manifest+json"
    assert (manifest.json()["name"], manifest.json()["theme_color"]) == ("Lamp House", "#1f6f5c")
    for icon in manifest.json()["icons"]:
        width = int(icon["sizes"].split("x")[0])
        assert open_icon(client, icon["src"]).size == (width, width)


def test_icon_is_the_initial_on_the_accent_color(client, store):
    lamp = open_icon(client, "/icon-192.png")
    assert lamp.getpixel((2, 2)) == (0x1F, 0x6F, 0x5C)
    for name in ("Zebra", "茶屋", "«Lamp»"):
        type(store).objects.update(name=name)
        cache.clear()
        same = open_icon(client, "/icon-192.png").tobytes() == lamp.tobytes()
        assert same is (name == "«Lamp»"), name


@pytest.mark.parametrize("name", ["☕", "—", " "])
def test_a_name_without_letters_has_an_icon(client, store, name):
    type(store).objects.update(name=name)

    assert open_icon(client, "/favicon.ico").width == 48


def test_a_square_logo_is_the_icon_and_a_wide_one_is_not(client, store):
    set_logo(store, (300, 200), "#ff0000")
    assert open_icon(client, "/icon-512.png").getpixel((256, 256)) == (255, 0, 0)
    assert open_icon(client, "/icon-512.png").getpixel((2, 2)) == (255, 255, 255)

    set_logo(store, (600, 100), "#ff0000")
    assert open_icon(client, "/icon-512.png").getpixel((2, 2)) == (0x1F, 0x6F, 0x5C)


def test_a_missing_logo_file_is_no_error(client, store):
    type(store).objects.update(logo="logos/gone.png", logo_width=100, logo_height=100)

    assert open_icon(client, "/favicon.ico").width == 48


@pytest.mark.parametrize("path", ["/icon-48.png", "/icon-100000.png"])
def test_other_sizes_are_not_drawn(client, store, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/favicon.ico", "/site.webmanifest", "/preview.jpg"])
def test_a_host_without_a_shop_has_none(client, db, path):
    assert client.get(path, headers={"host": "nobody.example"}).status_code == 404


def test_shop_and_category_have_a_preview_and_a_description(client, store):
    lighting = Category.objects.create(store=store, name="Lighting", slug="lighting")
    make_product(store, name="Mug")
    make_product(store, name="Desk lamp").categories.add(lighting)

    for path, described in (("/", "Desk lamp, Mug"), ("/?category=lighting", "Desk lamp")):
        page = client.get(path).text
        assert f'<meta name="description" content="{described}, and more at Lamp House.">' in page
        (picture,) = re.findall(r'<meta property="og:image" content="http://testserver([^"]+)">', page)
        assert open_icon(client, picture).size == (1200, 630)
    assert client.get("/preview.jpg?category=nowhere").status_code == 404


def test_each_page_has_one_preview_picture(client, store):
    product = make_product(store, name="Desk lamp")

    for path in ("/", product.get_absolute_url(), "/account", "/cart"):
        page = client.get(path).text
        assert page.count('property="og:image"') == page.count('property="og:site_name"') == 1, path
