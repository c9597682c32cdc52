"""What shoppers type at the checkout, and the button that makes it an order."""

import pytest

from checkout.addresses import get_address_parts
from checkout.models import ShippingMethod
from orders.models import Order
from stores.consumer_law import needs_fixed_order_button
from stores.models import Store
from tests.checkout_pages.test_checkout import create_requests, lamp, link

__all__ = ["lamp", "link"]


def test_name_of_one_word_is_enough(shop, link, shopper):
    assert shopper.check_out(f"/checkout?link={link.pk}", name="Madonna").status_code == 303

    sent = create_requests(shop)[0]["body"]
    assert (sent["user"]["first_name"], sent["user"]["last_name"]) == ("Madonna", "")
    assert (sent["shipping_address"]["first_name"], sent["shipping_address"]["last_name"]) == ("Madonna", "-")
    assert Order.objects.get().name == "Madonna"


def test_details_are_stored_and_sent_as_they_were_meant(shop, link, shopper):
    page = f"/checkout?link={link.pk}"
    typed = {
        "name": "Ａｄａ\u200b  Lovelace",
        "email": "mailto:ada@Example.com\ufeff",
        "postal_code": "１０９５２",
    }

    assert shopper.check_out(page, **typed).status_code == 303

    order = Order.objects.get()
    assert (order.name, order.email) == ("Ada Lovelace", "ada@example.com")
    assert create_requests(shop)[0]["body"]["shipping_address"]["postcode"] == "10952"


def test_postal_code_of_another_state_is_asked_about_once(shop, link, shopper):
    page = f"/checkout?link={link.pk}"
    typed = {"state": "TX", "city": "Texhoma", "postal_code": "73949"}

    asked = shopper.check_out(page, **typed, email=" mailto:Ada@Example.com.")
    assert "This code is unusual for Texas." in asked.text
    assert 'value="Ada@example.com"' in asked.text  # as it would be stored
    assert not create_requests(shop)
    confirmed = shopper.hidden("unusual_postal_code")
    other = shopper.check_out(page, **typed | {"postal_code": "10952"}, unusual_postal_code=confirmed)
    assert "This code is unusual for Texas." in other.text

    assert shopper.check_out(page, **typed, unusual_postal_code=confirmed).status_code == 303


def test_japanese_address_is_asked_for_as_it_is_written():
    parts = get_address_parts("JP")

    assert [part.name for part in parts] == ["postal_code", "state", "city", "line1", "line2"]
    assert [str(part.label) for part in parts][1:3] == ["Prefecture", "City or ward"]
    assert [part.required for part in parts] == [True, True, True, True, False]


@pytest.mark.parametrize(
    ("country", "label"),
    [
        ("US", "Pay $54.00 with Link"),
        ("DE", "Buy now"),
        ("GB", "Buy now"),
        ("NO", "Buy now"),
        ("CH", "Pay $54.00"),
    ],
)
def test_order_button_says_what_the_law_of_the_country_asks_for(shop, link, shopper, country, label):
    shop.countries = ["US", "DE", "GB", "NO", "CH"]
    shop.save(update_fields=["countries"])
    ShippingMethod.objects.update(countries=[])
    shopper.get(f"/checkout?link={link.pk}")

    page = shopper.check_out(f"/checkout?link={link.pk}", country=country, update="country").text

    button = page.partition("data-pay>")[2].partition("</button>")[0]
    assert button.strip().startswith(label)
    assert "$54.00" in page.partition("data-pay>")[0]


@pytest.mark.parametrize(
    ("countries", "currency", "is_fixed"),
    [
        ([], "USD", False),
        ([], "EUR", True),
        ([], "SEK", True),
        (["US"], "EUR", False),
        (["IE", "US"], "USD", True),
    ],
)
def test_order_without_an_address_is_one_of_the_stores_own_country(countries, currency, is_fixed):
    store = Store(countries=countries, currency=currency)

    assert needs_fixed_order_button(store=store, country="") is is_fixed
    assert needs_fixed_order_button(store=store, country="FR")
