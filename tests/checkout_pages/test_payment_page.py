"""After the return: every way a payment can go has a page, which tells what is known and no more."""

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
    """An attempt whose shopper is at Link."""
    assert shopper.check_out(f"/checkout?link={link.pk}&quantity=2").status_code == 303
    return latest_intent(shop)


def page_of(intent):
    return f"/pay/{make_url_token(purpose='payment-page', subject=intent.pk)}"


def test_a_paid_one_leads_to_the_thanks(intent, shopper):
    answer = post_return(intent, pay_at_link(intent), client=shopper.client)
    assert answer["Location"] == page_of(intent)

    paid = shopper.get(answer["Location"])
    assert paid.status_code == 303
    thanks = shopper.get(paid["Location"])

    assert "Thank you! Your order is confirmed." in thanks.text
    assert Order.objects.get().number in thanks.text
    assert "$103.00" in thanks.text


def test_a_declined_one_keeps_the_selection_and_what_was_typed(intent, link, shopper):
    pay_at_link(intent, "decline")
    post_return(intent, {}, client=shopper.client)

    page = shopper.get(page_of(intent))

    assert "The payment was not completed" in page.text
    assert f"/checkout?link={link.pk}&amp;quantity=2" in page.text
    again = shopper.get(f"/checkout?link={link.pk}&quantity=2")
    assert 'value="12 Main Street"' in again.text
    assert shopper.check_out(f"/checkout?link={link.pk}&quantity=2").status_code == 303
    assert Order.objects.count() == 1


def test_from_another_browser_the_selection_is_read_off_the_order(intent, link, client):
    post_return(intent, {})
    client.cookies.clear()

    page = client.get(page_of(intent))

    black = variant_of(link.product, "Black")
    assert f"/checkout?link={link.pk}&amp;variant={black.pk}&amp;quantity=2" in page.text


def test_an_unknown_outcome_is_being_confirmed_and_asks_again_by_itself(intent, shopper):
    """S15: nothing is called failed that may have succeeded."""
    page = shopper.get(page_of(intent))

    assert page.status_code == 200
    assert "We are confirming your payment" in page.text
    assert "failed" not in page.text
    assert f'data-confirming="{page_of(intent)}/state"' in page.text
    assert '<meta http-equiv="refresh" content="5">' in page.text


def test_the_page_finds_out_by_itself_that_it_was_paid(intent, shopper):
    pay_at_link(intent)  # and the return never comes

    assert shopper.get(f"{page_of(intent)}/state").json() == {"state": "paid"}
    assert shopper.get(page_of(intent)).status_code == 303


def test_a_store_that_is_away_changes_nothing(intent, shop, shopper):
    shop.sandbox.plan_fault(operation="*", kind="status", status=500)

    assert shopper.get(f"{page_of(intent)}/state").json() == {"state": "confirming"}
    intent.refresh_from_db()
    assert intent.status == PaymentIntent.Status.REDIRECTED


def test_a_payment_under_review_says_so_and_names_no_success(intent, shopper):
    PaymentIntent.objects.update(status=PaymentIntent.Status.REVIEW)

    page = shopper.get(page_of(intent))

    assert "We have your payment and are looking into it" in page.text
    assert "please do not pay again" in page.text


@pytest.mark.parametrize("purpose", ["payment-return", "order-status", "payment-page"])
def test_the_address_opens_with_its_own_secret_alone(intent, shopper, purpose):
    """S9, S27: no other secret, and nothing guessed."""
    token = make_url_token(purpose=purpose, subject=intent.pk)
    if purpose == "payment-page":
        token = token[:-1] + ("A" if token[-1] != "A" else "B")

    assert shopper.get(f"/pay/{token}").status_code == 404
    assert shopper.get(f"/pay/{token}/state").status_code == 404


def test_another_shops_host_does_not_show_it(intent, client):
    make_store(host="other.example")

    assert client.get(page_of(intent), headers={"Host": "other.example"}).status_code == 404


def test_the_pages_are_kept_nowhere_and_their_address_goes_nowhere(intent, shopper):
    for path in (page_of(intent), f"{page_of(intent)}/state"):
        answer = shopper.get(path)
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
