"""A discount code that NEXT can't be asked about, or whose answer isn't believed."""

import pytest
import requests

from checkout.models import PaymentIntent

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize(
    "failure",
    [requests.ReadTimeout("x"), requests.ConnectionError("x"), (503, {}), (403, {}), (429, {}), (400, {})],
)
def test_unchecked_code_is_said_and_never_paid_with(carts, shopper, checkout, failure):
    carts.fail = failure
    shopper.get(checkout)
    page = shopper.check_out(checkout, code="SAVE10", update="code").text

    assert "We couldn&#x27;t check “SAVE10”" in page
    assert "Pay $54.00 with Link" in page
    assert shopper.check_out(checkout, code="SAVE10").status_code == 200
    assert not PaymentIntent.objects.exists()


def test_unchecked_code_is_checked_again_or_removed(carts, shopper, checkout):
    carts.fail = requests.ReadTimeout("x")
    shopper.get(checkout)
    shopper.check_out(checkout, code="SAVE10", update="code")
    page = shopper.check_out(checkout, code="SAVE10", update="remove_code").text

    assert "couldn&#x27;t check" not in page
    assert shopper.check_out(checkout, code="").status_code == 303
    assert "vouchers" not in carts.orders[-1]


def test_store_that_does_not_answer_is_not_asked_by_every_page(carts, shopper, checkout, client):
    carts.fail = requests.ReadTimeout("x")
    for code in ("SAVE10", "HALF", "THIRD"):
        shopper.get(f"{checkout}&code={code}")

    assert carts.count == 1


@pytest.mark.parametrize("status", [400, 404, 422])
def test_cart_that_is_refused_delays_nobody_elses_code(carts, shopper, checkout, client, status):
    """One shopper with an item that NEXT doesn't have must not stop the codes of a whole store."""
    carts.fail = (status, {"lines": ["Not enough stock"]})
    assert "We couldn&#x27;t check “HALF”" in shopper.get(f"{checkout}&code=HALF").text

    carts.fail = None
    assert "−$4.90" in client.get(f"{checkout}&code=SAVE10").text


@pytest.mark.parametrize(
    "change",
    [
        {"currency": "EUR"},
        {"currency": None},
        {"lines": []},
        {"voucher_discounts": [{"amount": "50.00", "name": "", "voucher": {"code": "SAVE10"}}]},
        {"lines": [{"variant_id": 5, "quantity": 1, "price_incl_tax": "49.00"}]},
    ],
)
def test_answer_about_something_else_is_not_believed(carts, shopper, checkout, change):
    carts.change = lambda answer: answer | change
    shopper.get(checkout)

    page = shopper.check_out(checkout, code="SAVE10", update="code").text

    assert "We couldn&#x27;t check" in page
    assert "Pay $54.00 with Link" in page


def test_code_is_not_applied_at_a_catalog_price_that_has_changed(carts, shopper, checkout):
    """The order would go without a price, and so at NEXT's new one."""

    def raise_price(answer):
        answer["lines"][0] |= {"price_incl_tax": "52.20", "price_excl_tax": "52.20"}
        return answer

    carts.change = raise_price
    shopper.get(checkout)

    assert "We couldn&#x27;t check" in shopper.check_out(checkout, code="SAVE10", update="code").text


def test_guesses_are_limited_however_they_arrive(carts, shopper, checkout, settings):
    settings.REQUESTS_PER_MINUTE = settings.REQUESTS_PER_MINUTE | {"code": 3}
    for number in range(3):
        shopper.get(f"{checkout}&code=GUESS{number}")
    page = shopper.check_out(checkout, code="SAVE10", update="code").text

    assert "That&#x27;s a lot of codes." in page
    assert carts.count == 3
