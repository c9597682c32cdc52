"""A link opened with a token: harmless to previews, redeemed once by a person's browser."""

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from orders.ephemeral_tokens import TokenSpent, issue_token, redeem_token
from orders.models import Customer, EphemeralToken, Order
from stores.crypto import make_url_token
from tests.checkout_pages.conftest import FormShopper, latest_intent
from tests.factories import make_link, make_product, make_store, variant_of
from tests.payments.helpers import pay_at_link, post_return

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"}


@pytest.fixture
def store(db):
    return make_store()


@pytest.fixture
def link(store):
    return make_link(make_product(store, options={"Color": ["Black", "White"]}))


@pytest.fixture
def ada(store):
    return Customer.objects.create(
        store=store, name="Ada King Lovelace", email="ada@example.com", phone="+12025550140"
    )


def token_for(store, customer=None, **fields):
    subject = {"idp_key": "email", "idp_subject": customer.email} if customer else {}
    return issue_token(store=store, **subject, **fields)[0]


def open_link(client, link, secret, query=""):
    return client.get(f"/link/{link.pk}?ephemeral_token={secret}{query}")


def redeem(client, link, secret, headers=SAME_ORIGIN, **more):
    return client.post(f"/link/{link.pk}/enter", {"ephemeral_token": secret, **more}, headers=headers)


def test_previews_do_not_use_up_the_token(link, store, ada):
    """R118: messengers fetch the address first, any number of times."""
    secret = token_for(store, ada)
    for agent in ("WhatsApp/2.24", "facebookexternalhit/1.1", "Mozilla/5.0"):
        page = Client(headers={"User-Agent": agent}).get(f"/link/{link.pk}?ephemeral_token={secret}")
        assert page.status_code == 200
        assert Client().head(f"/link/{link.pk}?ephemeral_token={secret}").status_code == 200

    assert EphemeralToken.objects.get().redeemed_at is None
    assert redeem(Client(), link, secret).status_code == 303


def test_token_page_reveals_nothing_about_the_customer(client, link, store, ada):
    secret = token_for(store, ada)

    page = open_link(client, link, secret)

    assert f'action="/link/{link.pk}/enter"' in page.text
    assert f'name="ephemeral_token" value="{secret}"' in page.text
    assert "<button" in page.text
    assert "<script" not in page.text  # nothing but a person's click uses the token up
    # Random ids may contain "Ada", but neither of these.
    assert "@" not in page.text
    assert "Ada " not in page.text
    assert "Lovelace" not in page.text


def test_token_page_is_private(client, link, store):
    page = open_link(client, link, token_for(store))

    assert page["Cache-Control"] == "no-store"
    assert page["Referrer-Policy"] == "strict-origin"  # its form posts and reveals only the host
    assert list(page.cookies) == ["csrftoken"]


def test_redeeming_removes_the_token_from_the_url_and_prefills_details(client, link, store, ada):
    """R119, X9."""
    secret = token_for(store, ada)

    answer = redeem(client, link, secret, utm_source="chat")

    assert answer.status_code == 303
    assert answer["Location"] == f"/link/{link.pk}?utm_source=chat"  # there is a color to choose
    assert answer["Cache-Control"] == "no-store"
    variant = link.default_variant_id
    page = client.get(f"/checkout?link={link.pk}&variant={variant}").text
    for value in ("ada@example.com", "+12025550140", "Ada King Lovelace"):
        assert f'value="{value}"' in page


def test_redeeming_skips_to_checkout_if_nothing_is_left_to_choose(client, store, ada, link):
    """R119."""
    bulb = make_link(make_product(store, name="Light bulb"))

    assert redeem(client, bulb, token_for(store, ada))["Location"] == f"/checkout?link={bulb.pk}"
    variant = variant_of(link.product, "White").pk
    assert (
        redeem(client, link, token_for(store, ada), variant=variant)["Location"]
        == f"/checkout?link={link.pk}&variant={variant}"
    )


