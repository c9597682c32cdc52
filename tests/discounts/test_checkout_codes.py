"""A discount code at the checkout: applied, refused, removed, or not known yet."""

import logging

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core import serializers

from checkout.models import OpenCart, PaymentIntent
from orders.models import Order
from tests.factories import make_plan, variant_of

# --- A code that takes something off


def test_typed_code_is_applied_and_sent_with_the_order(shop, carts, shopper, checkout):
    shopper.get(checkout)
    page = shopper.check_out(checkout, code="save10", update="code").text

    assert "−$4.90" in page
    assert "Pay $49.10 with Link" in page
    assert 'name="code" value="SAVE10"' in page

    assert shopper.check_out(checkout, code="SAVE10").status_code == 303
    order = Order.objects.get()
    assert (str(order.items_total), str(order.discount_total), str(order.total)) == ("49.00", "4.90", "49.10")
    assert order.discount_code == "SAVE10"
    assert [(row.name, row.code, str(row.amount)) for row in order.discounts.all()] == [
        ("SAVE10 deal", "SAVE10", "4.90")
    ]
    (sent,) = carts.orders
    assert sent["vouchers"] == ["SAVE10"]
    assert "price" not in sent["lines"][0]


def test_typed_fields_stay_when_a_code_is_applied(carts, shopper, checkout):
    shopper.get(checkout)
    page = shopper.check_out(checkout, code="SAVE10", update="code", name="Grace Hopper").text

    assert 'value="Grace Hopper"' in page


def test_code_is_asked_of_an_anonymous_cart_at_catalog_prices(carts, shopper, checkout, lamp):
    """Typing somebody's email address must not touch that person's own cart."""
    shopper.get(checkout)
    shopper.check_out(checkout, code="SAVE10", update="code")

    assert carts.calls == [
        (
            "POST",
            "",
            {
                "lines": [{"product_id": lamp.next_variant_id, "quantity": 1}],
                "vouchers": ["SAVE10"],
                "currency": "USD",
            },
        )
    ]


def test_pages_without_a_code_make_no_call_and_one_with_a_code_at_most_one(carts, shopper, checkout):
    shopper.get(checkout)
    shopper.check_out(checkout, update="country")
    assert carts.count == 0

    shopper.check_out(checkout, code="SAVE10", update="code")
    assert carts.count == 1
    for _again in range(3):
        shopper.get(checkout)
        shopper.check_out(checkout, code="SAVE10", update="shipping", shipping="express")
    assert shopper.check_out(checkout, code="SAVE10", shipping="express").status_code == 303
    assert carts.count == 1


def test_applied_code_is_still_there_on_the_next_visit(carts, shopper, checkout):
    shopper.get(checkout)
    shopper.check_out(checkout, code="SAVE10", update="code")

    assert "−$4.90" in shopper.get(checkout).text


def test_code_is_removed(carts, shopper, checkout):
    shopper.get(f"{checkout}&code=SAVE10")
    page = shopper.check_out(f"{checkout}&code=SAVE10", code="SAVE10", update="remove_code").text

    assert "Pay $54.00 with Link" in page
    assert "Pay $54.00 with Link" in shopper.get(f"{checkout}&code=SAVE10").text


def test_another_code_in_the_address_counts_after_one_was_removed(carts, shopper, checkout):
    shopper.get(f"{checkout}&code=SAVE10")
    shopper.check_out(f"{checkout}&code=SAVE10", code="SAVE10", update="remove_code")

    assert "Pay $29.50 with Link" in shopper.get(f"{checkout}&code=HALF").text


def test_code_that_is_typed_and_paid_at_once_shows_the_new_total_first(shop, carts, shopper, checkout):
    shopper.get(checkout)
    page = shopper.check_out(checkout, code="SAVE10").text

    assert "The total is now $49.10." in page
    assert not PaymentIntent.objects.exists()
    assert shopper.check_out(checkout, code="SAVE10").status_code == 303


def test_same_form_with_another_code_is_another_attempt(shop, carts, shopper, checkout):
    carts.codes["TEN"] = 10
    shopper.get(f"{checkout}&code=SAVE10")
    shopper.check_out(f"{checkout}&code=SAVE10", code="SAVE10")
    shopper.page = None
    shopper.get(f"{checkout}&code=TEN")
    shopper.check_out(f"{checkout}&code=TEN", code="TEN")

    assert sorted(PaymentIntent.objects.values_list("snapshot__order__discount_code", flat=True)) == [
        "SAVE10",
        "TEN",
    ]


# --- Prices that aren't NEXT's


def test_code_lowers_only_lines_at_next_prices(shop, carts, shopper, lamp):
    bulb = variant_of(shop.products.get(name="Light bulb"))
    type(bulb).objects.filter(pk=bulb.pk).update(next_price="9.00")  # ours is 7.50
    shopper.add_to_cart(lamp)
    shopper.add_to_cart(bulb, 2)
    shopper.get("/checkout")
    page = shopper.check_out(code="HALF", update="code").text

    assert "−$24.50" in page
    assert [line["product_id"] for line in carts.calls[0][2]["lines"]] == [lamp.next_variant_id]
    assert shopper.check_out(code="HALF").status_code == 303
    lines = {row["product_id"]: row for row in carts.orders[-1]["lines"]}
    assert "price" not in lines[lamp.next_variant_id]
    assert lines[bulb.next_variant_id]["price"] == "7.50"
    assert carts.orders[-1]["vouchers"] == ["HALF"]


