"""A link opened with a token: looked at by previewers, redeemed once by a person's browser."""

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from orders.ephemeral_tokens import TokenSpent, issue_token, redeem_token
from orders.models import Customer, EphemeralToken, Order
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


def enter(client, link, secret, headers=SAME_ORIGIN, **more):
    return client.post(f"/link/{link.pk}/enter", {"ephemeral_token": secret, **more}, headers=headers)


def test_looking_uses_nothing_up(link, store, ada):
    """R118: a messenger fetches the address first, as often as it likes."""
    secret = token_for(store, ada)
    for agent in ("WhatsApp/2.24", "facebookexternalhit/1.1", "Mozilla/5.0"):
        page = Client(headers={"User-Agent": agent}).get(f"/link/{link.pk}?ephemeral_token={secret}")
        assert page.status_code == 200
        assert Client().head(f"/link/{link.pk}?ephemeral_token={secret}").status_code == 200

    assert EphemeralToken.objects.get().redeemed_at is None
    assert enter(Client(), link, secret).status_code == 303


def test_the_page_that_posts_itself_tells_nothing_of_the_customer(client, link, store, ada):
    secret = token_for(store, ada)

    page = open_link(client, link, secret)

    assert f'action="/link/{link.pk}/enter"' in page.text
    assert f'name="ephemeral_token" value="{secret}"' in page.text
    assert "js/redeem-token.js" in page.text
    assert "<button" in page.text
    # An id may have any three letters in it, but neither of these.
    assert "@" not in page.text
    assert "Ada " not in page.text
    assert "Lovelace" not in page.text


def test_the_page_is_private_and_keeps_its_address_to_itself(client, link, store):
    page = open_link(client, link, token_for(store))

    assert page["Cache-Control"] == "no-store"
    assert page["Referrer-Policy"] == "strict-origin"  # its form posts, and tells the host alone
    assert not page.cookies


def test_after_it_the_address_is_clean_and_the_details_are_there(client, link, store, ada):
    """R119, X9."""
    secret = token_for(store, ada)

    answer = enter(client, link, secret, utm_source="chat")

    assert answer.status_code == 303
    assert answer["Location"] == f"/link/{link.pk}?utm_source=chat"  # there is a color to choose
    assert answer["Cache-Control"] == "no-store"
    variant = link.default_variant_id
    page = client.get(f"/checkout?link={link.pk}&variant={variant}").text
    for value in ("ada@example.com", "+12025550140", "Ada", "King Lovelace"):
        assert f'value="{value}"' in page


def test_straight_to_the_checkout_where_nothing_is_left_to_choose(client, store, ada, link):
    """R119."""
    bulb = make_link(make_product(store, name="Light bulb"))

    assert enter(client, bulb, token_for(store, ada))["Location"] == f"/checkout?link={bulb.pk}"
    variant = variant_of(link.product, "White").pk
    assert (
        enter(client, link, token_for(store, ada), variant=variant)["Location"]
        == f"/checkout?link={link.pk}&variant={variant}"
    )


def test_a_token_opens_once(client, link, store, ada):
    """R121, X9."""
    secret = token_for(store, ada)
    assert enter(Client(), link, secret).status_code == 303

    page = enter(client, link, secret)

    assert page.status_code == 410
    assert f'href="/link/{link.pk}"' in page.text  # the way on without it
    assert "ada@example.com" not in client.get(f"/checkout?link={link.pk}").text


def test_reloading_or_going_back_is_no_second_use(client, link, store, ada):
    """X9: the buyer is in the session."""
    secret = token_for(store, ada)
    enter(client, link, secret)

    assert enter(client, link, secret).status_code == 303
    again = open_link(client, link, secret, "&utm_source=chat")
    assert (again.status_code, again["Location"]) == (303, f"/link/{link.pk}?utm_source=chat")


def test_an_old_token_opens_nothing(client, link, store, ada):
    """R120, R122."""
    secret = token_for(store, ada)
    EphemeralToken.objects.update(expires_at=timezone.now() - datetime.timedelta(seconds=1))

    assert enter(client, link, secret).status_code == 410


@pytest.mark.parametrize("secret", ["", "eph_", "eph_nothing", "x" * 5000, "ü\x00"])
def test_what_was_never_given_out_opens_nothing(client, link, secret):
    assert enter(client, link, secret).status_code == 410


def test_a_token_opens_the_shop_of_its_store_alone(client, link, ada, store):
    other = make_store(host="other.example.com")
    secret = token_for(other)

    assert enter(client, link, secret).status_code == 410
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
def test_another_site_cannot_post_it(client, link, store, headers):
    """Nobody is made somebody else without having seen our page."""
    assert enter(client, link, token_for(store), headers=headers).status_code == 403
    assert EphemeralToken.objects.get().redeemed_at is None


def test_a_closed_link_uses_nothing_up(client, link, store):
    type(link).objects.update(active=False)
    secret = token_for(store)

    assert open_link(client, link, secret).status_code == 410
    assert enter(client, link, secret).status_code == 410
    assert open_link(client, make_link(make_product(store, name="Rug")), "").status_code == 200
    assert EphemeralToken.objects.get().redeemed_at is None


