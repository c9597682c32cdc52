"""Who stops whom: limits on posts, private pages, a production's cookies and hosts, where the shop leads and
whom it calls."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import responses
from django.test import Client

from catalog.models import PaymentLink
from checkout.models import PaymentIntent
from checkout.payments.order_payload import build_return_url
from checkout.payments.payment_return import payment_page_url
from checkout.upsells.selection import present_next_upsell, upsell_url
from checkout.urls import urlpatterns as checkout_urls
from orders.models import Order
from orders.urls import urlpatterns as orders_urls
from subscriptions.models import Subscription
from tests.config.test_start_up_checks import PRODUCTION
from tests.factories import make_link, make_product, make_store, variant_of
from tests.payments.helpers import pay_at_link, post_return, submit_checkout
from tests.sandbox_process import ROOT
from tests.upsells.helpers import make_upsell

pytestmark = pytest.mark.any_database

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(autouse=True)
def a_minute_without_end(monkeypatch):
    """Posts are counted by the minute; on a slow machine the next one could begin between two of them."""
    monkeypatch.setattr("stores.rate_limits.WINDOW", 10**10)


@pytest.fixture
def lamp(db):
    return make_product(make_store())


# --- Limits


def post_checkout(lamp, times, **extra):
    path = f"/checkout?variant={variant_of(lamp).pk}"
    return [Client(**extra).post(path, {"email": "x"}).status_code for _ in range(times)]


def test_checkout_posts_are_limited_per_ip_address(lamp, settings):
    settings.POSTS_PER_MINUTE = {"checkout": 3}

    assert post_checkout(lamp, 5) == [200, 200, 200, 429, 429]
    assert post_checkout(lamp, 1, REMOTE_ADDR="203.0.113.9") == [200]


def test_checkout_page_views_are_not_limited(lamp, settings):
    settings.POSTS_PER_MINUTE = {"checkout": 1}

    path = f"/checkout?variant={variant_of(lamp).pk}"
    assert [Client().get(path).status_code for _ in range(4)] == [200] * 4


def test_limited_shopper_sees_a_message(lamp, settings):
    settings.POSTS_PER_MINUTE = {"checkout": 1}
    post_checkout(lamp, 1)

    answer = Client().post(f"/checkout?variant={variant_of(lamp).pk}")

    assert answer.status_code == 429
    assert "Please wait a minute, then try again." in answer.text
    assert answer["Retry-After"] == "60"
    assert answer["Cache-Control"] == "no-store"


def test_limits_count_per_store(lamp, settings):
    settings.POSTS_PER_MINUTE = {"checkout": 1}
    other = make_product(make_store(host="other.test"))
    post_checkout(lamp, 1)

    assert post_checkout(lamp, 1) == [429]
    assert post_checkout(other, 1, SERVER_NAME="other.test") == [200]


def test_ipv6_addresses_of_one_network_count_together(lamp, settings):
    """IPv6 gives everybody a /64, which is no way around the limit."""
    settings.POSTS_PER_MINUTE = {"checkout": 1}
    addresses = ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"]

    found = [post_checkout(lamp, 1, REMOTE_ADDR=address)[0] for address in addresses]

    assert found == [200, 429, 200]


def test_forwarded_address_is_ignored_without_a_proxy(lamp, settings):
    settings.POSTS_PER_MINUTE = {"checkout": 1}
    post_checkout(lamp, 1, HTTP_X_FORWARDED_FOR="198.51.100.1")

    assert post_checkout(lamp, 1, HTTP_X_FORWARDED_FOR="198.51.100.2") == [429]


def test_token_guesses_are_limited(lamp, settings):
    settings.POSTS_PER_MINUTE = {"token": 3}
    link = make_link(lamp)

    guesses = [
        Client().post(f"/link/{link.pk}/enter", {"ephemeral_token": f"guess {n}"}, headers=SAME_ORIGIN)
        for n in range(5)
    ]

    assert [answer.status_code for answer in guesses] == [410, 410, 410, 429, 429]


def test_order_link_emails_are_limited(lamp, settings):
    settings.POSTS_PER_MINUTE = {"find": 2}

    found = [Client().post("/orders/find", {"email": "ada@example.com"}).status_code for _ in range(3)]

    assert found == [200, 200, 429]


def sign_in(password, name="kim", **extra):
    return Client(**extra).post("/admin/login/?next=/admin/", {"username": name, "password": password})


def test_password_guesses_are_limited(lamp, settings, django_user_model):
    """For a name from an address: the right one is refused too; nobody else is locked out."""
    settings.POSTS_PER_MINUTE = {"sign_in": 0}
    django_user_model.objects.create_superuser("kim", password="a quiet lamp")
    guesses = [sign_in(f"guess {number}").status_code for number in range(9)]

    assert guesses == [200] * 7 + [429] * 2
    assert sign_in("a quiet lamp").status_code == 429
    assert sign_in("a quiet lamp", HTTP_X_FORWARDED_FOR="198.51.100.1").status_code == 429
    assert sign_in("a quiet lamp", REMOTE_ADDR="203.0.113.9").status_code == 302


def test_guessing_behind_a_proxy_locks_out_nobody_else(lamp, settings, django_user_model):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.POSTS_PER_MINUTE = {"sign_in": 0}
    django_user_model.objects.create_superuser("kim", password="a quiet lamp")
    for number in range(9):
        sign_in(f"guess {number}", HTTP_X_FORWARDED_FOR="198.51.100.1")

    assert sign_in("a quiet lamp", HTTP_X_FORWARDED_FOR="made up, 198.51.100.1").status_code == 429
    assert sign_in("a quiet lamp", HTTP_X_FORWARDED_FOR="203.0.113.9").status_code == 302


def test_one_password_on_many_names_is_limited(lamp, settings):
    settings.POSTS_PER_MINUTE = {"sign_in": 3}

    found = [sign_in("summer", name=f"name {number}").status_code for number in range(5)]

    assert found == [200, 200, 200, 429, 429]


# --- Private pages


def private_pages(shop):
    """Every address of checkout and orders, by name, as a shopper meets it."""
    make_upsell(shop)
    intent = submit_checkout(shop)
    waiting = submit_checkout(shop, key="another")
    post_return(intent, pay_at_link(intent))
    order = Order.objects.select_related("store").get(pk=intent.order_id)
    upsell = upsell_url(order)
    shown = f"{upsell}/{present_next_upsell(order=order).pk}"
    shop.sandbox.plan_fault("close", operation="ordersAddLineItemsCreate", when="before")
    link = make_link(shop.products.get(name="Light bulb"))
    status, variant = order.get_absolute_url(), variant_of(shop.products.get(name="Desk lamp")).pk
    running = Subscription.objects.create(store=shop, order=order, next_subscription_id=1, currency="USD")
    subscription = running.get_absolute_url()
    back = build_return_url(waiting).partition(shop.host)[2]
    return {
        "cart": ("get", "/cart"),
        "cart_add": ("post", "/cart/add", {"variant": variant}),
        "checkout": ("get", f"/checkout?variant={variant}"),
        "open_link": ("get", f"/link/{link.pk}?ephemeral_token=x"),
        "redeem_token": ("post", f"/link/{link.pk}/enter"),
        # In the order of a shopper whose yes gets no answer: shown, said yes, being found out.
        "upsell": ("get", upsell),
        "upsell_answer": ("post", f"{shown}/answer", {"answer": "yes"}),
        "upsell_outcome": ("get", shown),
        "upsell_state": ("get", f"{shown}/state"),
        "order_again": ("post", f"{status}/again"),
        "payment_return": ("post", back),
        "payment": ("get", payment_page_url(waiting)),
        "payment_state": ("get", f"{payment_page_url(waiting)}/state"),
        "find": ("get", "/orders/find"),
        "status": ("get", status),
        "thanks": ("get", f"{status}/thanks"),
        "subscription": ("get", subscription),
        "subscription_change": ("get", f"{subscription}/change"),
        "subscription_act": ("post", f"{subscription}/act"),
    }


def test_private_pages_are_never_cached_and_send_no_referrer(shop):
    """S27."""
    pages = private_pages(shop)
    known = {pattern.name for pattern in [*checkout_urls, *orders_urls]}

    assert known - set(pages) == {"webhook"}, "a new address: add it here"
    refused = {"redeem_token", "subscription_act", "subscription_change"}
    for name, (method, path, *posted) in pages.items():
        answer = getattr(Client(headers=SAME_ORIGIN), method)(path, *posted)
        # A token and an act that are none are refused; the rest are the pages themselves.
        assert answer.status_code < (500 if name in refused else 400), name
        assert "no-store" in answer["Cache-Control"], name
        # A page with a form tells its host, and no path.
        assert answer["Referrer-Policy"] in {"no-referrer", "strict-origin"}, name
        assert answer["X-Frame-Options"] == "DENY", name
        assert "script-src 'self';" in answer["Content-Security-Policy"], name


def test_nothing_guessable_opens_an_order(shop):
    """S27: neither the number, nor the id, nor the store's number."""
    intent = submit_checkout(shop)
    post_return(intent, pay_at_link(intent))
    order = Order.objects.get()

    for guess in (order.number, order.pk, order.external_id, order.next_order_number, intent.pk):
        for path in (f"/orders/{guess}", f"/orders/{guess}/thanks", f"/pay/{guess}", f"/pay/return/{guess}"):
            assert Client().get(path).status_code == 404, path


