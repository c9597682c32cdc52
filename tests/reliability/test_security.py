"""Security: private pages, production settings, redirects and outgoing calls."""

import datetime
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import responses
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.models import User
from catalog.models import PaymentLink
from checkout.cart_count import CART_COUNT_COOKIE
from checkout.models import CartReminder, PaymentIntent
from checkout.payments.order_payload import build_return_url
from checkout.payments.payment_return import payment_page_url
from checkout.upsells.selection import present_next_upsell, upsell_url
from checkout.urls import urlpatterns as checkout_urls
from orders.consents import MARKETING_PURPOSE
from orders.models import Contact, CreditNote, Order, SignIn, StockAlert
from orders.urls import urlpatterns as orders_urls
from orders.views.withdraw import RECEIPT_PURPOSE
from stores.crypto import make_url_token
from stores.models import Store
from subscriptions.models import Subscription
from subscriptions.urls import urlpatterns as subscriptions_urls
from subscriptions.views.cancel_contract import RECEIPT_PURPOSE as CANCELLATION_PURPOSE
from tests.config.test_start_up_checks import PRODUCTION
from tests.factories import make_link, make_product, make_store, make_withdrawal, variant_of
from tests.payments.helpers import own_checkout, pay_at_link, post_return, submit_checkout
from tests.sandbox_process import ROOT
from tests.upsells.helpers import make_upsell

pytestmark = pytest.mark.any_database

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def lamp(db):
    return make_product(make_store())


# --- Private pages


def private_pages(shop):
    """Return a request for every route of checkout and orders, by name, in a shopper's order.

    The upsell's are only for the browser of the order, which `own_checkout` makes of any.
    """
    make_upsell(shop)
    Store.objects.filter(pk=shop.pk).update(self_service_minutes=30)
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
    receipt = make_url_token(purpose=RECEIPT_PURPOSE, subject=str(make_withdrawal(shop, order=order).pk))
    in_an_hour = timezone.now() + datetime.timedelta(hours=1)
    sign_in = SignIn.objects.create(store=shop, email=order.email, expires_at=in_an_hour)
    sold_out = make_product(shop, name="Rare lamp", stock=0)
    contact = Contact.objects.create(store=shop, email=order.email, keep_until=in_an_hour)
    alert = StockAlert.objects.create(contact=contact, variant=variant_of(sold_out))
    reminder = CartReminder.objects.create(
        store=shop, contact=contact, checkout_key="c", selections=f"variant={variant}", is_cart=False
    )
    note = CreditNote.objects.create(
        store=shop, order=order, number="CRN-2026-00001", amount=1, issued_at=timezone.now()
    )
    canceled = make_withdrawal(shop, order=order, kind="cancellation")
    cancellation = make_url_token(purpose=CANCELLATION_PURPOSE, subject=str(canceled.pk))
    consent = order.consents.create(
        kind="marketing", text="News", given_at=order.created_at, needs_confirmation=True
    )
    confirmation = make_url_token(purpose=MARKETING_PURPOSE, subject=str(consent.pk))
    return_path = build_return_url(waiting).partition(shop.host)[2]
    return {
        "cart": ("get", "/cart"),
        "cart_add": ("post", "/cart/add", {"variant": variant}),
        "cart_drawer": ("get", "/cart/drawer"),
        "checkout": ("get", f"/checkout?variant={variant}"),
        "check_field": ("post", "/checkout/field", {"field": "name", "name": "Ada"}),
        "turn": ("get", f"/checkout/turn?variant={variant}"),
        "turn_state": ("get", "/checkout/turn/state"),
        "restore_cart": ("get", f"/cart/restore/{reminder.make_token()}"),
        "discount_link": ("get", "/discount/WELCOME10/"),
        "open_link": ("get", f"/link/{link.pk}?ephemeral_token=x"),
        "redeem_token": ("post", f"/link/{link.pk}/enter"),
        # A shopper whose accepted upsell gets no response: shown, accepted, still unclear.
        "upsell": ("get", upsell),
        "upsell_answer": ("post", f"{shown}/answer", {"answer": "yes"}),
        "upsell_outcome": ("get", shown),
        "upsell_state": ("get", f"{shown}/state"),
        "order_again": ("post", f"{status}/again"),
        "payment_return": ("post", return_path),
        "payment": ("get", payment_page_url(waiting)),
        "payment_state": ("get", f"{payment_page_url(waiting)}/state"),
        "account": ("get", "/account"),
        "leave-account": ("post", "/account/leave"),
        "enter-account": ("get", f"/account/enter/{sign_in.make_token()}"),
        "stock-alert": ("post", "/alerts", {"variant": variant_of(sold_out).pk}),
        "confirm-alert": ("get", f"/alerts/{alert.make_token()}"),
        "stop-emails": ("get", f"/emails/{contact.make_stop_token()}/stop"),
        "confirm_marketing": ("get", f"/orders/news/{confirmation}"),
        "status": ("get", status),
        "change_address": ("get", f"{status}/address"),
        "invoice": ("get", f"{status}/invoice.pdf"),
        "credit-note": ("get", f"{status}/credit-notes/{note.number}.pdf"),
        "cancel-order": ("get", f"{status}/cancel"),
        "withdraw": ("get", "/withdraw"),
        "withdraw-order": ("get", f"{status}/withdraw"),
        "withdrawal-received": ("get", f"/withdraw/received/{receipt}"),
        "thanks": ("get", f"{status}/thanks"),
        "subscription": ("get", subscription),
        "subscription_change": ("get", f"{subscription}/change"),
        "cancel_contract": ("get", "/cancel-contract"),
        "cancel_subscription": ("get", f"{subscription}/cancel-contract"),
        "cancellation_received": ("get", f"/cancel-contract/received/{cancellation}"),
        "subscription_act": ("post", f"{subscription}/act"),
    }


