"""The page after Link: each payment outcome, and no claim that is not certain."""

import re

import pytest

from checkout.models import PaymentIntent
from orders.models import Order
from stores.crypto import make_url_token
from tests.checkout_pages.conftest import latest_intent
from tests.factories import make_link, make_store, variant_of
from tests.payments.helpers import pay_at_link, post_return


@pytest.fixture
def link(shop):
    return make_link(shop.products.get(name="Desk lamp"))


@pytest.fixture
def intent(shop, link, shopper):
    """A payment intent whose shopper has been redirected to Link."""
    assert shopper.check_out(f"/checkout?link={link.pk}&quantity=2").status_code == 303
    return latest_intent(shop)


def page_of(intent):
    return f"/pay/{make_url_token(purpose='payment-page', subject=intent.pk)}"


def test_paid_payment_leads_to_the_thank_you_page(intent, shopper):
    answer = post_return(intent, pay_at_link(intent), client=shopper.client)
    assert answer["Location"] == page_of(intent)

    paid = shopper.get(answer["Location"])
    assert paid.status_code == 303
    thanks = shopper.get(paid["Location"])

    assert "Thank you! Your order is confirmed." in thanks.text
    assert Order.objects.get().number in thanks.text
    assert "$103.00" in thanks.text


def test_declined_payment_keeps_selection_and_typed_values(intent, link, shopper):
    pay_at_link(intent, "decline")
    post_return(intent, {}, client=shopper.client)

    page = shopper.get(page_of(intent))

    assert "Payment not completed" in page.text
    assert f"/checkout?link={link.pk}&amp;quantity=2" in page.text
    again = shopper.get(f"/checkout?link={link.pk}&quantity=2")
    assert 'value="12 Main Street"' in again.text
    assert shopper.check_out(f"/checkout?link={link.pk}&quantity=2").status_code == 303
    assert Order.objects.count() == 1


def test_another_browser_gets_the_selection_from_the_order(intent, link, client):
    post_return(intent, {})
    client.cookies.clear()

    page = client.get(page_of(intent))

    black = variant_of(link.product, "Black")
    assert f"/checkout?link={link.pk}&amp;variant={black.pk}&amp;quantity=2" in page.text


def test_unknown_outcome_is_confirming_and_the_page_polls(intent, shopper):
    """S15: a payment that may have succeeded is not reported as failed."""
    page = shopper.get(page_of(intent))

    assert page.status_code == 200
    assert "We're confirming your payment" in page.text
    assert "failed" not in page.text
    assert f'data-confirming="{page_of(intent)}/state"' in page.text
    assert '<meta http-equiv="refresh" content="5">' in page.text


def test_polling_finds_the_payment(intent, shopper):
    pay_at_link(intent)  # the return never arrives

    assert shopper.get(f"{page_of(intent)}/state").json() == {"state": "paid"}
    assert shopper.get(page_of(intent)).status_code == 303


def test_unavailable_next_api_changes_nothing(intent, shop, shopper):
    shop.sandbox.plan_fault(operation="*", kind="status", status=500, times=10)

    assert shopper.get(f"{page_of(intent)}/state").json() == {"state": "confirming", "waits_for": "next"}
    intent.refresh_from_db()
    assert intent.status == PaymentIntent.Status.REDIRECTED


def test_page_says_that_it_waits_for_a_silent_payment_service(intent, shop, shopper):
    shop.sandbox.plan_fault(operation="*", kind="status", status=500, times=10)
    silent = shopper.get(page_of(intent)).text
    PaymentIntent.objects.update(checked_at=None)
    shop.sandbox.switches(faults=[])

    answers = shopper.get(page_of(intent)).text

    assert re.findall("<p (data-waiting.*|data-usual.*)>", silent) == ["data-usual hidden", "data-waiting"]
    assert re.findall("<p (data-waiting.*|data-usual.*)>", answers) == ["data-usual", "data-waiting hidden"]
    PaymentIntent.objects.update(checked_at=None)
    assert shopper.get(f"{page_of(intent)}/state").json() == {"state": "confirming"}


def test_payment_in_review_asks_not_to_pay_again(intent, shopper):
    PaymentIntent.objects.update(status=PaymentIntent.Status.REVIEW)

    page = shopper.get(page_of(intent))

    assert "We received your payment and are reviewing your order" in page.text
    assert "please don't pay again" in page.text


@pytest.mark.parametrize("purpose", ["payment-return", "order-status", "payment-page"])
def test_payment_page_accepts_only_its_own_token(intent, shopper, purpose):
    """S9, S27: another page's token and a guessed token both fail."""
    token = make_url_token(purpose=purpose, subject=intent.pk)
    if purpose == "payment-page":
        token = token[:-1] + ("A" if token[-1] != "A" else "B")

    assert shopper.get(f"/pay/{token}").status_code == 404
    assert shopper.get(f"/pay/{token}/state").status_code == 404


def test_another_shops_host_returns_not_found(intent, client):
    make_store(host="other.example")

    assert client.get(page_of(intent), headers={"Host": "other.example"}).status_code == 404


def test_payment_pages_send_no_store_and_no_referrer(intent, shopper):
    for path in (page_of(intent), f"{page_of(intent)}/state"):
        answer = shopper.get(path)
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