# --- A production


NAMES = (
    "SECURE_SSL_REDIRECT",
    "SECURE_HSTS_SECONDS",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS",
    "SECURE_HSTS_PRELOAD",
    "SESSION_COOKIE_SECURE",
    "SESSION_COOKIE_HTTPONLY",
    "SESSION_COOKIE_SAMESITE",
    "CSRF_COOKIE_SECURE",
    "CSRF_COOKIE_HTTPONLY",
    "SECURE_PROXY_SSL_HEADER",
    "ALLOWED_HOSTS",
    "PUBLIC_SCHEME",
    "NEXT_API_ALLOW_HTTP",
    "DEBUG",
)
PRINT = f"""
import django, json
django.setup()
from django.conf import settings
print(json.dumps({{name: getattr(settings, name) for name in {NAMES!r}}}))
"""


@pytest.fixture(scope="module")
def production_settings():
    """The settings that a production's environment leads to, read by a process of its own."""
    environ = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "config.settings", **PRODUCTION}
    answer = subprocess.run(
        [sys.executable, "-c", PRINT], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    return json.loads(answer.stdout)


@pytest.fixture
def production(production_settings, settings, db):
    for name, value in production_settings.items():
        setattr(settings, name, tuple(value) if name == "SECURE_PROXY_SSL_HEADER" else value)
    return make_product(make_store(host="shop.lamphouse.com"))


def over_tls(**more):
    return Client(headers={"Host": "shop.lamphouse.com", "X-Forwarded-Proto": "https", **more})


def test_production_redirects_to_https_and_sends_hsts(production):
    plain = Client(SERVER_NAME="shop.lamphouse.com").get("/cart")
    secure = over_tls().get("/cart")

    assert (plain.status_code, plain["Location"]) == (301, "https://shop.lamphouse.com/cart")
    assert secure.status_code == 200
    assert secure["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"


def test_production_cookies_are_secure_and_http_only(production):
    browser = over_tls(**SAME_ORIGIN)
    browser.post("/cart/add", {"variant": variant_of(production).pk})
    browser.get(f"/checkout?variant={variant_of(production).pk}")

    assert {"sessionid", "csrftoken"} <= set(browser.cookies)
    for cookie in browser.cookies.values():
        assert cookie["secure"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize("host", ["evil.example", "shop.lamphouse.com.evil.example", "127.0.0.1"])
def test_another_host_is_not_served(production, host):
    assert over_tls(Host=host).get("/").status_code == 400


def test_allowed_host_without_a_store_is_404(production, settings):
    settings.ALLOWED_HOSTS = ["*"]

    assert over_tls(Host="nobody.lamphouse.com").get("/").status_code == 404


# --- Where the shop leads, and whom it calls


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "/pay",
        "ftp://evil.example/",
        "https://",
        "https://[pay.example/",
        "https://pay.example/" + "x" * 2000,
        7,
    ],
)
def test_invalid_payment_url_redirects_nobody(shop, address):
    with responses.RequestsMock() as wire:
        wire.post(f"{shop.next_api_url}orders/", json={"payment_complete_url": address}, status=201)
        intent = submit_checkout(shop)

    assert intent.status == "created"
    assert PaymentIntent.objects.get().payment_complete_url == ""


@pytest.mark.parametrize("scheme", ["javascript:alert(1)", "data:text/html,x", "vbscript:x"])
def test_script_return_url_is_not_shown(shop, scheme):
    intent = submit_checkout(shop)
    post_return(intent, pay_at_link(intent))
    Order.objects.update(channel={"return_url": scheme})
    order = Order.objects.get()

    assert scheme not in Client().get(f"{order.get_absolute_url()}/thanks").text


@pytest.mark.parametrize(
    "goal",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "javascript:x",
        "\x00",
    ],
)
def test_choosing_a_language_redirects_to_no_other_site(lamp, goal):
    answer = Client().get("/language/de", {"next": goal})

    assert answer["Location"] == "/"


