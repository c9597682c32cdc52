"""The checkout on a phone: its button in reach, its fields checked when left, and nothing typed lost."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import accessibility_violations, overflow_pixels, take_screenshot
from tests.factories import make_link


@pytest.mark.browser
def test_shopper_on_a_phone_is_helped_and_loses_nothing(live_shop, open_page):
    link = make_link(live_shop.products.get(name="Desk lamp"))
    address = f"{live_shop.origin}/checkout?link={link.pk}"
    page = open_page(width="phone")
    email, name, code = (page.locator(f"#id_{field}") for field in ("email", "name", "postal_code"))

    page.goto(address)
    expect(page.locator("[data-pay-bar]")).to_be_in_viewport()
    expect(page.locator("[data-pay]")).not_to_be_in_viewport()

    email.fill("ada@gmial.com")
    name.fill("Ada Lovelace")
    page.get_by_role("button", name="Did you mean ada@gmail.com?").click()
    expect(email).to_have_value("ada@gmail.com")
    expect(email).to_be_focused()
    code.fill("12")
    page.locator("#id_city").fill("Monsey")
    expect(page.get_by_text("Enter 5 digits, such as 95014.").first).to_be_visible()
    expect(code).to_have_attribute("aria-invalid", "true")
    take_screenshot(page, "checkout-checked-phone")
    assert (accessibility_violations(page), overflow_pixels(page)) == ([], 0)
    code.fill("10952")
    expect(code).not_to_have_attribute("aria-invalid", "true")

    page.goto(f"{live_shop.origin}/cart")
    page.goto(address)
    expect(email).to_have_value("ada@gmail.com")
    expect(code).to_have_value("10952")
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("html[lang=de]")).to_have_count(1)
    expect(name).to_have_value("Ada Lovelace")

    page.locator("[data-pay]").scroll_into_view_if_needed()
    expect(page.locator("[data-pay-bar]")).to_be_hidden()
    page.locator("#id_line1").fill("12 Main Street")
    page.locator("#id_state").select_option("NY")
    page.context.clear_cookies(name="csrftoken")
    page.watch.expected_statuses.add(403)
    page.locator("[data-pay-bar]").click()
    expect(page.locator("[data-problems]")).to_be_focused()
    expect(page.locator("#id_line1")).to_have_value("12 Main Street")
    page.locator("[data-pay-bar]").click()

    page.wait_for_url("http://127.0.0.1:*/link/**")
