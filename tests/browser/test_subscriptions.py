"""The shopper's page of a subscription in a real browser."""

import pytest
from playwright.sync_api import expect

from orders.views.subscription import subscription_page
from tests.browser.conftest import hindrances, overflow, see
from tests.subscriptions.actors import TWO_TIERS, make_coffee_plan, renew, subscribe

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "scheme"), [("phone", "dark"), ("desktop", "light")])
def test_paused_kept_and_ended_by_the_shopper(live_shop, open_page, width, scheme, settings):
    settings.ADMIN_API_CALLS_PER_SECOND = 1000
    subscription = renew(live_shop, subscribe(live_shop, make_coffee_plan(live_shop, TWO_TIERS)), times=2)
    page = open_page(width=width, scheme=scheme)
    found = {}

    def look(name):
        see(page, f"subscription-{name}-{width}-{scheme}")
        found[name] = (hindrances(page), overflow(page))

    page.goto(live_shop.origin + subscription_page(subscription))
    expect(page.get_by_text("$44.99").first).to_be_visible()
    look("active")
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_text("Paused. Nothing is charged until you go on")).to_be_visible()
    look("paused")
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("End my subscription").click()
    page.get_by_label("Why do you end it?").fill("Too much")
    look("ending")
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_text("It ends on")).to_be_visible()
    look("ends")
    page.get_by_role("button", name="Keep my subscription").click()
    expect(page.get_by_role("button", name="Skip this one")).to_be_visible()

    assert {name: seen for name, seen in found.items() if seen != ([], 0)} == {}
    assert [row["amount"] for row in live_shop.sandbox.charges()] == ["39.99", "44.99", "44.99"]
