"""A shopper withdraws from a contract in a narrow window, without signing in."""

import pytest

from orders.models import Withdrawal
from tests.browser.conftest import accessibility_violations, overflow_pixels, take_screenshot


@pytest.mark.browser
def test_statement_is_made_and_confirmed_on_accessible_pages(live_shop, open_page):
    live_shop.withdrawal_function = "on"
    live_shop.save()
    page = open_page(width="phone", scheme="dark")
    page.set_viewport_size({"width": 320, "height": 640})
    found = []

    def look(name):
        take_screenshot(page, f"withdrawal-{name}-320-dark")
        found.extend((name, problem) for problem in accessibility_violations(page))
        found.extend([(name, "sticks out")] if overflow_pixels(page) > 0 else [])

    page.goto(f"{live_shop.origin}/withdraw")
    page.get_by_role("button", name="Check your statement").click()
    look("errors")
    page.get_by_label("Your name").fill("Ada Lovelace")
    page.get_by_label("Order number").fill("ORD-2026-00001")
    page.get_by_label("Email").fill("ada@example.com")
    page.get_by_role("button", name="Check your statement").click()
    look("review")
    page.get_by_role("button", name="Confirm withdrawal", exact=True).click()
    page.get_by_role("heading", name="We received your withdrawal").wait_for()
    look("receipt")

    assert found == []
    assert Withdrawal.objects.get().contract == "ORD-2026-00001"
