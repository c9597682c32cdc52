"""Stylesheets and scripts of the shop: in layers, few, and none that waits for another."""

import re

import pytest
from django.conf import settings

from tests.factories import make_product, make_store

pytestmark = pytest.mark.any_database

STATIC = settings.BASE_DIR / "static"
SHOP_STYLES = sorted(path for path in (STATIC / "css").glob("*.css") if path.name != "print.css")


def read_style(path):
    return re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)


def rules_outside_blocks(css):
    """Return what is left when each block and its content is taken away, one entry for each block."""
    found, depth, start = [], 0, 0
    for place, sign in enumerate(css):
        if sign == "{":
            if depth == 0:
                found.append(css[start:place].strip())
            depth += 1
        elif sign == "}":
            depth -= 1
            start = place + 1
    assert depth == 0
    return found


def test_the_order_of_the_layers_is_declared_once_in_the_first_stylesheet():
    statements = {path.name: re.findall(r"@layer [^{};]*;", read_style(path)) for path in SHOP_STYLES}

    assert {name: found for name, found in statements.items() if found} == {
        "base.css": ["@layer tokens, base, components, pages;"]
    }


@pytest.mark.parametrize("path", SHOP_STYLES, ids=lambda path: path.name)
def test_every_rule_is_in_a_layer_and_no_stylesheet_loads_another(path):
    css = read_style(path)

    assert "@import" not in css
    assert path.read_text().count("\n") <= 400
    for rule in rules_outside_blocks(css):
        assert re.search(r"@layer (tokens|base|components|pages)$", rule), rule


@pytest.mark.django_db
def test_a_product_page_loads_four_stylesheets_and_all_its_modules_at_once(client):
    product = make_product(make_store())
    page = client.get(product.get_absolute_url()).content.decode()

    styles = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
    entry = re.findall(r'<script type="module" src="/static/([^"]+)"', page)
    preloaded = set(re.findall(r'<link rel="modulepreload" href="/static/js/([^"]+)"', page))

    assert styles == [
        "/static/css/base.css",
        "/static/css/components.css",
        styles[2],
        "/static/css/product-page.css",
    ]
    assert styles[2].startswith("/theme/")
    assert entry == ["js/cart-count.js", "js/product-page.js"]
    imported = re.findall(r'from "\./([^"]+)"', (STATIC / entry[1]).read_text())
    assert preloaded == set(imported)
