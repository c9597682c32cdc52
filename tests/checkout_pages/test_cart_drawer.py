"""What a shopper sees of the cart outside its page: the count, the drawer, and why it is empty."""

import pytest
from django.test import Client

from tests.factories import make_product, make_store, variant_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def lamp():
    return make_product(make_store(), options={"Color": ["Black", "White"]})


def add(client, variant, **more):
    data = {"variant": variant.pk, "quantity": 1, **more}
    return client.post("/cart/add", data, headers={"Sec-Fetch-Site": "same-origin"})


def count_of(client):
    cookie = client.cookies.get("cart_count")
    return cookie.value if cookie else None


def test_count_follows_the_cart(client, lamp):
    black = variant_of(lamp, "Black")
    assert add(client, black, quantity=2).cookies["cart_count"].value == "2"
    add(client, variant_of(lamp, "White"))
    assert count_of(client) == "3"

    client.post("/cart", {f"quantity_{black.pk}": "1"})
    assert count_of(client) == "2"
    client.post("/cart", {f"quantity_{black.pk}": "0", f"quantity_{variant_of(lamp, 'White').pk}": "0"})
    assert count_of(client) == ""


def test_count_is_readable_by_the_page_and_says_nothing_else(client, lamp):
    cookie = add(client, variant_of(lamp, "Black")).cookies["cart_count"]

    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == ("", "Lax", "/")


def test_count_of_an_expired_session_is_taken_back(client, lamp):
    add(client, variant_of(lamp, "Black"))
    del client.cookies["sessionid"]

    assert client.get("/cart").cookies["cart_count"]["max-age"] == 0


def test_unavailable_items_are_no_longer_counted(client, lamp):
    add(client, variant_of(lamp, "Black"))
    lamp.variants.update(active=False)

    client.get("/cart")

    assert count_of(client) == ""


def test_public_pages_neither_set_nor_depend_on_the_count(client, lamp, django_assert_num_queries):
    address = lamp.get_absolute_url()
    empty = Client().get(address).content
    add(client, variant_of(lamp, "Black"))

    with django_assert_num_queries(0):
        page = client.get(address)
    assert not page.cookies
    assert page.content == empty


def test_a_visit_without_a_cart_sets_no_cookie(client, lamp):
    assert not client.get("/cart").cookies
    assert not client.get("/cart/drawer").cookies


def test_drawer_shows_the_cart_and_leads_to_the_checkout(client, lamp):
    add(client, variant_of(lamp, "White"))
    answer = add(client, variant_of(lamp, "Black"), quantity=2, drawer="")
    page = client.get(answer["Location"])

    assert answer["Location"] == "/cart/drawer?added"
    assert "Added to your cart" in page.text
    assert page.text.count('<li class="line">') == 2
    assert "$147.00" in page.text
    assert '<a class="button button--wide" href="/checkout">Check out</a>' in page.text
    assert "<html" not in page.text
    assert page["Cache-Control"] == "no-store"
    # Said once: the cart page doesn't repeat it.
    assert "Black was added to your cart" not in client.get("/cart").text


def test_drawer_of_a_cart_with_a_problem_leads_to_its_page(client, lamp):
    add(client, variant_of(lamp, "Black"), quantity=2)
    lamp.variants.update(inventory_quantity=1)
    page = client.get("/cart/drawer").text

    assert "Desk lamp – Black: only 1 left in stock." in page
    assert "View cart" in page
    assert 'href="/checkout"' not in page


def test_drawer_opened_as_a_page_is_the_cart(client, lamp):
    answer = client.get("/cart/drawer", headers={"Sec-Fetch-Dest": "document"})

    assert answer["Location"] == "/cart"


@pytest.mark.parametrize("more", [{}, {"drawer": ""}])
def test_a_browser_without_cookies_is_told_why_its_cart_is_empty(lamp, more):
    address = add(Client(), variant_of(lamp, "Black"), **more)["Location"]
    page = Client().get(address).text

    assert "We couldn&#x27;t save your cart" in page or "We couldn't save your cart" in page
    assert "Your cart is empty." not in page
    # Nothing was added: it is just empty.
    assert "Your cart is empty." in Client().get("/cart").text


def test_emptied_cart_is_not_blamed_on_cookies(client, lamp):
    address = add(client, variant_of(lamp, "Black"))["Location"]
    client.post("/cart", {"remove": variant_of(lamp, "Black").pk})

    assert "Your cart is empty." in client.get(address).text
