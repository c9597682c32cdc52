"""The cart: stored in the session, priced on each view, and usable without JavaScript."""

import pytest

from checkout.models import PaymentIntent
from tests.checkout_pages.conftest import latest_intent
from tests.factories import make_plan, make_product, make_store, variant_of
from tests.payments.helpers import pay_at_link, post_return


@pytest.fixture
def store(db):
    return make_store()


@pytest.fixture
def lamp(store):
    return make_product(store, options={"Color": ["Black", "White"]})


def test_empty_cart_page_says_so(store, shopper):
    assert "Your cart is empty." in shopper.get("/cart").text


def test_adding_the_same_variant_twice_makes_one_line(store, lamp, shopper):
    black = variant_of(lamp, "Black")
    assert shopper.add_to_cart(black).status_code == 302
    shopper.add_to_cart(black, quantity=2)

    page = shopper.get("/cart")

    assert "Desk lamp – Black was added to your cart." in page.text
    assert page.text.count('<li class="line') == 1
    assert 'value="3"' in page.text
    assert "$147.00" in page.text


def test_product_is_added_by_its_options(store, lamp, shopper):
    data = {"product": lamp.pk, "option_Color": "White"}
    shopper.client.post("/cart/add", data, headers={"Origin": "http://testserver"})

    assert "Desk lamp – White was added to your cart." in shopper.get("/cart").text


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_another_site_cannot_add_to_the_cart(store, lamp, shopper, headers):
    answer = shopper.client.post("/cart/add", {"variant": variant_of(lamp, "Black").pk}, headers=headers)

    assert answer.status_code == 403
    assert "Your cart is empty." in shopper.get("/cart").text


def test_another_stores_variant_cannot_be_added(store, shopper):
    foreign = make_product(make_store(host="other.example"))

    assert shopper.add_to_cart(variant_of(foreign)).status_code == 400


def test_forms_change_quantities_and_remove_lines(store, lamp, shopper):
    black, white = variant_of(lamp, "Black"), variant_of(lamp, "White")
    shopper.add_to_cart(black)
    shopper.add_to_cart(white)
    shopper.get("/cart")

    shopper.post("/cart", {f"quantity_{black.pk}": "4", f"quantity_{white.pk}": "1"})
    assert "$245.00" in shopper.get("/cart").text

    shopper.post("/cart", {f"quantity_{black.pk}": "4", f"quantity_{white.pk}": "1", "remove": black.pk})
    page = shopper.get("/cart")
    assert "Black" not in page.text
    assert "$49.00" in page.text

    answer = shopper.post("/cart", {f"quantity_{white.pk}": "3", "checkout": ""})
    assert answer["Location"] == "/checkout"
    assert "$147.00" in shopper.get("/cart").text


@pytest.mark.parametrize("typed", ["", "many", "-3", "1e9", "99999999999"])
def test_invalid_quantity_changes_nothing(store, lamp, shopper, typed):
    black = variant_of(lamp, "Black")
    shopper.add_to_cart(black, quantity=2)
    shopper.get("/cart")

    assert shopper.post("/cart", {f"quantity_{black.pk}": typed}).status_code == 302

    assert 'value="2"' in shopper.get("/cart").text


def test_price_change_applies_right_away(store, lamp, shopper):
    """S7: the cart stores no prices."""
    shopper.add_to_cart(variant_of(lamp, "Black"))
    lamp.variants.update(price="59.00")

    assert "$59.00" in shopper.get("/cart").text


def test_unavailable_item_is_removed_and_reported_once(store, lamp, shopper):
    shopper.add_to_cart(variant_of(lamp, "Black"))
    shopper.add_to_cart(variant_of(lamp, "White"))
    shopper.get("/cart")
    lamp.variants.filter(pk=variant_of(lamp, "Black").pk).update(active=False)

    assert "1 item is no longer available and was removed from your cart." in shopper.get("/cart").text
    assert "no longer available" not in shopper.get("/cart").text


def test_sold_out_item_stays_and_blocks_checkout(store, lamp, shopper):
    shopper.add_to_cart(variant_of(lamp, "Black"), quantity=2)
    lamp.variants.update(inventory_quantity=1)

    page = shopper.get("/cart")

    assert "Desk lamp – Black: only 1 left in stock." in page.text
    assert "Fix the highlighted items to check out." in page.text
    assert shopper.get("/checkout")["Location"] == "/cart"


def test_cart_holds_at_most_50_lines(store, shopper):
    many = make_product(store, name="Bead", options={"Color": [f"No. {n}" for n in range(51)]})
    variants = list(many.variants.all())
    for variant in variants[:50]:
        assert shopper.add_to_cart(variant).status_code == 302

    answer = shopper.add_to_cart(variants[50])

    assert answer.status_code == 400
    assert "Your cart is full. It can hold 50 different items." in answer.text


def test_line_holds_at_most_999(store, lamp, shopper):
    black = variant_of(lamp, "Black")
    lamp.variants.update(inventory_quantity=None)
    shopper.add_to_cart(black, quantity=998)

    assert "at most 999 of one item" in shopper.add_to_cart(black, quantity=2).text


def test_subscription_and_one_time_purchase_are_separate_lines(store, lamp, shopper):
    plan = make_plan(lamp)
    black = variant_of(lamp, "Black")
    shopper.add_to_cart(black)
    shopper.add_to_cart(black, plan=plan.pk)

    page = shopper.get("/cart")
    assert page.text.count('<li class="line') == 2
    assert "Every month" in page.text

    plan.status = "disabled"
    plan.save()
    assert "1 item is no longer available" in shopper.get("/cart").text


def test_cart_query_count_does_not_grow_with_its_lines(store, shopper, django_assert_max_num_queries):
    beads = make_product(store, name="Bead", options={"Color": [f"No. {n}" for n in range(20)]})
    for variant in beads.variants.all():
        shopper.add_to_cart(variant)
    shopper.get("/cart")

    with django_assert_max_num_queries(6):
        shopper.get("/cart")


def test_paid_items_leave_the_cart_and_later_additions_stay(shop, shopper):
    lamp, bulb = shop.products.get(name="Desk lamp"), shop.products.get(name="Light bulb")
    black = variant_of(lamp, "Black")
    shopper.add_to_cart(black, quantity=2)
    assert shopper.check_out().status_code == 303
    shopper.add_to_cart(black)
    shopper.add_to_cart(variant_of(bulb))
    post_return(latest_intent(shop), pay_at_link(latest_intent(shop)))

    page = shopper.get("/cart")

    assert 'value="1"' in page.text
    assert "$56.50" in page.text


def test_stale_form_of_a_paid_cart_leads_to_the_order(shop, shopper):
    black = variant_of(shop.products.get(name="Desk lamp"), "Black")
    shopper.add_to_cart(black)
    shopper.get("/checkout")
    old_key = shopper.hidden("key")
    shopper.check_out()
    post_return(latest_intent(shop), pay_at_link(latest_intent(shop)))
    shopper.add_to_cart(black)
    shopper.get("/checkout")

    answer = shopper.check_out(key=old_key)

    assert answer.status_code == 409
    assert "You've already paid for this" in answer.text
    assert PaymentIntent.objects.count() == 1