def test_token_redeems_once(client, link, store, ada):
    """R121, X9."""
    secret = token_for(store, ada)
    assert redeem(Client(), link, secret).status_code == 303

    page = redeem(client, link, secret)

    assert page.status_code == 410
    assert f'href="/link/{link.pk}"' in page.text  # the link to continue without the token
    assert "ada@example.com" not in client.get(f"/checkout?link={link.pk}").text


def test_reloading_is_not_a_second_use(client, link, store, ada):
    """X9: the buyer is in the session."""
    secret = token_for(store, ada)
    redeem(client, link, secret)

    assert redeem(client, link, secret).status_code == 303
    again = open_link(client, link, secret, "&utm_source=chat")
    assert (again.status_code, again["Location"]) == (303, f"/link/{link.pk}?utm_source=chat")


def test_expired_token_is_refused(client, link, store, ada):
    """R120, R122."""
    secret = token_for(store, ada)
    EphemeralToken.objects.update(expires_at=timezone.now() - datetime.timedelta(seconds=1))

    assert redeem(client, link, secret).status_code == 410


@pytest.mark.parametrize("secret", ["", "eph_", "eph_nothing", "x" * 5000, "ü\x00"])
def test_unknown_token_is_refused(client, link, secret):
    assert redeem(client, link, secret).status_code == 410


def test_token_works_only_in_its_own_store(client, link, ada, store):
    other = make_store(host="other.example.com")
    secret = token_for(other)

    assert redeem(client, link, secret).status_code == 410
    with pytest.raises(TokenSpent):
        redeem_token(store=store, secret=secret)
    assert redeem_token(store=other, secret=secret).store == other


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
    ],
)
def test_another_site_cannot_redeem_a_token(link, store, headers):
    """Another site cannot switch a shopper to another customer."""
    client = Client(enforce_csrf_checks=True)
    assert redeem(client, link, token_for(store), headers=headers).status_code == 403
    assert EphemeralToken.objects.get().redeemed_at is None


def test_closed_link_does_not_use_up_the_token(client, link, store):
    type(link).objects.update(active=False)
    secret = token_for(store)

    assert open_link(client, link, secret).status_code == 410
    assert redeem(client, link, secret).status_code == 410
    assert open_link(client, make_link(make_product(store, name="Rug")), "").status_code == 200
    assert EphemeralToken.objects.get().redeemed_at is None


def test_unknown_link_is_not_found(client, store):
    assert client.get("/link/plink_nothing?ephemeral_token=eph_x").status_code == 404
    assert client.post("/link/plink_nothing/enter", headers=SAME_ORIGIN).status_code == 404


def test_page_without_a_token_is_public(client, link):
    page = client.get(f"/link/{link.pk}")

    assert page["Cache-Control"].startswith("public")
    assert not page.cookies
    assert client.get(f"/link/{link.pk}?ephemeral_token=").status_code == 200


def test_short_url_keeps_the_token(client, link, store):
    """X1, R118."""
    secret = token_for(store)

    answer = client.get(f"/{link.pk}?ephemeral_token={secret}")

    assert answer["Location"] == f"/link/{link.pk}?ephemeral_token={secret}"


def test_redeeming_changes_the_session_id(client, link, store, ada):
    """This prevents session fixation."""
    client.get(f"/checkout?link={link.pk}&variant={link.default_variant_id}")
    before = client.session.session_key

    redeem(client, link, token_for(store, ada))

    assert client.session.session_key != before


def test_redeeming_clears_details_typed_before(client, link, store):
    shopper = FormShopper(client)
    shopper.get(f"/checkout?link={link.pk}")
    shopper.post(f"/checkout?link={link.pk}", {"email": "bob@example.com", "update": "country"})

    redeem(client, link, token_for(store))

    assert "bob@example.com" not in client.get(f"/checkout?link={link.pk}").text