def test_private_pages_are_never_cached_and_send_no_referrer(shop):
    """S27."""
    pages = private_pages(shop)
    known = {pattern.name for pattern in [*checkout_urls, *orders_urls, *subscriptions_urls]}

    assert known - set(pages) == {"webhook", "shipping_costs"}, "add the new route here"
    refused = {"redeem_token", "subscription_act", "subscription_change"}
    for name, (method, path, *posted) in pages.items():
        browser = own_checkout(Client(headers=SAME_ORIGIN), Order.objects.get(status="Paid"))
        answer = getattr(browser, method)(path, *posted)
        # Invalid tokens and actions are refused; everything else is shown.
        assert answer.status_code < (500 if name in refused else 400), name
        assert "no-store" in answer["Cache-Control"], name
        # A page with a form may send its host, but no path.
        assert answer["Referrer-Policy"] in {"no-referrer", "strict-origin"}, name
        assert answer["X-Frame-Options"] == "DENY", name
        assert "script-src 'self';" in answer["Content-Security-Policy"], name


def test_looking_at_any_page_starts_no_session(shop):
    """A crawler without cookies would write a row with each page."""
    pages = private_pages(shop)
    paths = {path for _name, (method, path, *_posted) in pages.items() if method == "get"}
    paths |= {"/", "/?q=lamp", "/cart?code=SAVE10", "/language/de", "/admin/", "/admin/login/", "/robots.txt"}
    paths |= {product.get_absolute_url() for product in shop.products.all()}
    paths |= {link.get_absolute_url() for link in shop.payment_links.all()}
    Session.objects.all().delete()

    for path in sorted(paths):
        assert Client().get(path).status_code < 500, path
        assert Session.objects.count() == 0, path


def test_another_sites_post_starts_and_replaces_no_session(shop):
    """A new session cookie would take the place of a shopper's or of a staff member's own."""
    pages = private_pages(shop)
    paths = {path for _name, (_method, path, *_posted) in pages.items()}
    paths |= {"/cart", "/checkout", "/admin/login/", "/admin/logout/"}
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Origin": "null"}
    staff = User.objects.create_superuser("ada", "ada@example.com", "a long passphrase")
    for path in paths:
        stranger, admin = (Client(enforce_csrf_checks=True, headers=elsewhere) for _ in range(2))
        admin.force_login(staff)
        before = admin.cookies.pop("sessionid").value  # SameSite=Lax: it doesn't come along

        answers = [browser.post(path, {"answer": "yes"}) for browser in (stranger, admin)]

        assert [list(answer.cookies) for answer in answers] == [[], []], path
        admin.cookies["sessionid"] = before
        assert admin.get("/admin/").status_code == 200, path


def test_nothing_guessable_opens_an_order(shop):
    """S27: neither our numbers and ids nor NEXT's number."""
    intent = submit_checkout(shop)
    post_return(intent, pay_at_link(intent))
    order = Order.objects.get()

    for guess in (order.number, order.pk, order.external_id, order.next_order_number, intent.pk):
        for path in (f"/orders/{guess}", f"/orders/{guess}/thanks", f"/pay/{guess}", f"/pay/return/{guess}"):
            assert Client().get(path).status_code == 404, path


# --- Production


