"""Complete purchases in a real browser, from the shop to the Link page on another site and back."""

import datetime
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from checkout.models import PaymentIntent
from tests.browser.conftest import VIEWS, accessibility_violations, overflow_pixels, take_screenshot
from tests.browser.shopper import BrowserShopper
from tests.factories import make_link, variant_of


@pytest.fixture
def link(live_shop):
    lamp, bulb = (live_shop.products.get(name=name) for name in ("Desk lamp", "Light bulb"))
    return make_link(lamp, add_ons=[(variant_of(bulb), 1, 3)])


@pytest.fixture
def shopper(live_shop, page):
    return BrowserShopper(page, live_shop)


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_every_page_from_link_to_paid_order_is_accessible(live_shop, link, open_page, width, scheme):
    shopper = BrowserShopper(open_page(width=width, scheme=scheme), live_shop)

    def look(name):
        take_screenshot(shopper.page, f"{name}-{width}-{scheme}")
        assert (name, accessibility_violations(shopper.page), overflow_pixels(shopper.page)) == (name, [], 0)

    shopper.open(link.get_absolute_url())
    shopper.page.get_by_role("radio", name="White").check()
    shopper.press("Continue to checkout")
    look("checkout")
    shopper.press(re.compile("with Link$"))
    look("checkout-errors")
    shopper.fill_in()
    shopper.go_to_link()
    look("hosted-link-page")
    shopper.pay()
    shopper.sees_paid()
    look("thanks")
    shopper.follow("View your order")
    look("status")

    order = live_shop.orders.get()
    assert (order.items_total, order.shipping_total, order.total) == (56.5, 5, 61.5)
    assert [str(item) for item in order.items.all()] == ["1 × Desk lamp", "1 × Light bulb"]


def test_purchase_from_a_link_without_javascript(live_shop, link, open_page):
    shopper = BrowserShopper(open_page(width="phone", scripts=False), live_shop)

    shopper.open(link.get_absolute_url())
    shopper.page.get_by_role("radio", name="White").check()
    shopper.press("Continue to checkout")
    shopper.page.get_by_label("Country").select_option("DE")
    shopper.press("Update country")
    expect(shopper.page.get_by_label("Country")).to_have_value("DE")
    shopper.page.get_by_label("Country").select_option("US")
    shopper.press("Update country")
    shopper.fill_in()
    shopper.go_to_link()
    shopper.pay()
    shopper.press("Back to the shop")
    shopper.sees_paid()

    assert live_shop.orders.get().items.first().option_values == {"Color": "White"}


def test_cart_and_language_survive_the_return_from_link_s13(live_shop, shopper):
    lamp, notes = (live_shop.products.get(name=name) for name in ("Desk lamp", "Field notes"))
    shopper.open(lamp.get_absolute_url())
    shopper.add_to_cart()
    shopper.follow("Deutsch")
    shopper.page.wait_for_load_state()
    shopper.open(f"/checkout?variant={variant_of(notes).pk}&quantity=1")
    assert shopper.page.locator("html").get_attribute("lang") == "de"
    shopper.page.locator("[name=email]").fill("ada@example.com")
    shopper.page.locator("[name=name]").fill("Ada Lovelace")
    shopper.page.locator("[data-pay]").click()
    shopper.page.wait_for_url(f"{shopper.link_site}/link/**")
    shopper.pay()
    shopper.page.wait_for_url("**/thanks")

    assert shopper.page.locator("html").get_attribute("lang") == "de"
    shopper.open("/cart")
    expect(shopper.page.locator(".line__title", has_text="Desk lamp")).to_be_visible()
    assert shopper.page.locator("html").get_attribute("lang") == "de"


def test_purchase_from_product_pages_through_the_cart(live_shop, shopper):
    lamp, bulb = (live_shop.products.get(name=name) for name in ("Desk lamp", "Light bulb"))
    for product in (lamp, bulb):
        shopper.open(product.get_absolute_url())
        shopper.add_to_cart()
    take_screenshot(shopper.page, "cart-filled")
    assert accessibility_violations(shopper.page) == []
    shopper.press("Check out")
    shopper.fill_in()
    shopper.go_to_link()
    shopper.pay()
    shopper.sees_paid()

    shopper.open("/cart")
    expect(shopper.page.get_by_text("Your cart is empty.")).to_be_visible()
    assert accessibility_violations(shopper.page) == []


def test_declined_payment_can_be_retried_with_the_same_selection(live_shop, link, shopper):
    shopper.open(link.get_absolute_url())
    shopper.page.get_by_role("radio", name="White").check()
    shopper.press("Continue to checkout")
    shopper.fill_in()
    shopper.go_to_link()
    shopper.decline()
    shopper.sees_not_completed()
    take_screenshot(shopper.page, "not-completed")
    assert accessibility_violations(shopper.page) == []
    shopper.follow("Try again")
    expect(shopper.page.get_by_label("Email", exact=True)).to_have_value("ada@example.com")
    expect(shopper.page.get_by_label("City")).to_have_value("Portland")
    shopper.go_to_link()
    shopper.pay()
    shopper.sees_paid()

    assert live_shop.orders.get().items.first().option_values == {"Color": "White"}