def test_a_link_that_is_none_is_not_found(client, store):
    assert client.get("/link/plink_nothing?ephemeral_token=eph_x").status_code == 404
    assert client.post("/link/plink_nothing/enter", headers=SAME_ORIGIN).status_code == 404


def test_without_a_token_the_page_is_everybodys(client, link):
    page = client.get(f"/link/{link.pk}")

    assert page["Cache-Control"].startswith("public")
    assert not page.cookies
    assert client.get(f"/link/{link.pk}?ephemeral_token=").status_code == 200


def test_the_short_address_keeps_the_token(client, link, store):
    """X1, R118."""
    secret = token_for(store)

    answer = client.get(f"/{link.pk}?ephemeral_token={secret}")

    assert answer["Location"] == f"/link/{link.pk}?ephemeral_token={secret}"


def test_the_session_gets_a_new_id(client, link, store, ada):
    """Whoever planted the old one learns nothing."""
    client.get(f"/checkout?link={link.pk}&variant={link.default_variant_id}")
    before = client.session.session_key

    enter(client, link, token_for(store, ada))

    assert client.session.session_key != before


def test_what_somebody_else_typed_before_is_not_mixed_in(client, link, store):
    shopper = FormShopper(client)
    shopper.get(f"/checkout?link={link.pk}")
    shopper.post(f"/checkout?link={link.pk}", {"email": "bob@example.com", "update": "country"})

    enter(client, link, token_for(store))

    assert "bob@example.com" not in client.get(f"/checkout?link={link.pk}").text


def paid_through_token(shop, client, link, secret, **changed):
    """Redeem, check out, pay at Link and come back; return the order."""
    goal = enter(client, link, secret)["Location"]
    shopper = FormShopper(client)
    answer = shopper.check_out(goal, **changed)
    assert answer.status_code == 303, answer.text
    intent = latest_intent(shop)
    post_return(intent, pay_at_link(intent))
    intent.refresh_from_db()
    return Order.objects.get(pk=intent.order_id)


@pytest.fixture
def bulb(shop):
    return make_link(shop.products.get(name="Light bulb"))


def test_the_paid_order_keeps_the_channel_and_offers_the_way_back(shop, bulb, client):
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


def test_whoever_came_by_token_is_that_customer_with_any_address(shop, bulb, client):
    """The merchant vouched for the person; the address typed is where the mail goes."""
    secret = issue_token(store=shop, idp_key="uuid", idp_subject="m-1")[0]

    order = paid_through_token(shop, client, bulb, secret, email="new@example.com")

    assert order.email == "new@example.com"
    assert order.customer.merchant_uuid == "m-1"
    assert Customer.objects.count() == 1


def test_an_anonymous_token_leaves_the_customer_to_the_address(shop, bulb, client):
    """R111."""
    secret = issue_token(store=shop, provider="wechat")[0]

    order = paid_through_token(shop, client, bulb, secret)

    assert order.customer.email == "ada@example.com"
    assert order.channel["provider"] == "wechat"


def test_a_customer_deleted_meanwhile_does_no_harm(shop, bulb, client):
    ada = Customer.objects.create(store=shop, email="ada@example.com")
    goal = enter(client, bulb, token_for(shop, ada))["Location"]
    FormShopper(client).check_out(goal)
    ada.delete()
    intent = latest_intent(shop)

    post_return(intent, pay_at_link(intent))

    order = Order.objects.get()
    assert order.status == "Paid"
    assert order.customer.email == "ada@example.com"


def test_the_next_purchase_is_not_the_tokens(shop, bulb, client):
    """R113: the merchant's order id is that of one order."""
    order = paid_through_token(shop, client, bulb, token_for(shop, order_id="their-77"))
    client.get(f"/pay/{payment_token(order)}")

    shopper = FormShopper(client)
    assert shopper.check_out(f"/checkout?link={bulb.pk}").status_code == 303

    second = Order.objects.exclude(pk=order.pk).get()
    assert second.channel == {}


def payment_token(order):
    from stores.crypto import make_url_token

    return make_url_token(purpose="payment-page", subject=order.payment_intents.get().pk)


def test_another_links_purchase_has_nothing_of_the_token(shop, bulb, client):
    lamp = make_link(shop.products.get(name="Desk lamp"))
    enter(client, bulb, token_for(shop, order_id="their-77"))

    FormShopper(client).check_out(f"/checkout?link={lamp.pk}")

    assert Order.objects.get().channel == {}


def test_nothing_of_a_customer_is_shown_to_whoever_types_the_address(shop, bulb, client):
    Customer.objects.create(
        store=shop, name="Ada King", email="ada@example.com", phone="+12025550140", description="gold"
    )
    shopper = FormShopper(client)
    shopper.get(f"/checkout?link={bulb.pk}")

    page = shopper.post(f"/checkout?link={bulb.pk}", {"email": "ada@example.com", "update": "country"})

    assert "Ada King" not in page.text
    assert "+12025550140" not in page.text
