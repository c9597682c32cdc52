"""Codes that shoppers bring along: in an address, from a payment link, a coupon link, or the cart."""

import pytest

from orders.models import Order
from tests.factories import make_link

# --- Addresses of public pages


def test_code_in_a_product_page_address_goes_on_to_the_checkout_and_the_cart(shop, carts, shopper, lamp):
    page = shopper.get(f"/products/{lamp.product.slug}?code=SAVE10")

    assert '<input type="hidden" name="code" value="SAVE10">' in page.text
    assert not page.cookies
    assert "public" in page.headers["Cache-Control"]
    shopper.add_to_cart(lamp, code="SAVE10")
    assert "−$4.90" in shopper.get("/checkout").text


def test_public_page_is_cached_apart_for_each_code(carts, shopper, lamp):
    address = f"/products/{lamp.product.slug}"

    assert 'value="SAVE10"' in shopper.get(f"{address}?code=SAVE10").text
    assert 'name="code"' not in shopper.get(address).text
    assert 'value="HALF"' in shopper.get(f"{address}?code=HALF").text


def test_code_in_a_link_address_goes_on_to_the_checkout(carts, shopper, lamp):
    link = make_link(lamp.product)

    assert (
        '<input type="hidden" name="code" value="SAVE10">' in shopper.get(f"/link/{link.pk}?code=SAVE10").text
    )
    assert "−$4.90" in shopper.get(f"/checkout?link={link.pk}&variant={lamp.pk}&code=SAVE10").text


# --- A link's own code


@pytest.fixture
def link_checkout(lamp):
    """Return a function that makes a link with these fields and returns its checkout's address."""

    def make(**fields):
        return f"/checkout?link={make_link(lamp.product, **fields).pk}"

    return make


def test_own_code_of_a_link_applies_by_itself(carts, shopper, link_checkout):
    address = link_checkout(discount_code="SAVE10")

    assert "−$4.90" in shopper.get(address).text
    assert shopper.check_out(address, code="SAVE10").status_code == 303
    assert Order.objects.get().discount_code == "SAVE10"


def test_shopper_may_replace_the_own_code_of_a_link(carts, shopper, link_checkout):
    address = link_checkout(discount_code="SAVE10")

    assert "−$24.50" in shopper.get(f"{address}&code=HALF").text


def test_link_may_forbid_other_codes_however_they_arrive(carts, shopper, link_checkout):
    address = link_checkout(discount_code="SAVE10", accepts_codes=False)
    shopper.get("/discount/HALF/")

    for page in (
        shopper.get(address),
        shopper.get(f"{address}&code=HALF"),
        shopper.check_out(f"{address}&code=HALF", code="HALF", update="code"),
    ):
        assert "−$4.90" in page.text
        assert "Add a discount code" not in page.text


def test_link_without_codes_has_no_field_and_no_discount(carts, shopper, link_checkout):
    address = link_checkout(accepts_codes=False)

    page = shopper.get(f"{address}&code=HALF").text

    assert "Pay $54.00 with Link" in page
    assert "Add a discount code" not in page
    assert carts.count == 0


def test_own_code_that_no_longer_works_is_said_and_does_not_stop_the_payment(carts, shopper, link_checkout):
    address = link_checkout(discount_code="ENDED", accepts_codes=False)

    assert "“ENDED” takes nothing off this order" in shopper.get(address).text
    assert shopper.check_out(address).status_code == 303


# --- A store without codes


def test_store_without_codes_has_no_field_and_takes_none(shop, carts, shopper, checkout, lamp):
    shop.accepts_codes = False
    shop.save()
    shopper.get("/discount/HALF/")
    shopper.add_to_cart(lamp, code="HALF")

    assert "Add a discount code" not in shopper.get("/cart?code=HALF").text
    assert "Add a discount code" not in shopper.get(f"{checkout}&code=HALF").text
    assert "Pay $54.00 with Link" in shopper.check_out(checkout, code="HALF", update="code").text
    assert carts.count == 0


def test_code_typed_before_the_store_stopped_taking_codes_is_dropped(shop, carts, shopper, checkout, lamp):
    assert "−$24.50" in shopper.check_out(checkout, code="HALF", update="code").text
    shopper.add_to_cart(lamp)
    shopper.get("/cart")
    shopper.post("/cart", {"code": "HALF", "use_code": ""})
    shop.accepts_codes = False
    shop.save()

    assert "Pay $54.00 with Link" in shopper.get(checkout).text
    assert "Pay $54.00 with Link" in shopper.get("/checkout").text
    assert shopper.check_out(checkout).status_code == 303
    assert Order.objects.get().discount_code == ""


# --- The cart


def test_cart_takes_a_code_and_asks_nobody(carts, shopper, lamp):
    shopper.add_to_cart(lamp)
    shopper.get("/cart")
    shopper.post("/cart", {"code": " save10 ", "use_code": ""})
    page = shopper.get("/cart").text

    assert "save10" in page
    assert "applied at checkout" in page
    assert carts.count == 0
    assert "−$4.90" in shopper.get("/checkout").text


def test_code_is_removed_from_the_cart(carts, shopper, lamp):
    shopper.add_to_cart(lamp, code="SAVE10")
    shopper.get("/cart")
    shopper.post("/cart", {"remove_code": ""})

    assert "SAVE10" not in shopper.get("/cart").text
    assert "Pay $54.00 with Link" in shopper.get("/checkout").text


def test_changed_quantities_keep_the_code_of_the_cart(carts, shopper, lamp):
    shopper.add_to_cart(lamp, code="SAVE10")
    shopper.get("/cart")
    shopper.post("/cart", {f"quantity_{lamp.pk}": "2"})

    assert "−$9.80" in shopper.get("/checkout").text


def test_impossible_code_is_refused_in_the_cart(carts, shopper, lamp):
    shopper.add_to_cart(lamp)
    shopper.get("/cart")
    shopper.post("/cart", {"code": "two words", "use_code": ""})

    assert "Check your discount code." in shopper.get("/cart").text


# --- Coupon links


def test_coupon_link_offers_its_code_for_the_visit(carts, shopper, checkout, lamp):
    answer = shopper.get(f"/discount/SAVE10/?next=/products/{lamp.product.slug}")

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/products/{lamp.product.slug}")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "−$4.90" in shopper.get(checkout).text


@pytest.mark.parametrize(
    "target",
    [
        "",
        "https://evil.test/",
        "//evil.test/",
        "/\\evil.test",
        "\\\\evil.test",
        "javascript:alert(1)",
        "http://testserver/cart",
        "evil",
    ],
)
def test_coupon_link_leads_to_local_paths_only(carts, client, target):
    location = client.get("/discount/SAVE10/", {"next": target}).headers["Location"]

    assert location == "/"


def test_coupon_link_adds_no_header(carts, client):
    answer = client.get("/discount/SAVE10/", {"next": "/a\r\nX-Bad: 1"})

    assert answer.headers["Location"] == "/a%0D%0AX-Bad:%201"


@pytest.mark.parametrize("code", ["%20", "a%20b", "x" * 200])
def test_impossible_code_in_a_coupon_link_is_ignored(carts, shopper, checkout, code):
    assert shopper.get(f"/discount/{code}/").status_code == 303

    assert "takes nothing off" not in shopper.get(checkout).text


def test_two_codes_are_never_combined(carts, shopper, checkout):
    """One code for each order: the one in the address replaces the visit's."""
    shopper.get("/discount/SAVE10/")
    shopper.get(f"{checkout}&code=HALF")

    assert [call[2]["vouchers"] for call in carts.calls] == [["HALF"]]
