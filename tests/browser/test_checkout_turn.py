"""S38: the page for those who press Pay while many others do, with and without JavaScript."""

import re

from playwright.sync_api import expect

from checkout.models import PaymentIntent
from checkout.views import checkout_turn
from nextcommerce import turns
from tests.browser.conftest import accessibility_violations, overflow_pixels, take_screenshot
from tests.browser.shopper import BrowserShopper
from tests.factories import variant_of


def test_waiting_page_goes_on_to_link_with_and_without_javascript(live_shop, open_page, monkeypatch):
    monkeypatch.setattr(turns, "MAX_WAIT_SECONDS", 0)
    monkeypatch.setattr(checkout_turn, "REFRESH_SECONDS", (1, 1))
    notes = variant_of(live_shop.products.get(name="Field notes"))
    looks = [
        BrowserShopper(open_page(width="phone", scheme="dark"), live_shop),
        BrowserShopper(open_page(width="desktop", scripts=False), live_shop),
    ]
    for shopper in looks:
        shopper.open(f"/checkout?variant={notes.pk}")
        shopper.fill_in()
    turns.limit_turns(16)
    assert turns._queue.take()  # somebody else's, for now

    for number, shopper in enumerate(looks):
        shopper.press(re.compile("^Pay .* with Link$"))
        expect(shopper.page.get_by_role("heading", name="You're in line")).to_be_visible()
        take_screenshot(shopper.page, f"turn-{number}")
        assert overflow_pixels(shopper.page) == 0
    assert accessibility_violations(looks[0].page) == []
    assert not PaymentIntent.objects.exists()
    turns._queue.give_back(worked_seconds=0)

    for shopper in looks:
        shopper.page.wait_for_url(f"{shopper.link_site}/link/**")
    assert PaymentIntent.objects.filter(status="redirected").count() == 2
