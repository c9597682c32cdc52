"""What shoppers agree to besides the order: asked for unticked, kept with its words and time."""

import pytest
from django.core import mail as outgoing
from django.utils import timezone

from checkout.models import PaymentIntent
from checkout.upsells.selection import upsell_url
from orders import notifications
from orders.models import Order, OrderConsent
from stores.models import Store
from tests.checkout_pages.conftest import latest_intent
from tests.checkout_pages.test_checkout import create_requests, lamp, link
from tests.factories import variant_of
from tests.payments.helpers import pay_at_link, post_return
from tests.upsells.helpers import make_upsell
from tests.upsells.test_pages import Visitor

__all__ = ["lamp", "link"]
WORDING = (
    "I agree that delivery begins right away, before the withdrawal period ends. I know that I lose my right "
    "of withdrawal once it begins."
)


@pytest.fixture
def notes(shop):
    """Return a digital variant that starts at once, in a shop that asks for consent."""
    shop.early_start_consent = "on"
    shop.next_sends_receipt = False
    shop.save()
    shop.products.filter(name="Field notes").update(starts_at_once=True)
    return variant_of(shop.products.get(name="Field notes"))


def pay(shop):
    intent = latest_intent(shop)
    post_return(intent, pay_at_link(intent))
    return Order.objects.get(pk=intent.order_id)


# Digital goods.


@pytest.mark.parametrize(
    ("fields", "country", "asks"),
    [
        ({}, "DE", True),
        ({}, "NO", True),
        ({}, "GB", True),
        ({}, "US", False),
        ({"countries": ["FR"]}, "", True),
        ({"currency": "EUR"}, "", True),
        ({"currency": "USD"}, "", False),
        ({"early_start_consent": "on"}, "US", True),
        ({"early_start_consent": "off"}, "DE", False),
    ],
)
def test_consent_is_asked_for_where_the_law_gives_a_right_to_lose(fields, country, asks):
    assert Store(**fields).asks_to_start_early(country) is asks


def test_digital_goods_need_a_tick_of_its_own_that_is_kept_with_the_order(shop, notes, shopper, admin_client):
    path = f"/checkout?variant={notes.pk}"
    page = shopper.get(path).text
    box = page.partition('name="early_start"')[2].partition(">")[0]
    assert WORDING in page
    assert "checked" not in box
    # Before the button, and apart from it.
    assert page.index('name="early_start"') < page.index("data-pay>")

    refused = shopper.check_out(path)
    assert "Please agree, or remove these products." in refused.text
    assert not PaymentIntent.objects.exists()

    before = timezone.now()
    assert shopper.check_out(path, early_start="on").status_code == 303
    consent = OrderConsent.objects.get()
    assert (consent.kind, consent.text, consent.items) == ("early_start", WORDING, "Field notes")
    assert before <= consent.given_at <= timezone.now()

    pay(shop)
    notifications.send_due_notifications()
    for body in (outgoing.outbox[0].body, outgoing.outbox[0].alternatives[0].content):
        assert "you agreed to this for Field notes:" in body
        assert WORDING in body
    assert WORDING in admin_client.get(f"/admin/orders/order/{consent.order_id}/change/").text
    # The next order asks again.
    assert "checked" not in shopper.get(path).text.partition('name="early_start"')[2].partition(">")[0]


def test_goods_that_ship_or_start_later_need_none(shop, link, lamp, notes, shopper):
    shop.products.update(starts_at_once=True)
    assert "early_start" not in shopper.get(f"/checkout?link={link.pk}").text

    shop.products.update(starts_at_once=False)
    assert "early_start" not in shopper.get(f"/checkout?variant={notes.pk}").text


def test_digital_upsell_needs_a_tick_of_its_own(shop, notes, client):
    make_upsell(shop, "Field notes")
    visitor = Visitor(client)
    order = visitor.buy(shop)
    page = visitor.open(upsell_url(order))
    assert WORDING in page.text

    again = visitor.say("yes")
    assert "Please agree if you want to add this." in again.text
    assert not OrderConsent.objects.exists()

    address = again.text.partition('<form method="post" action="')[2].partition('"')[0]
    data = {"answer": "yes", "early_start": "on"}
    client.post(address, data, headers={"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"})
    consent = OrderConsent.objects.get()
    assert (consent.order, consent.items, consent.text) == (order, "Field notes", WORDING)
    assert order.upsell_attempts.get().status == "charged"


# News by email.


@pytest.mark.parametrize(
    ("fields", "country", "confirms"),
    [
        ({}, "DE", True),
        ({}, "AT", True),
        ({}, "FR", False),
        ({"countries": ["FR", "DE"]}, "", True),
        ({"countries": ["FR"]}, "", False),
        ({"marketing_confirmation": "on"}, "US", True),
        ({"marketing_confirmation": "off"}, "DE", False),
    ],
)
def test_sign_up_is_confirmed_by_email_where_that_is_the_proof(fields, country, confirms):
    assert Store(**fields).confirms_marketing(country) is confirms


def test_consent_to_news_is_unticked_and_kept_with_its_words(shop, link, shopper):
    path = f"/checkout?link={link.pk}"
    box = shopper.get(path).text.partition('name="accepts_marketing"')[2].partition(">")[0]
    assert "checked" not in box

    shopper.check_out(path, accepts_marketing="on")

    assert create_requests(shop)[0]["body"]["user"]["accepts_marketing"] is True
    consent = OrderConsent.objects.get()
    assert (consent.kind, consent.text) == ("marketing", "Email me occasional news and offers.")
    assert consent.is_in_force


def test_news_are_agreed_to_only_once_confirmed_and_never_by_looking(shop, link, shopper):
    shop.marketing_confirmation = "on"
    shop.save()
    path = f"/checkout?link={link.pk}"
    shopper.check_out(path, accepts_marketing="on")
    order = pay(shop)
    assert create_requests(shop)[0]["body"]["user"]["accepts_marketing"] is False
    assert order.accepts_marketing is False

    notifications.send_due_notifications()
    message = next(message for message in outgoing.outbox if "Confirm that you want news" in message.subject)
    assert "Email me occasional news and offers." in message.body
    address = message.body.partition("http://testserver")[2].split()[0]
    for _ in range(2):
        assert ">Confirm</button>" in shopper.client.get(address).text
    assert OrderConsent.objects.get().confirmed_at is None

    for _ in range(2):
        assert shopper.client.post(address).status_code == 303
    assert "Confirmed." in shopper.client.get(address).text
    order.refresh_from_db()
    assert order.accepts_marketing is True
    assert OrderConsent.objects.get().confirmed_at is not None
    assert order.events.filter(kind="consent").count() == 1

    # A person who confirmed before isn't asked again.
    shopper.page = None
    shopper.check_out(path, accepts_marketing="on")
    assert create_requests(shop)[1]["body"]["user"]["accepts_marketing"] is True


def test_confirmation_of_an_erased_customer_is_gone(shop, link, shopper):
    from orders.customers import resolve_order_customer
    from orders.privacy import erase_order

    shop.marketing_confirmation = "on"
    shop.save()
    shopper.check_out(f"/checkout?link={link.pk}", accepts_marketing="on")
    order = pay(shop)
    notifications.send_due_notifications()
    address = outgoing.outbox[-1].body.partition("http://testserver")[2].split()[0]
    customer = resolve_order_customer(order=order)

    erase_order(order=order, customer=customer, actor="mia")

    assert shopper.client.post(address).status_code == 404
    assert OrderConsent.objects.get().confirmed_at is None