def paid_through_token(shop, client, link, secret, **changed):
    """Redeem the token, check out, pay at Link, and return to the shop. Return the order."""
    checkout_url = redeem(client, link, secret)["Location"]
    shopper = FormShopper(client)
    answer = shopper.check_out(checkout_url, **changed)
    assert answer.status_code == 303, answer.text
    intent = latest_intent(shop)
    post_return(intent, pay_at_link(intent))
    intent.refresh_from_db()
    return Order.objects.get(pk=intent.order_id)


@pytest.fixture
def bulb(shop):
    return make_link(shop.products.get(name="Light bulb"))


def test_paid_order_saves_the_channel_and_links_back(shop, bulb, client):
    """R112 to R114, R116."""
    ada = Customer.objects.create(store=shop, name="Ada Lovelace", email="ada@example.com")
    secret = token_for(
        shop,
        ada,
        provider="whatsapp",
        order_id="their-77",
        issued_by="bot-3",
        channel_metadata={"thread": 7},
        return_url="https://chat.example/thread/7",
    )

    order = paid_through_token(shop, client, bulb, secret)

    assert order.status == "Paid"
    assert order.customer == ada
    assert order.channel == {
        "customer_id": ada.pk,
        "provider": "whatsapp",
        "order_id": "their-77",
        "issued_by": "bot-3",
        "channel_metadata": {"thread": 7},
        "return_url": "https://chat.example/thread/7",
    }
    thanks = client.get(f"{order.get_absolute_url()}/thanks").text
    assert 'href="https://chat.example/thread/7"' in thanks


def test_token_customer_may_use_another_email(shop, bulb, client):
    """The merchant vouched for the person. The typed address only receives the emails."""
    secret = issue_token(store=shop, idp_key="uuid", idp_subject="m-1")[0]

    order = paid_through_token(shop, client, bulb, secret, email="new@example.com")

    assert order.email == "new@example.com"
    assert order.customer.merchant_uuid == "m-1"
    assert Customer.objects.count() == 1


def test_anonymous_token_finds_the_customer_by_email(shop, bulb, client):
    """R111."""
    secret = issue_token(store=shop, provider="wechat")[0]

    order = paid_through_token(shop, client, bulb, secret)

    assert order.customer.email == "ada@example.com"
    assert order.channel["provider"] == "wechat"


def test_deleted_token_customer_does_not_break_the_order(shop, bulb, client):
    ada = Customer.objects.create(store=shop, email="ada@example.com")
    checkout_url = redeem(client, bulb, token_for(shop, ada))["Location"]
    FormShopper(client).check_out(checkout_url)
    ada.delete()
    intent = latest_intent(shop)

    post_return(intent, pay_at_link(intent))

    order = Order.objects.get()
    assert order.status == "Paid"
    assert order.customer.email == "ada@example.com"


def test_token_does_not_apply_to_the_next_purchase(shop, bulb, client):
    """R113: the merchant's order id belongs to one order."""
    order = paid_through_token(shop, client, bulb, token_for(shop, order_id="their-77"))
    client.get(f"/pay/{payment_token(order)}")

    shopper = FormShopper(client)
    assert shopper.check_out(f"/checkout?link={bulb.pk}").status_code == 303

    second = Order.objects.exclude(pk=order.pk).get()
    assert second.channel == {}


def payment_token(order):
    return make_url_token(purpose="payment-page", subject=order.payment_intents.get().pk)


def test_token_does_not_apply_to_another_link(shop, bulb, client):
    lamp = make_link(shop.products.get(name="Desk lamp"))
    redeem(client, bulb, token_for(shop, order_id="their-77"))

    FormShopper(client).check_out(f"/checkout?link={lamp.pk}")

    assert Order.objects.get().channel == {}


def test_typing_an_email_reveals_nothing_about_its_customer(shop, bulb, client):
    Customer.objects.create(
        store=shop, name="Ada King", email="ada@example.com", phone="+12025550140", description="gold"
    )
    shopper = FormShopper(client)
    shopper.get(f"/checkout?link={bulb.pk}")

    page = shopper.post(f"/checkout?link={bulb.pk}", {"email": "ada@example.com", "update": "country"})

    assert "Ada King" not in page.text
    assert "+12025550140" not in page.text