CALLS = re.compile(
    r"^\s*(?:import|from) (requests|urllib\.request|urllib3|http\.client|socket|httpx)\b", re.M
)


def test_only_two_modules_make_network_calls():
    """The admin API, whose address staff set; and pictures that staff fetch, from public hosts alone."""
    ours = [
        path
        for room in ("nextcommerce", "stores", "catalog", "orders", "subscriptions", "checkout", "config")
        for path in ROOT.glob(f"{room}/**/*.py")
    ]
    callers = {
        str(path.relative_to(ROOT))
        for path in ours
        if not {"sandbox", "demo"} & set(path.parts) and CALLS.search(path.read_text())
    }
    fetchers = {
        str(path.relative_to(ROOT))
        for path in ours
        if re.search(r"from catalog\.image_download import", path.read_text())
    }

    assert callers == {"catalog/image_download.py", "nextcommerce/transport.py"}
    assert all(Path(name).is_relative_to("catalog/admin") for name in fetchers)


def test_link_of_another_store_is_404(lamp):
    other = make_link(make_product(make_store(host="other.test")))

    assert Client().get(f"/checkout?link={other.pk}").status_code == 404
    assert Client().get(f"/link/{other.pk}").status_code == 404
    assert PaymentLink.objects.get().pk == other.pk