NAMES = (
    "SECURE_SSL_REDIRECT",
    "SECURE_HSTS_SECONDS",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS",
    "SECURE_HSTS_PRELOAD",
    "SESSION_COOKIE_SECURE",
    "SESSION_COOKIE_HTTPONLY",
    "SESSION_COOKIE_SAMESITE",
    "CSRF_COOKIE_NAME",
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
    """Return the settings that a production environment results in, read by a separate process."""
    environ = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "config.settings", **PRODUCTION}
    answer = subprocess.run(
        [sys.executable, "-c", PRINT], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    return json.loads(answer.stdout)


@pytest.fixture
def production(production_settings, settings, db):
    """Apply the production settings. Return a product of a store in production."""
    for name, value in production_settings.items():
        setattr(settings, name, tuple(value) if name == "SECURE_PROXY_SSL_HEADER" else value)
    return make_product(make_store(host="shop.lamphouse.com"))


def tls_client(**headers):
    """Return a client behind a TLS proxy."""
    return Client(headers={"Host": "shop.lamphouse.com", "X-Forwarded-Proto": "https", **headers})


def test_production_redirects_to_https_and_sends_hsts(production):
    plain = Client(SERVER_NAME="shop.lamphouse.com").get("/cart")
    secure = tls_client().get("/cart")

    assert (plain.status_code, plain["Location"]) == (301, "https://shop.lamphouse.com/cart")
    assert secure.status_code == 200
    assert secure["Strict-Transport-Security"] == "max-age=31536000"


def test_production_cookies_are_secure_and_http_only(production):
    browser = tls_client(**SAME_ORIGIN)
    browser.post("/cart/add", {"variant": variant_of(production).pk})
    browser.get(f"/checkout?variant={variant_of(production).pk}")

    assert {"sessionid", "__Host-csrftoken"} <= set(browser.cookies)
    for name, cookie in browser.cookies.items():
        assert cookie["secure"]
        # The page's script reads how many items the cart has, and nothing else.
        assert bool(cookie["httponly"]) is (name != CART_COUNT_COOKIE)
        assert cookie["samesite"] == "Lax"


def test_no_other_host_can_set_the_production_form_token(production_settings):
    assert production_settings["CSRF_COOKIE_NAME"] == "__Host-csrftoken"


@pytest.mark.parametrize("host", ["evil.example", "shop.lamphouse.com.evil.example", "127.0.0.1"])
def test_another_host_is_not_served(production, host):
    assert tls_client(Host=host).get("/").status_code == 400


def test_allowed_host_without_a_store_is_404(production, settings):
    settings.ALLOWED_HOSTS = ["*"]

    assert tls_client(Host="nobody.lamphouse.com").get("/").status_code == 404


# --- Redirects and outgoing calls


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

    assert intent.status == "declined"
    assert PaymentIntent.objects.get().payment_complete_url == ""


@pytest.mark.parametrize("scheme", ["javascript:alert(1)", "data:text/html,x", "vbscript:x"])
def test_script_return_url_is_not_shown(shop, scheme):
    intent = submit_checkout(shop)
    post_return(intent, pay_at_link(intent))
    Order.objects.update(channel={"return_url": scheme})
    order = Order.objects.get()

    assert scheme not in Client().get(f"{order.get_absolute_url()}/thanks").text


@pytest.mark.parametrize(
    "next_url",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "javascript:x",
        "\x00",
    ],
)
def test_choosing_a_language_redirects_to_no_other_site(lamp, next_url):
    answer = Client().get("/language/de", {"next": next_url})

    assert answer["Location"] == "/"


CALLS = re.compile(
    r"^\s*(?:import|from) (requests|urllib\.request|urllib3|http\.client|socket|httpx)\b", re.M
)


def test_only_five_modules_make_network_calls():
    """The Admin API client, whose URL staff set, and image downloads, which staff start from public hosts."""
    our_files = [
        path
        for app in (
            "nextcommerce",
            "accounts",
            "stores",
            "catalog",
            "orders",
            "subscriptions",
            "checkout",
            "config",
        )
        for path in ROOT.glob(f"{app}/**/*.py")
    ]
    callers = {
        str(path.relative_to(ROOT))
        for path in our_files
        if not {"sandbox", "demo"} & set(path.parts) and CALLS.search(path.read_text())
    }
    fetchers = {
        str(path.relative_to(ROOT))
        for path in our_files
        if re.search(r"from catalog\.image_download import", path.read_text())
    }

    assert callers == {
        "catalog/image_download.py",
        "checkout/webhook_test.py",  # asks this shop's own webhook address
        "config/probe.py",  # asks this machine's own web server
        "nextcommerce/connections.py",
        "nextcommerce/transport.py",
    }
    background = "catalog/picture_download.py"  # downloads what NEXT's products name
    assert all(Path(name).is_relative_to("catalog/admin") for name in fetchers - {background})


def test_link_of_another_store_is_404(lamp):
    other = make_link(make_product(make_store(host="other.test")))

    assert Client().get(f"/checkout?link={other.pk}").status_code == 404
    assert Client().get(f"/link/{other.pk}").status_code == 404
    assert PaymentLink.objects.get().pk == other.pk
