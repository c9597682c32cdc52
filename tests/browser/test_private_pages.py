"""Private pages from the cart to the order: accessible and without horizontal overflow."""

import pytest
from playwright.sync_api import expect

from checkout.models import PaymentIntent
from checkout.payments.payment_return import payment_page_url
from checkout.sentences import PAYMENT_DECLINED
from tests.browser.conftest import VIEWS, accessibility_violations, overflow_pixels, take_screenshot
from tests.checkout_pages.conftest import ADDRESS, latest_intent
from tests.factories import make_link, variant_of
from tests.payments.helpers import pay_at_link


@pytest.fixture
def link(live_shop):
    lamp, bulb = (live_shop.products.get(name=name) for name in ("Desk lamp", "Light bulb"))
    return make_link(lamp, add_ons=[(variant_of(bulb), 1, 3)], custom_text_label="Engraving")


def fill_in(page, **changed):
    for name, value in {**ADDRESS, **changed}.items():
        if name in ("country", "state"):
            page.locator(f"[name={name}]").select_option(value)
        elif name != "shipping":
            page.locator(f"[name={name}]").fill(value)


def put_in_cart(page, shop, name):
    page.goto(shop.origin + shop.products.get(name=name).get_absolute_url())
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_role("link", name="View cart").click()


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_pages_from_cart_to_order_are_accessible(live_shop, link, open_page, width, scheme):
    page = open_page(width=width, scheme=scheme)
    found = {}

    def look(name):
        take_screenshot(page, f"{name}-{width}-{scheme}")
        found[name] = (accessibility_violations(page), overflow_pixels(page))

    page.goto(f"{live_shop.origin}/cart")
    look("cart-empty")
    put_in_cart(page, live_shop, "Desk lamp")
    put_in_cart(page, live_shop, "Light bulb")
    look("cart")
    page.get_by_role("button", name="Check out").click()
    look("checkout")
    fill_in(page, email="ada@", postal_code="1")
    page.locator("[data-pay]").click()
    expect(page.locator("[data-problems]")).to_be_focused()
    expect(page.locator("#id_email_error")).to_contain_text("Enter a complete email address, such as")
    look("checkout-errors")
    page.get_by_label("Email", exact=True).fill("ada@example.com")
    expect(page.get_by_text("Enter a complete email address, such as")).to_be_hidden()

    page.goto(f"{live_shop.origin}/checkout?link={link.pk}&quantity=2&text=For+Ada")
    fill_in(page)
    page.locator("[data-pay]").click()
    page.wait_for_url("http://127.0.0.1:*/**")
    intent = latest_intent(live_shop)
    page.goto(payment_page(live_shop, intent))
    look("confirming")
    PaymentIntent.objects.update(status="review")
    page.goto(payment_page(live_shop, intent))
    look("review")
    PaymentIntent.objects.update(status="declined", message=PAYMENT_DECLINED.fill())
    page.goto(payment_page(live_shop, intent))
    look("not-completed")
    PaymentIntent.objects.update(status="redirected", checked_at=None)
    pay_at_link(intent)
    page.goto(payment_page(live_shop, intent))
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    look("thanks")
    page.get_by_role("link", name="View your order").click()
    look("status")

    assert {name: seen for name, seen in found.items() if seen != ([], 0)} == {}


def payment_page(shop, intent):
    return shop.origin + payment_page_url(intent)


@pytest.mark.browser
def test_country_change_updates_fields_and_keeps_typed_values(live_shop, link, page):
    page.goto(f"{live_shop.origin}/checkout?link={link.pk}")
    fill_in(page)

    page.get_by_label("Country").focus()
    page.get_by_label("Country").select_option("DE")

    expect(page.get_by_label("State")).to_have_count(0)
    expect(page.get_by_text("Express")).to_have_count(0)
    expect(page.get_by_label("Address", exact=True)).to_have_value("12 Main Street")
    expect(page.get_by_label("Email", exact=True)).to_have_value("ada@example.com")
    expect(page.get_by_label("Country")).to_be_focused()
    assert accessibility_violations(page) == []


@pytest.mark.browser
def test_shipping_change_updates_the_total(live_shop, link, page):
    page.goto(f"{live_shop.origin}/checkout?link={link.pk}")
    fill_in(page)

    page.get_by_text("Express").click()

    expect(page.get_by_role("button", name="Pay $71.50 with Link")).to_be_visible()
    expect(page.get_by_role("radio", name="Express")).to_be_checked()
    page.locator("[data-pay]").click()
    page.wait_for_url("http://127.0.0.1:*/**")
    assert PaymentIntent.objects.get().amount == pytest.approx(71.5)


@pytest.mark.browser
def test_click_during_an_update_is_not_lost(live_shop, link, page):
    page.goto(f"{live_shop.origin}/checkout?link={link.pk}")
    fill_in(page)
    page.wait_for_load_state("networkidle")
    button = page.locator("[data-pay]")
    button.hover()

    with page.expect_response(lambda answer: answer.request.method == "POST") as update:
        page.mouse.down()
        page.get_by_label("Country").dispatch_event("change")
    update.value.finished()
    expect(page.locator("[data-checkout]")).not_to_have_attribute("aria-busy", "true")
    page.mouse.up()

    page.wait_for_url("http://127.0.0.1:*/**")
    assert PaymentIntent.objects.count() == 1


@pytest.mark.browser
def test_waiting_page_continues_automatically(live_shop, link, page):
    """S1, S15: the shopper does not need to click anything."""
    page.goto(f"{live_shop.origin}/checkout?link={link.pk}")
    fill_in(page)
    page.locator("[data-pay]").click()
    page.wait_for_url("http://127.0.0.1:*/**")
    intent = latest_intent(live_shop)
    page.goto(payment_page(live_shop, intent))
    expect(page.get_by_role("heading", name="We're confirming your payment")).to_be_visible()

    pay_at_link(intent)

    expect(page.get_by_role("heading", name="Thank you")).to_be_visible(timeout=15_000)


@pytest.mark.browser
def test_checkout_works_without_javascript(live_shop, link, open_page):
    page = open_page(scripts=False)
    page.goto(f"{live_shop.origin}/checkout?link={link.pk}")
    fill_in(page)
    page.get_by_label("Country").select_option("DE")
    page.get_by_role("button", name="Update country").click()
    expect(page.get_by_label("Address", exact=True)).to_have_value("12 Main Street")
    page.get_by_label("Postal code").fill("10115")
    page.get_by_label("City").fill("Berlin")

    page.get_by_role("button", name="Buy now").click()

    page.wait_for_url("http://127.0.0.1:*/**")
