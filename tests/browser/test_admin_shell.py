"""The frame of the admin, in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import accessibility_violations, overflow_pixels, take_screenshot
from tests.factories import make_order


@pytest.mark.browser
def test_menu_opens_on_a_phone_without_scripts_and_a_slash_leads_to_the_search(
    live_shop, open_page, admin_client
):
    order = make_order(live_shop, name="Ada Lovelace")
    cookie = {"name": "sessionid", "value": admin_client.cookies["sessionid"].value, "url": live_shop.origin}
    phone = open_page(width="phone", scripts=False)
    phone.context.add_cookies([cookie])
    phone.goto(f"{live_shop.origin}/admin/")
    expect(phone.get_by_role("link", name="Products", exact=True)).to_be_hidden()

    phone.get_by_text("Menu", exact=True).click()
    phone.get_by_role("link", name="Products", exact=True).click()

    expect(phone.get_by_role("heading", name="Products", level=1)).to_be_visible()

    desktop = open_page(scheme="dark")
    desktop.context.add_cookies([cookie])
    desktop.goto(f"{live_shop.origin}/admin/reports/sales/")
    assert (accessibility_violations(desktop), overflow_pixels(desktop)) == ([], 0)

    desktop.keyboard.press("/")
    desktop.keyboard.type("lovelace")
    desktop.keyboard.press("Enter")

    expect(desktop.get_by_role("link", name=order.number)).to_be_visible()
    take_screenshot(desktop, "admin-search")
    assert accessibility_violations(desktop) == []


@pytest.mark.browser
def test_no_form_is_cut_off_on_a_phone(live_shop, open_page, admin_client):
    phone = open_page(width="phone")
    session = admin_client.cookies["sessionid"].value
    phone.context.add_cookies([{"name": "sessionid", "value": session, "url": live_shop.origin}])
    phone.goto(f"{live_shop.origin}/admin/catalog/category/add/")

    widths = phone.locator(".form-row").evaluate_all(
        "rows => rows.map(row => row.scrollWidth - row.clientWidth)"
    )

    assert widths == [0] * len(widths)
    assert len(widths) > 3