@pytest.mark.parametrize("next_price", [None, "48.99"])
def test_code_is_refused_without_a_call_if_no_price_is_nexts(carts, shopper, checkout, lamp, next_price):
    type(lamp).objects.filter(pk=lamp.pk).update(next_price=next_price)
    shopper.get(checkout)

    assert (
        "don&#x27;t work with these prices" in shopper.check_out(checkout, code="SAVE10", update="code").text
    )
    assert carts.count == 0


def test_store_may_let_codes_meet_its_own_prices(shop, carts, shopper, checkout, lamp):
    shop.codes_lower_custom_prices = True
    shop.save()
    type(lamp).objects.filter(pk=lamp.pk).update(next_price="60.00")
    shopper.get(checkout)
    page = shopper.check_out(checkout, code="SAVE10", update="code").text

    assert "−$4.90" in page
    assert carts.calls[0][2]["lines"][0]["price"] == "49.00"
    assert shopper.check_out(checkout, code="SAVE10").status_code == 303
    assert carts.orders[-1]["lines"][0]["price"] == "49.00"


def test_plan_is_sold_at_its_own_price_and_only_the_first_charge_is_lowered(shop, carts, shopper, lamp):
    shop.codes_lower_custom_prices = True
    shop.save()
    plan = make_plan(lamp.product)
    address = f"/checkout?variant={lamp.pk}&plan={plan.pk}"
    shopper.get(address)
    page = shopper.check_out(address, code="SAVE10", update="code").text

    assert "lowers today's charge only" in page
    assert shopper.check_out(address, code="SAVE10").status_code == 303
    (line,) = carts.orders[-1]["lines"]
    assert (line["price"], line["subscription"]["price"]) == ("49.00", "49.00")


def test_code_is_refused_for_a_plan_unless_the_store_allows_it(shop, carts, shopper, lamp):
    plan = make_plan(lamp.product)
    address = f"/checkout?variant={lamp.pk}&plan={plan.pk}"
    shopper.get(address)

    assert (
        "don&#x27;t work with these prices" in shopper.check_out(address, code="SAVE10", update="code").text
    )


# --- A code that the order refuses


def test_code_that_the_order_refuses_is_dropped_and_nothing_is_charged(shop, carts, shopper, checkout):
    """Once-per-customer codes are known only with the email address."""
    shopper.get(f"{checkout}&code=SAVE10")
    carts.refuse_order = {"vouchers": ["Already used."]}
    page = shopper.check_out(f"{checkout}&code=SAVE10", code="SAVE10").text

    assert "“SAVE10” is no longer valid or was already used" in page
    assert "Pay $54.00 with Link" in page
    assert 'value="Ada Lovelace"' in page
    carts.refuse_order = None
    assert shopper.check_out(f"{checkout}&code=SAVE10", code="").status_code == 303
    order = Order.objects.get()
    assert (str(order.total), order.discount_code, order.discounts.count()) == ("54.00", "", 0)


def test_other_refusals_keep_the_code(shop, carts, shopper, checkout):
    shopper.get(f"{checkout}&code=SAVE10")
    carts.refuse_order = {"shipping_address": ["Unknown."]}
    page = shopper.check_out(f"{checkout}&code=SAVE10", code="SAVE10").text

    assert "Your address wasn&#x27;t accepted" in page
    assert "−$4.90" in page


# --- Offers


def test_offers_are_named_and_sent_without_a_promise(shop, carts, shopper, checkout):
    shop.offers.create(next_offer_id=31, name="Spring sale")
    shop.offers.create(next_offer_id=32, name="Old sale", is_active=False)
    page = shopper.get(checkout).text

    assert "Spring sale" in page
    assert "If eligible" in page
    assert "Old sale" not in page
    shopper.check_out(checkout)
    body = carts.orders[-1]
    assert body["offers"] == [31]
    assert body["lines"][0]["price"] == "49.00"
    assert Order.objects.get().is_total_final is False


# --- A cart's sign-in link


def test_sign_in_link_of_the_cart_is_stored_shown_and_logged_nowhere(shop, carts, shopper, checkout, caplog):
    caplog.set_level(logging.DEBUG)
    shopper.get(f"{checkout}&code=SAVE10")
    page = shopper.check_out(f"{checkout}&code=SAVE10", code="SAVE10")

    assert page.status_code == 303
    rows = [row for model in apps.get_models() for row in model.objects.all()]
    stored = serializers.serialize("json", rows) + str([row.get_decoded() for row in Session.objects.all()])
    assert OpenCart.objects.count() == 1
    for text in (stored, caplog.text, page.text):
        assert "s3cret-token" not in text


def test_code_beside_a_site_offer_is_sent_without_a_promise(carts, shopper, checkout):
    """A site offer lowers the cart, but not the order, so the code is worth something else there."""

    def add_site_offer(answer):
        answer["lines"][0] |= {"price_incl_tax": "39.20", "price_excl_tax": "39.20", "total_discount": "9.80"}
        return answer | {"total_discount": "9.80"}

    carts.change = add_site_offer
    page = shopper.get(f"{checkout}&code=SAVE10").text

    assert "Applied at payment" in page
    assert "−$4.90" not in page
    assert shopper.check_out(f"{checkout}&code=SAVE10", code="SAVE10").status_code == 303
    assert carts.orders[0]["vouchers"] == ["SAVE10"]
    order = Order.objects.get()
    assert (order.discount_code, order.is_total_final, str(order.total)) == ("SAVE10", False, "54.00")
