"""A shopper withdraws from a contract and cancels one in a narrow window, without signing in."""

import pytest

from orders.models import ContractNotice
from tests.browser.conftest import accessibility_violations, overflow_pixels, take_screenshot


@pytest.mark.browser
def test_notices_are_given_on_accessible_pages(live_shop, open_page):
    live_shop.withdrawal_function = live_shop.cancellation_page = "on"
    live_shop.save()
    page = open_page(width="phone", scheme="dark")
    page.set_viewport_size({"width": 320, "height": 640})
    found = []

    def look(name):
        take_screenshot(page, f"notice-{name}-320-dark")
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

    page.get_by_role("link", name="Cancel contracts here", exact=True).click()
    page.get_by_label("Right away, for cause").check()
    page.get_by_role("button", name="Cancel now", exact=True).click()
    look("cancellation-errors")
    page.get_by_label("At the end of the period").check()
    page.get_by_label("Your name").fill("Ada Lovelace")
    page.get_by_label("Contract").fill("Coffee, since May")
    page.get_by_label("End date").fill("2027-01-31")
    page.get_by_label("Email").fill("ada@example.com")
    page.get_by_role("button", name="Cancel now", exact=True).click()
    page.get_by_role("heading", name="We received your cancellation").wait_for()
    look("cancellation-receipt")

    assert found == []
    contracts = ContractNotice.objects.order_by("received_at").values_list("contract", flat=True)
    assert list(contracts) == ["ORD-2026-00001", "Coffee, since May"]
