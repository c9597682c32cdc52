"""From a link in a messenger, previewed first, to the paid order and back, in a real browser."""

import pytest
import requests
from playwright.sync_api import expect

from orders.ephemeral_tokens import issue_token
from orders.models import Customer, EphemeralToken, Order
from tests.browser.conftest import accessibility_violations, overflow_pixels, take_screenshot
from tests.browser.test_private_pages import fill_in
from tests.factories import make_link

pytestmark = pytest.mark.browser

BACK = "https://chat.example/thread/7"


@pytest.fixture
def bulb(live_shop):
    return make_link(live_shop.products.get(name="Light bulb"))


@pytest.fixture
def address(live_shop, bulb):
    """The link's address with a token for Ada."""
    Customer.objects.create(
        store=live_shop, name="Ada Lovelace", email="ada@example.com", phone="+12025550140"
    )
    secret, _token = issue_token(
        store=live_shop,
        idp_key="email",
        idp_subject="ada@example.com",
        provider="whatsapp",
        order_id="their-77",
        return_url=BACK,
    )
    return f"{live_shop.origin}/link/{bulb.pk}?ephemeral_token={secret}"


def open_token_link(page, address):
    page.goto(address)
    page.get_by_role("button", name="Continue").click()


def test_scanner_that_runs_scripts_does_not_use_the_token_up(address, page):
    page.goto(address, wait_until="networkidle")
    page.wait_for_timeout(500)

    expect(page.get_by_role("button", name="Continue")).to_be_visible()
    assert EphemeralToken.objects.get().redeemed_at is None


def pay_and_go_back(page, live_shop, bulb):
    page.wait_for_url(f"{live_shop.origin}/checkout?link={bulb.pk}")
    assert page.locator("[name=email]").input_value() == "ada@example.com"
    assert page.locator("[name=name]").input_value() == "Ada Lovelace"
    fill_in(page)
    page.locator("[data-pay]").click()
    page.get_by_role("button", name="Pay 12.50 USD").click()


def test_token_link_from_messenger_to_paid_order_and_back(live_shop, bulb, address, page):
    previewed = requests.get(address, headers={"User-Agent": "WhatsApp/2.24"}, timeout=10)
    assert previewed.status_code == 200
    assert "Light bulb" in previewed.text

    open_token_link(page, address)
    pay_and_go_back(page, live_shop, bulb)

    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    back = page.get_by_role("link", name="Continue where you left off")
    assert back.get_attribute("href") == BACK
    order = Order.objects.get()
    assert (order.status, order.customer.email) == ("Paid", "ada@example.com")
    assert (order.channel["provider"], order.channel["order_id"]) == ("whatsapp", "their-77")
    assert EphemeralToken.objects.get().redeemed_at is not None


def test_token_button_works_without_javascript(live_shop, bulb, address, open_page):
    page = open_page(scripts=False, width="phone")
    page.goto(address)
    assert EphemeralToken.objects.get().redeemed_at is None
    take_screenshot(page, "token-phone-light")
    page.get_by_role("button", name="Continue").click()

    page.wait_for_url(f"{live_shop.origin}/checkout?link={bulb.pk}")
    assert page.locator("[name=email]").input_value() == "ada@example.com"


def test_second_browser_can_continue_without_the_token(live_shop, bulb, address, open_page):
    first, second = open_page(), open_page(width="phone", scheme="dark")
    open_token_link(first, address)
    first.wait_for_url(f"{live_shop.origin}/checkout?link={bulb.pk}")
    second.watch.expected_statuses.add(410)
    open_token_link(second, address)
    expect(second.get_by_role("heading", name="This link can no longer be used")).to_be_visible()
    take_screenshot(second, "token-spent-phone-dark")
    assert (accessibility_violations(second), overflow_pixels(second)) == ([], 0)
    second.get_by_role("link", name="Continue without it").click()

    second.wait_for_url(f"{live_shop.origin}/checkout?link={bulb.pk}")
    assert second.locator("[name=email]").input_value() == ""


@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_token_page_is_accessible(live_shop, address, open_page, width):
    page = open_page(width=width)
    page.goto(address)
    take_screenshot(page, f"token-{width}")

    assert (accessibility_violations(page), overflow_pixels(page)) == ([], 0)
