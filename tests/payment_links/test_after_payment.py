"""What a payment link says after payment, and where it sends the shopper."""

import pytest
from django.test import Client

from checkout.payments.payment_return import payment_page_url
from checkout.payments.settle import check_payment_intent
from checkout.upsells.selection import thanks_url, upsell_url
from orders.models import Order, OrderEvent
from tests.factories import make_link
from tests.payments.helpers import make_selection, own_checkout, pay_at_link, submit_checkout
from tests.upsells.helpers import make_upsell

WELCOME = "https://example.com/welcome?from=shop"


@pytest.fixture
def buy(shop):
    """Return a function that buys through a link with these settings, and returns the paid order."""

    def paid(**settings):
        link = make_link(shop.products.get(name="Desk lamp"), **settings)
        intent = submit_checkout(shop, make_selection(shop, link=link))
        pay_at_link(intent)
        check_payment_intent(intent=intent, source=OrderEvent.Source.SHOPPER)
        order = Order.objects.get()
        order.store = shop
        return order

    return paid


def payment_page(order):
    return payment_page_url(order.payment_intents.get())


def test_thank_you_page_has_the_links_message_and_button(buy, client):
    order = buy(
        thank_you_text="Doors open at 7.\nMap: https://maps.example/x <b>",
        return_url=WELCOME,
        return_label="Get your ticket",
    )

    page = client.get(thanks_url(order)).text

    assert "Doors open at 7.<br>Map: <a href=" in page
    assert "&lt;b&gt;" in page
    assert f'<a class="button" href="{WELCOME}"><bdi>Get your ticket</bdi></a>' in page


def test_shopper_goes_on_right_after_payment(buy, client):
    order = buy(return_url=WELCOME, returns_at_once=True)

    answer = own_checkout(client, order).get(payment_page(order))

    assert (answer.status_code, answer["Location"]) == (303, WELCOME)


def test_another_browser_is_not_sent_on(buy):
    order = buy(return_url=WELCOME, returns_at_once=True)

    answer = Client().get(payment_page(order))

    assert answer.status_code == 200
    assert WELCOME not in answer.text


def test_upsells_come_first_and_may_lead_there(shop, buy, client):
    make_upsell(shop)
    order = buy(return_url=WELCOME, returns_at_once=True)
    own_checkout(client, order)

    assert client.get(payment_page(order))["Location"] == upsell_url(order)
    page = client.get(upsell_url(order))
    assert "form-action 'self' https:;" in page["Content-Security-Policy"]
    attempt = order.upsell_attempts.get()
    answer_url = f"{upsell_url(order)}/{attempt.pk}/answer"
    client.post(answer_url, {"answer": "no"}, headers={"Sec-Fetch-Site": "same-origin"})

    assert client.get(upsell_url(order))["Location"] == WELCOME


@pytest.mark.parametrize("address", ["http://example.com/welcome", "javascript:alert(1)", "//example.com"])
def test_only_a_safe_address_replaces_the_thank_you_page(buy, client, address):
    """Programs may store http addresses, which stay a button."""
    order = buy(return_url=address, returns_at_once=True)

    answer = own_checkout(client, order).get(payment_page(order))

    assert answer["Location"] == thanks_url(order)


def test_what_follows_payment_stays_as_it_was_sold(buy, client):
    order = buy(thank_you_text="See you on Friday")
    order.store.payment_links.update(thank_you_text="See you on Monday")

    assert "See you on Friday" in client.get(thanks_url(order)).text
