"""A discount code that takes nothing off the order."""

import pytest

from checkout.models import PaymentIntent
from orders.models import Order
from tests.factories import variant_of

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize("code", ["NOPE", "two words", "x" * 129, "SAVE10\u200b", "'\"><b>", "ＳＡＶＥ１０"])
def test_code_that_gives_nothing_is_refused_and_takes_nothing_with_it(carts, shopper, checkout, code):
    shopper.get(checkout)
    page = shopper.check_out(checkout, code=code, update="code", name="Grace Hopper").text

    assert "takes nothing off this order" in page
    assert "Pay $54.00 with Link" in page
    assert 'value="Grace Hopper"' in page
    assert "<b>" not in page
    assert shopper.check_out(checkout, code="").status_code == 303
    assert Order.objects.get().discount_code == ""


def test_wrong_code_stops_the_payment_once(carts, shopper, checkout):
    shopper.get(checkout)
    page = shopper.check_out(checkout, code="NOPE").text

    assert "takes nothing off this order" in page
    assert not PaymentIntent.objects.exists()
    assert shopper.check_out(checkout, code="").status_code == 303


def test_wrong_code_in_the_address_does_not_stop_the_payment(carts, shopper, checkout):
    page = shopper.get(f"{checkout}&code=NOPE").text

    assert "takes nothing off this order" in page
    assert shopper.check_out(f"{checkout}&code=NOPE", code="").status_code == 303


def test_code_is_refused_if_the_cart_names_another_one(carts, shopper, checkout):
    """A site offer lowers the cart too. It isn't ours to promise."""

    def name_another(answer):
        answer["voucher_discounts"][0]["voucher"]["code"] = "OTHER"
        return answer

    carts.change = name_another
    shopper.get(checkout)

    assert "takes nothing off" in shopper.check_out(checkout, code="SAVE10", update="code").text


@pytest.mark.parametrize(
    "body",
    [{"vouchers": ["Voucher is not valid."]}, {"detail": "Unknown coupon"}, {"vouchers": {"0": ["No."]}}],
)
def test_code_that_a_cart_answers_with_400_is_refused(carts, shopper, checkout, body):
    carts.fail = (400, body)
    shopper.get(checkout)

    assert "takes nothing off" in shopper.check_out(checkout, code="SAVE10", update="code").text


def test_code_that_leaves_nothing_to_pay_is_refused(shop, carts, shopper):
    carts.codes["FREE"] = 100
    notes = variant_of(shop.products.get(name="Field notes"))
    address = f"/checkout?variant={notes.pk}"
    shopper.get(address)
    page = shopper.check_out(address, code="FREE", update="code").text

    assert "too small an amount to pay" in page
    assert "Pay $5.00 with Link" in page


def test_code_for_all_goods_leaves_the_shipping_to_pay(carts, shopper, checkout):
    carts.codes["FREE"] = 100
    shopper.get(checkout)

    assert "Pay $5.00 with Link" in shopper.check_out(checkout, code="FREE", update="code").text
