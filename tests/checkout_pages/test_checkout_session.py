"""What starts a session, and which checkout a form belongs to."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from checkout.models import PaymentIntent
from orders.models import Order
from tests.checkout_pages.conftest import ADDRESS, FormShopper, latest_intent
from tests.factories import make_link, make_product, make_store, variant_of
from tests.payments.helpers import pay_at_link, post_return


def browser():
    return FormShopper(Client(enforce_csrf_checks=True))


def post_form(page, key, **changed):
    """Post the checkout form that `page` shows, with this key."""
    return page.post(
        page.page.request["PATH_INFO"] + "?" + page.page.request["QUERY_STRING"],
        {**ADDRESS, "key": key, "shown": page.hidden("shown"), **changed},
    )


@pytest.fixture
def lamp(db):
    return make_product(make_store())


@pytest.mark.any_database
def test_opening_the_checkout_a_hundred_times_stores_nothing(lamp):
    paths = [f"/checkout?variant={variant_of(lamp).pk}", f"/checkout?link={make_link(lamp).pk}", "/cart"]

    for _time in range(34):
        for path in paths:
            assert Client().get(path).status_code == 200

    assert Session.objects.count() == 0


def test_typing_starts_a_session(lamp):
    shopper = browser()

    shopper.type_details(f"/checkout?variant={variant_of(lamp).pk}")

    assert Session.objects.count() == 1
    assert shopper.client.session["buyer"]["email"] == "ada@example.com"


def test_form_opened_before_any_session_is_one_purchase_however_often_it_is_posted(shop):
    """S20: two posts of a double click may each arrive without a session."""
    shopper = browser()
    shopper.get(f"/checkout?variant={variant_of(shop.products.get(name='Light bulb')).pk}")
    page, key = shopper.page, shopper.hidden("key")
    for _click in range(2):
        shopper.page = page
        assert post_form(shopper, key).status_code == 303
        shopper.client.cookies.pop("sessionid")

    assert (Order.objects.count(), PaymentIntent.objects.count()) == (1, 1)


def test_two_tabs_opened_before_any_session_pay_for_one_order(shop):
    shopper = browser()
    path = f"/checkout?variant={variant_of(shop.products.get(name='Light bulb')).pk}"
    first, second = shopper.get(path), shopper.get(path)

    for page in (first, second):
        shopper.page = page
        assert post_form(shopper, shopper.hidden("key")).status_code == 303

    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    "make_key", [lambda order: order.checkout_key, lambda order: order.checkout_key + ".x"]
)
def test_checkout_key_from_the_database_opens_no_purchase(shop, make_key):
    """Only the form has the key as we signed it."""
    shopper, thief = browser(), browser()
    path = f"/checkout?variant={variant_of(shop.products.get(name='Light bulb')).pk}"
    shopper.check_out(path)
    intent = latest_intent(shop)
    post_return(intent, pay_at_link(intent))
    thief.get(path)

    answer = post_form(thief, make_key(Order.objects.get()), email="eve@example.com")

    assert answer.status_code == 303
    assert list(Order.objects.order_by("created_at").values_list("email", flat=True)) == [
        "ada@example.com",
        "eve@example.com",
    ]


def test_key_of_one_checkout_starts_no_other(shop):
    shopper = browser()
    bulb, lamp = (variant_of(shop.products.get(name=name)) for name in ("Light bulb", "Desk lamp"))
    shopper.get(f"/checkout?variant={bulb.pk}")
    key = shopper.hidden("key")
    post_form(shopper, key)
    shopper.get(f"/checkout?variant={lamp.pk}")

    post_form(shopper, key)

    assert Order.objects.count() == 2
