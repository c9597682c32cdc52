"""S30: any input to a public endpoint gets a clear response and no 500, and nothing is lost."""

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkout.models import PaymentIntent, WebhookEvent
from checkout.payments.order_payload import build_return_url
from checkout.webhook_registration import SUBSCRIBED_EVENTS
from nextcommerce.transport import RateLimitedRetry
from orders.models import Order
from tests.checkout_pages.conftest import ADDRESS
from tests.factories import make_link, variant_of
from tests.payments.helpers import (
    deliver_raw_webhook,
    deliver_webhook,
    pay_at_link,
    post_return,
    submit_checkout,
)

# The same examples each time, so that a failure comes from a change and not from chance.
FUZZ = settings(
    max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)

# Values that databases, encodings and number parsing stumble over, besides hypothesis' own.
NASTY = st.sampled_from(
    [
        "\0",
        "a\0b",
        "\ud800",
        "\U0010ffff",
        "'\"<>%s%%{}$",
        "9" * 30,
        "-1",
        "1e999",
        "NaN",
        "٣",
        "x" * 5000,
        "../../etc/passwd",
        "\r\nSet-Cookie: a=b",
    ]
)
TEXT = NASTY | st.text(max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
FORM_FIELDS = (
    *("email", "name", "phone", "country", "line1", "line2", "city", "city_area", "state"),
    *("postal_code", "shipping", "accepts_marketing", "wants_reminder", "key", "shown", "update"),
)
CHOICE_FIELDS = (
    *("link", "variant", "product", "quantity", "plan", "addon", "text", "option_Color", "option_"),
    *("utm_source", "gclid"),
)


def sendable(text: str) -> str:
    """Return the text as a browser could send it, without lone surrogates."""
    return text.encode("utf-8", "replace").decode()


def fields(*names: str) -> Any:
    """Return a strategy for form fields with these or other names."""
    keys = st.sampled_from(names) | TEXT.map(sendable)
    return st.dictionaries(keys, TEXT.map(sendable), max_size=8)


def mutated(order: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return the NEXT order with some of its fields replaced by anything."""
    names = sorted(order)
    return order | {
        names[number % len(names)] if isinstance(number, int) else number: value
        for number, value in changes.items()
    }


CHANGES = st.dictionaries(st.integers(0, 60) | TEXT, JSON, max_size=4)


@pytest.fixture(autouse=True)
def no_rate_limits(settings):
    settings.REQUESTS_PER_MINUTE = dict.fromkeys(settings.REQUESTS_PER_MINUTE, 0)


@pytest.fixture
def paid(shop):
    """Return a paid intent whose shopper isn't back yet, and its NEXT order."""
    intent = submit_checkout(shop)
    pay_at_link(intent)
    return intent, shop.sandbox.orders()[0]


def assert_still_settles(shop, intent, order) -> None:
    """Check that the real event still settles the payment."""
    PaymentIntent.objects.update(checked_at=None)
    assert deliver_webhook(shop, "order.created", order, event_id="real-event").status_code == 200
    assert Order.objects.get().status == "Paid"
    assert Order.objects.get().events.filter(kind="paid").count() == 1


def test_any_return_post(shop, paid, monkeypatch):
    intent, order = paid
    monkeypatch.setattr(RateLimitedRetry, "sleep", lambda self, response=None: None)

    @FUZZ
    @given(
        body=TEXT.map(sendable)
        | JSON.map(json.dumps).map(sendable)
        | CHANGES.map(lambda changes: json.dumps(mutated(order, changes | {"number": "x"})))
    )
    def send(body: str) -> None:
        PaymentIntent.objects.update(checked_at=None, status="redirected")
        assert post_return(intent, body).status_code == 303

    shop.sandbox.switches(
        faults=[{"operation": "*", "kind": "status", "status": 503, "when": "before", "times": None}]
    )
    send()
    shop.sandbox.switches(faults=[])

    assert_still_settles(shop, intent, order)


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "multipart/form-data; boundary=x", "multipart/form-data", "é"]
)
def test_any_body_of_any_type_at_the_return(shop, paid, kind):
    intent, order = paid

    @FUZZ
    @given(body=st.binary(max_size=200) | st.just(b"--x\r\n\r\n") | st.just(b"response=%ff%fe&&&=;"))
    def send(body: bytes) -> None:
        PaymentIntent.objects.update(checked_at=None)
        address = build_return_url(intent).partition(shop.host)[2]
        assert Client().generic("POST", address, body, content_type=kind).status_code == 303

    send()
    assert_still_settles(shop, intent, order)


def test_any_order_webhook(shop, paid):
    """A signed event with an order of which some fields are anything."""
    intent, order = paid

    @FUZZ
    @given(
        kind=st.sampled_from([*SUBSCRIBED_EVENTS, "x.y", "order"]),
        changes=CHANGES,
        event=st.uuids(),
    )
    def send(kind: str, changes: dict[str, Any], event: Any) -> None:
        data = mutated(order, changes) | {"tags": [], "attribution": {}}
        assert deliver_webhook(shop, kind, data, event_id=str(event)).status_code == 200

    send()
    assert not WebhookEvent.objects.exclude(next_try_at=None).exists()
    assert_still_settles(shop, intent, order)