def test_back_button_from_link_restores_the_checkout_and_pays_once(live_shop, link, shopper):
    shopper.open(link.get_absolute_url())
    shopper.press("Continue to checkout")
    shopper.fill_in()
    shopper.go_to_link()
    shopper.page.go_back()
    expect(shopper.page.get_by_label("Email", exact=True)).to_have_value("ada@example.com")
    shopper.go_to_link()
    shopper.pay()
    shopper.sees_paid()


def test_checkout_can_be_reopened_after_closing_the_tab_at_link(live_shop, link, shopper):
    shopper.open(link.get_absolute_url())
    shopper.press("Continue to checkout")
    checkout = shopper.page.url
    shopper.fill_in()
    shopper.go_to_link()
    context = shopper.page.context
    shopper.page.close()
    again = BrowserShopper(context.new_page(), live_shop)
    again.page.goto(checkout)
    again.go_to_link()
    again.pay()
    again.sees_paid()


def test_two_tabs_of_one_checkout_pay_once(live_shop, link, shopper):
    shopper.open(link.get_absolute_url())
    shopper.press("Continue to checkout")
    shopper.fill_in()
    other = BrowserShopper(shopper.page.context.new_page(), live_shop)
    other.page.goto(shopper.page.url)
    other.fill_in()
    shopper.go_to_link()
    other.go_to_link()
    shopper.pay()
    shopper.sees_paid()
    other.pay()

    expect(other.page.get_by_role("heading", name="Thank you! Your order is confirmed.")).to_be_visible()
    assert len(live_shop.sandbox.charges()) == 1


def test_lost_return_is_found_when_the_shopper_tries_again_s1(live_shop, link, shopper):
    live_shop.sandbox.switches(return_mode="never")
    shopper.open(link.get_absolute_url())
    shopper.press("Continue to checkout")
    checkout = shopper.page.url
    shopper.fill_in()
    shopper.go_to_link()
    shopper.pay()
    expect(shopper.page.get_by_text("never send shoppers back")).to_be_visible()
    a_minute_ago = timezone.now() - datetime.timedelta(minutes=1)
    PaymentIntent.objects.update(created_at=a_minute_ago)
    shopper.page.goto(checkout)
    shopper.press(re.compile("with Link$"))

    shopper.sees_paid()


def test_payment_page_waits_for_a_slow_next_api_s15(live_shop, link, shopper):
    shopper.open(link.get_absolute_url())
    shopper.press("Continue to checkout")
    shopper.fill_in()
    shopper.go_to_link()
    live_shop.sandbox.plan_fault("status", operation="ordersRetrieve", status=502, times=3)
    live_shop.sandbox.plan_fault("status", operation="ordersList", status=502, times=3)
    shopper.pay()
    expect(shopper.page.get_by_role("heading", name="We're confirming your payment")).to_be_visible()
    take_screenshot(shopper.page, "confirming")
    assert accessibility_violations(shopper.page) == []
    shopper.page.set_default_timeout(40_000)
    shopper.page.wait_for_url("**/thanks")
    shopper.sees_paid()


@pytest.mark.parametrize("origin", [None, "null", "https://checkout.link.com"])
def test_return_from_any_origin_passes_the_csrf_check_s14(live_shop, link, shopper, page, origin):
    shopper.open(link.get_absolute_url())
    shopper.press("Continue to checkout")
    shopper.fill_in()
    shopper.go_to_link()
    done = live_shop.sandbox.pay(page.url)
    answer = page.context.request.post(
        done["return_url"],
        form={"response": done["response"]},
        headers={"Origin": origin, "Sec-Fetch-Site": "cross-site"} if origin else {},
    )

    assert answer.status == 200
    assert answer.url.endswith("/thanks")
    assert live_shop.orders.get().is_paid


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_return_in_another_browser_tells_the_outcome_and_opens_no_order(
    live_shop, link, shopper, open_page, width, scheme
):
    """S9: as after a payment in Link's own app."""
    shopper.open(link.get_absolute_url())
    shopper.press("Continue to checkout")
    shopper.fill_in()
    shopper.go_to_link()
    other = open_page(width=width, scheme=scheme)
    other.goto(shopper.page.url)
    other.get_by_role("button", name=re.compile("^Pay ")).click()

    expect(other.get_by_role("heading", name="Thank you! Your payment went through.")).to_be_visible()
    other.wait_for_url("**same_site")
    take_screenshot(other, f"paid-elsewhere-{width}-{scheme}")
    assert "ada@example.com" not in other.content()
    assert (accessibility_violations(other), overflow_pixels(other)) == ([], 0)
    shopper.page.goto(other.url)
    shopper.sees_paid()
