"""A merchant's first hour: from NEXT's address and a token to the first paid order, in a browser.

`make first-hour` plays it with 500 products with pictures, and prints each step with its clicks and seconds.
"""

import os
import re
import time

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from catalog.import_worker import work_due_imports
from orders.models import Order
from stores.models import Store
from tests.browser.conftest import VIEWS, accessibility_violations, overflow_pixels, take_screenshot
from tests.browser.shopper import BrowserShopper
from tests.shop_fixture import SHIPPING_METHODS

PRODUCTS = int(os.environ.get("FIRST_HOUR_PRODUCTS", "3"))


class Merchant:
    """Somebody who sees the admin for the first time. Counts what they press and type."""

    def __init__(self, page):
        self.page = page
        self.steps = []
        self.clicks = self.fields = 0

    def press(self, name, *, role="button"):
        self.clicks += 1
        self.page.get_by_role(role, name=name).first.click()

    def fill(self, label, text):
        self.fields += 1
        self.page.get_by_label(label, exact=True).fill(text)

    def choose(self, label, option):
        self.clicks += 1
        self.page.get_by_label(label, exact=True).select_option(option)

    def step(self, code):
        return self.page.locator(f"#step-{code}")

    def finish(self, name, started_at):
        """Note a step that is done, with its clicks, its fields, and the seconds that it took."""
        self.steps.append((name, self.clicks, self.fields, time.monotonic() - started_at))
        self.clicks = self.fields = 0


def list_products(count):
    return [
        {
            "id": number,
            "title": f"Lamp {number}",
            "variants": [{"id": number * 100, "title": "", "price": "49.00", "stock": 10}],
        }
        for number in range(1, count + 1)
    ]


@pytest.fixture
def next_store(transactional_db, sandbox, settings, tmp_path):
    settings.NEXT_API_CALLS_PER_SECOND = 1000
    settings.MEDIA_ROOT = tmp_path
    store = sandbox.create_store(
        catalogue={
            **({"sample_products": PRODUCTS} if PRODUCTS > 10 else {"products": list_products(PRODUCTS)}),
            "shipping_methods": SHIPPING_METHODS,
            "gateways": [{"id": 7, "name": "Stripe"}],
        },
        page_size=100,
    )
    cache.clear()
    yield store
    store.delete()


@pytest.fixture
def merchant(page, live_server, admin_client):
    cookie = admin_client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.goto(f"{live_server.url}/admin/")
    return Merchant(page)


def connect(merchant, next_store):
    started = time.monotonic()
    merchant.press("Add your store", role="link")
    merchant.fill("Your store at NEXT Commerce:", next_store.url)
    merchant.fill("Access token:", next_store.token)
    merchant.press("Connect")
    expect(merchant.step("connection")).to_contain_text("Done")
    merchant.finish("Connect", started)


def test_first_hour(merchant, live_server, next_store):
    page = merchant.page
    connect(merchant, next_store)
    setup_page = page.url
    for code in ("details", "payment", "webhook", "shipping"):
        expect(merchant.step(code)).to_contain_text("Done")

    started = time.monotonic()
    merchant.press("Import products")
    expect(page.get_by_text("Import started.")).to_be_visible()
    merchant.finish("Bring the catalog in", started)
    started = time.monotonic()
    while sum(work_due_imports().values()):
        pass
    merchant.finish("(The import, by itself)", started)
    page.goto(setup_page)
    expect(merchant.step("products")).to_contain_text("Done")

    started = time.monotonic()
    merchant.choose("Tax:", "none")
    merchant.clicks += 1
    merchant.step("tax").get_by_role("button", name="Save").click()
    expect(merchant.step("tax")).to_contain_text("Chosen: no tax.")
    merchant.fill("Terms:", "https://example.com/terms")
    merchant.clicks += 1
    merchant.step("policies").get_by_role("button", name="Save").click()
    expect(merchant.step("policies")).to_contain_text("Done")
    merchant.press("Send test email")
    expect(merchant.step("email")).to_contain_text("Done")
    merchant.finish("Tax, terms, and emails", started)

    started = time.monotonic()
    merchant.press("Open the shop", role="link")
    shop = Store.objects.get()
    shop.sandbox = next_store
    shopper = BrowserShopper(page, shop)
    merchant.press("Buy now")
    shopper.fill_in()
    merchant.fields += 6
    merchant.press(re.compile("^Pay "))
    page.wait_for_url(f"{next_store.url}/link/**")
    merchant.press(re.compile("^Pay "))
    expect(page.get_by_role("heading", name="Thank you! Your order is confirmed.")).to_be_visible()
    merchant.finish("Buy something", started)

    page.goto(f"{live_server.url}/admin/stores/store/{shop.pk}/setup/")
    expect(page.get_by_text("Ready to sell.")).to_be_visible()
    assert Order.objects.get().status == "Paid"
    report(merchant)


def report(merchant):
    for name, clicks, fields, seconds in merchant.steps:
        print(f"{name:24} {clicks:3} clicks {fields:3} fields {seconds:7.1f} s")
    print(
        f"{'In all':24} {sum(step[1] for step in merchant.steps):3} clicks"
        f" {sum(step[2] for step in merchant.steps):3} fields"
        f" {sum(step[3] for step in merchant.steps):7.1f} s with {PRODUCTS} products"
    )


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_setup_pages_are_accessible(live_server, next_store, open_page, admin_client, width, scheme):
    page = open_page(width=width, scheme=scheme)
    cookie = admin_client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    merchant = Merchant(page)

    def look(name):
        take_screenshot(page, f"{name}-{width}-{scheme}")
        assert (name, accessibility_violations(page), overflow_pixels(page)) == (name, [], 0)

    page.goto(f"{live_server.url}/admin/stores/store/add/")
    look("connect")
    merchant.press("Connect")
    look("connect-errors")
    page.goto(f"{live_server.url}/admin/")
    connect(merchant, next_store)
    Store.objects.update(currency="GBP", payment_methods=["link"], payment_gateway=77)
    page.reload()
    look("setup")
