"""A subscription in a real browser: bought through a link, renewed three times, then managed."""

import os
import re

import pytest
from playwright.sync_api import expect

from checkout.payments.reconcile import reconcile_due_rows
from subscriptions.models import Subscription
from tests.browser.conftest import VIEWPORTS, accessibility_violations, overflow_pixels, take_screenshot
from tests.browser.shopper import BrowserShopper
from tests.factories import make_link
from tests.subscriptions.helpers import TWO_TIERS, advance_clock_and_sync, make_coffee_plan

pytestmark = pytest.mark.browser
EACH = {"phone-light", "desktop-dark"}


class Subscriber(BrowserShopper):
    def looks(self, name):
        """Check accessibility and overflow on a phone and a desktop, in light and dark."""
        page = self.page
        for width, (across, down) in VIEWPORTS.items():
            for scheme in ("light", "dark"):
                if f"{width}-{scheme}" in EACH or os.environ.get("SCREENSHOTS"):
                    page.set_viewport_size({"width": across, "height": down})
                    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                    take_screenshot(page, f"subscription-{name}-{width}-{scheme}")
                    assert (name, accessibility_violations(page), overflow_pixels(page)) == (name, [], 0)

    def waits_a_cycle(self):
        """Move the sandbox clock past the next charge and run the reconciler."""
        subscription = Subscription.objects.get()
        advance_clock_and_sync(self.shop, to=subscription.next_renewal_at.isoformat())
        reconcile_due_rows()
        self.page.reload()

    def history(self):
        rows = self.page.locator(".history td").all_inner_texts()
        return [row.strip() for row in reversed(rows)]


def test_shopper_buys_a_trial_with_two_tiers_and_manages_it(live_shop, open_page, settings):
    """R139 to R162, as a shopper meets them."""
    settings.NEXT_API_CALLS_PER_SECOND = 1000
    make_coffee_plan(live_shop, TWO_TIERS, trial_period_days=7, trial_price="5.00")
    make_coffee_plan(live_shop, [], interval="year", name="Every year")
    link = make_link(live_shop.products.get(name="Field notes"))
    shopper = Subscriber(open_page(), live_shop)
    page = shopper.page

    shopper.open(link.get_absolute_url())
    page.get_by_role("radio", name=re.compile("^Every month")).check()
    shopper.press("Continue to checkout")
    shopper.fill_in()
    shopper.go_to_link()
    shopper.pay()
    shopper.sees_paid()
    reconcile_due_rows()
    page.reload()
    shopper.follow(re.compile("^Manage your subscription"))
    expect(page.get_by_text("Your trial ends on")).to_be_visible()
    shopper.looks("trial")
    for _ in range(3):
        shopper.waits_a_cycle()
    assert shopper.history() == ["$5.00", "$39.99", "$44.99", "$44.99"]
    shopper.looks("active")

    shopper.follow("Change subscription")
    page.get_by_label("Every year").check()
    page.get_by_label("Quantity").fill("2")
    shopper.press("Preview change")
    expect(page.get_by_text("instead of $44.99")).to_be_visible()
    shopper.looks("change")
    shopper.follow("Keep current subscription")

    page.get_by_text("Pause my subscription").click()
    shopper.press("Pause")
    expect(page.get_by_role("status")).to_contain_text("You won't be charged until you resume")
    shopper.looks("paused")
    shopper.press("Resume")
    page.get_by_text("Cancel my subscription").click()
    expect(page.get_by_label("Tell us more")).to_be_hidden()
    page.get_by_label("Why are you canceling?").select_option("other")
    page.get_by_label("Tell us more").fill("Too much coffee")
    shopper.looks("ending")
    shopper.press("Cancel subscription")
    expect(page.get_by_role("status")).to_contain_text("Your subscription ends on")
    shopper.looks("ends")

    advance_clock_and_sync(live_shop, days=40)
    reconcile_due_rows()
    page.reload()
    expect(page.get_by_text("Your subscription ended on")).to_be_visible()
    assert [row["amount"] for row in live_shop.sandbox.charges()] == ["5.00", "39.99", "44.99", "44.99"]
