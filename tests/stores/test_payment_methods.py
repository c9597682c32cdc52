"""The table of payment methods, and which of them a store offers."""

import pytest
from django.urls import reverse

from stores.models import Store, StoreHealth
from stores.offered_payment_methods import list_payment_methods
from stores.payment_methods import PAYMENT_METHODS
from stores.templatetags.payment_tags import payment_methods
from tests.factories import make_store, numbers
from tests.stores.test_admin import save

EURO = ["AT", "BE", "BG", "CY", "DE", "EE", "ES", "FI", "FR", "GR", "HR"]
EURO += ["IE", "IT", "LT", "LU", "LV", "MT", "NL", "PT", "SI", "SK"]
# Code: (currencies, countries, least amount, takes subscriptions, takes upsells, settles later).
LIMITS = {
    "link": ([], 0, "0", True, True, False),
    "paypal": ([], 0, "0", True, True, False),
    "klarna": ([], 23, "0", True, True, False),
    "apple_pay": ([], 0, "0", True, True, False),
    "google_pay": ([], 0, "0", True, True, False),
    "twint": (["CHF"], 1, "0", True, True, False),
    "ideal": (["EUR"], 2, "0", False, False, False),
    "bancontact": (["EUR"], 2, "0", False, False, False),
    "sepa_debit": (["EUR"], 21, "0", False, False, True),
    "affirm": (["CAD", "USD"], 2, "50.00", False, False, False),
    "swish": (["SEK"], 1, "0", False, False, False),
    "test_3ds_card": ([], 0, "0", True, True, False),
}


def offer(*codes, currency="USD", is_live=False, **settings):
    """Return the codes that a store with these methods offers, with what NEXT says about it."""
    store = make_store(
        payment_methods=[*codes],
        currency=currency,
        is_live=is_live,
        payment_gateway=7,
        host=f"shop-{next(numbers)}.example",
    )
    StoreHealth.record(store, next_settings=settings)
    return [method.code for method in list_payment_methods(store)]


@pytest.mark.any_database
def test_limits_of_each_method():
    found = {
        code: (
            sorted(method.currencies),
            len(method.countries),
            str(method.least_amount),
            method.takes_subscriptions,
            method.takes_upsells,
            method.settles_later,
        )
        for code, method in PAYMENT_METHODS.items()
    }

    assert found == LIMITS
    assert sorted(PAYMENT_METHODS["sepa_debit"].countries) == EURO
    assert not {"giropay", "sofort", "afterpay"} & PAYMENT_METHODS.keys()


def test_store_offers_link_until_its_merchant_turns_on_others(db):
    assert offer(*make_store().payment_methods) == ["link"]
    assert offer("klarna", "link", "paypal") == ["klarna", "link", "paypal"]


def test_method_of_another_currency_is_not_offered(db):
    assert offer("twint", "link", "affirm", currency="USD") == ["link", "affirm"]
    assert offer("twint", "swish", currency="USD") == ["link"]


@pytest.mark.parametrize(
    ("listed", "offered"),
    [
        ({"link": [], "klarna": ["USD"]}, ["link", "klarna"]),
        ({"link": [], "klarna": ["EUR"]}, ["link"]),
        ({"link": ["USD"]}, ["link"]),
        ({"klarna": []}, ["link", "klarna"]),  # a gateway of Stripe takes Link, whatever the list says
        ({}, ["link", "klarna", "paypal"]),  # NEXT doesn't say
    ],
)
def test_what_next_does_not_take_is_not_offered(db, listed, offered):
    stripe = {"id": 7, "name": "Stripe", "is_group": False, "methods": {"link": [], "klarna": []}}
    routes = [stripe] if listed else []

    assert offer("link", "klarna", "paypal", routes=routes, payment_methods=listed) == offered


def test_paypal_has_an_account_beside_the_gateway(db):
    stripe = {"id": 7, "name": "Stripe", "is_group": False, "methods": {"link": []}}

    assert offer("link", "paypal", routes=[stripe], payment_methods={"paypal": []}) == ["link", "paypal"]


def test_list_that_leaves_no_method_closes_no_shop(db):
    """S32: the merchant's choice stands."""
    group = {"id": 9, "name": "All", "is_group": True, "methods": {}}
    assert offer("paypal", "klarna", routes=[group], payment_methods={"swish": []}) == ["paypal", "klarna"]


def test_live_store_never_offers_the_test_card(db):
    assert offer("test_3ds_card", "link") == ["test_3ds_card", "link"]
    store = make_store(is_live=True)
    store.payment_methods = ["test_3ds_card"]
    assert [method.code for method in list_payment_methods(store)] == ["link"]


def test_staff_turn_methods_on_and_put_them_in_order(admin_client):
    store = make_store()

    positions = {"payment_methods_position_klarna": "1", "payment_methods_position_link": "2"}
    save(admin_client, store, payment_methods=["link", "klarna"], **positions)
    assert Store.objects.get().payment_methods == ["klarna", "link"]

    page = save(admin_client, store, payment_methods=[]).text
    assert "Turn on at least one payment method." in page
    page = save(admin_client, store, payment_methods=["cash"]).text
    assert "Choose from the payment methods listed." in page
    assert Store.objects.get().payment_methods == ["klarna", "link"]


def test_page_says_where_each_method_works(admin_client):
    page = admin_client.get(reverse("admin:stores_store_change", args=[make_store().pk])).text

    assert "CHF · Switzerland" in page
    assert "CAD, USD · Canada, United States · from 50.00 · no subscriptions" in page
    assert "EUR · 21 countries · no subscriptions · money arrives days later" in page


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("codes", "text"),
    [
        (["link"], "Link"),
        (["link", "paypal"], "Link or PayPal"),
        (["link", "paypal", "klarna"], "Link, PayPal, or Klarna"),
        (["link", "paypal", "klarna", "affirm"], "Link, PayPal, Klarna, or another method"),
        (["twint"], "Link"),  # which takes no dollars
    ],
)
def test_product_pages_name_the_first_methods(codes, text):
    assert payment_methods(Store(currency="USD", payment_methods=codes)) == text