def test_any_signed_webhook_body(shop, paid):
    intent, order = paid

    @FUZZ
    @given(
        envelope=st.fixed_dictionaries(
            {},
            optional={
                "event_id": TEXT | JSON,
                "event_type": st.sampled_from(SUBSCRIBED_EVENTS) | TEXT | JSON,
                "data": JSON,
                "object": JSON,
            },
        )
        | JSON
    )
    def send(envelope: Any) -> None:
        answer = deliver_raw_webhook(shop, json.dumps(envelope).encode())
        assert answer.status_code in {200, 400}
        if answer.status_code == 200:
            assert WebhookEvent.objects.filter(store=shop).exists()

    send()
    assert not WebhookEvent.objects.exclude(next_try_at=None).exists()
    assert_still_settles(shop, intent, order)


def test_any_unsigned_webhook_bytes_and_headers(shop):
    @FUZZ
    @given(body=st.binary(max_size=300), length=st.sampled_from(["", "0", "-1", "abc", "9" * 30]))
    def send(body: bytes, length: str) -> None:
        answer = Client().generic(
            "POST", f"/webhooks/{shop.slug}/", body, headers={"X-29Next-Signature": length}
        )
        assert answer.status_code in {400, 401, 413}

    send()
    assert not WebhookEvent.objects.exists()


def test_anything_in_the_checkout_form_and_query(shop):
    link = make_link(shop.products.get(name="Light bulb"))
    variant = variant_of(shop.products.get(name="Desk lamp"))
    buyer = {"email": "ada@example.com", "name": "Ada Lovelace", "country": "US"}

    @FUZZ
    @given(
        known=st.sampled_from(
            [{"variant": variant.pk}, {"link": link.pk}, {"product": variant.product_id}, {}]
        ),
        query=fields(*CHOICE_FIELDS),
        form=fields(*FORM_FIELDS),
    )
    def send(known: dict[str, str], query: dict[str, str], form: dict[str, str]) -> None:
        path = f"/checkout?{urlencode(query | known)}"
        assert Client().get(path).status_code < 500
        assert Client().post(path, buyer | form).status_code < 500

    send()
    assert not Order.objects.filter(status="Paid").exists()


def test_anything_in_one_field_of_a_valid_form(shop):
    """A single bad field gets as far as NEXT and the database."""
    variant = variant_of(shop.products.get(name="Field notes"))
    valid = {name: value for name, value in ADDRESS.items() if name != "shipping"}

    @FUZZ
    @given(name=st.sampled_from(sorted(valid)), value=TEXT.map(sendable))
    def send(name: str, value: str) -> None:
        answer = Client().post(f"/checkout?variant={variant.pk}", valid | {name: value})
        assert answer.status_code in {200, 303, 409}

    send()


def test_anything_in_the_cart(shop):
    variant = variant_of(shop.products.get(name="Desk lamp"))

    @FUZZ
    @given(
        added=fields("variant", "product", "quantity", "plan", "option_Color"),
        known=st.booleans(),
        changed=fields(f"quantity_{variant.pk}", "remove", "quantity_", "update"),
    )
    def send(added: dict[str, str], known: bool, changed: dict[str, str]) -> None:
        browser = Client(headers={"Sec-Fetch-Site": "same-origin"})
        form = added | ({"variant": variant.pk} if known else {})
        assert browser.post("/cart/add", form).status_code < 500
        assert browser.post("/cart", changed).status_code < 500
        assert browser.get("/cart").status_code < 500
        assert browser.get("/checkout").status_code < 500

    send()


PATHS = [
    "/",
    "/products/{product}",
    "/link/{link}",
    "/link/{link}/preview.jpg",
    "/link/{link}/qr.svg",
    "/link/{link}/qr.png",
    "/products/{product}/preview.jpg",
    "/sitemap.xml",
    "/robots.txt",
    "/language/de",
    "/account",
    "/cart",
]


def test_anything_in_the_query_of_a_public_page(shop):
    product = shop.products.get(name="Desk lamp")
    link = make_link(product)
    paths = [path.format(product=product.slug, link=link.pk) for path in PATHS]
    names = (*CHOICE_FIELDS, "update", "next", "page", "q", "sort", "ephemeral_token", "size")

    @settings(FUZZ, max_examples=15)
    @given(query=fields(*names), language=TEXT)
    def send(query: dict[str, str], language: str) -> None:
        accepted = sendable(language).encode("ascii", "replace").decode()
        for path in paths:
            answer = Client().get(f"{path}?{urlencode(query)}", headers={"Accept-Language": accepted})
            assert answer.status_code < 500, path

    send()


ADDRESSES = [
    *("/products/{}", "/link/{}", "/link/{}/qr.svg", "/link/{}?ephemeral_token=x", "/plink_{}"),
    "/link/{}/visit",
    *("/orders/{}", "/orders/{}/thanks", "/orders/{}/upsell", "/orders/{}/upsell/x", "/orders/{}/again"),
    *("/pay/{}", "/pay/{}/state", "/pay/return/{}", "/webhooks/{}/"),
    *("/theme/{}.css", "/language/{}", "/{}"),
]


@pytest.mark.strict_columns
def test_anything_in_a_path(shop):
    @settings(FUZZ, max_examples=15)
    @given(text=TEXT.map(sendable))
    def send(text: str) -> None:
        for path in ADDRESSES:
            address = path.format(quote(text, safe=""))
            assert Client().get(address).status_code < 500, path
            assert Client(headers={"Sec-Fetch-Site": "same-origin"}).post(address).status_code < 500, path

    send()


def test_anything_in_find_my_orders(shop):
    @FUZZ
    @given(form=fields("email"))
    def send(form: dict[str, str]) -> None:
        assert Client().post("/account", form).status_code in {200, 400}

    send()
