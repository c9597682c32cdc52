"""From the payment link through one-click upsells to the thank-you page, in a real browser."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from checkout.models import UpsellAttempt
from checkout.sentences import OFFER_DECLINED
from checkout.upsells.selection import upsell_url
from orders.models import Order
from tests.browser.conftest import (
    VIEWS,
    accessibility_violations,
    overflow_pixels,
    own_checkout_in_browser,
    take_screenshot,
)
from tests.browser.test_private_pages import fill_in
from tests.factories import make_link, make_plan
from tests.upsells.helpers import buy_and_settle, make_upsell
from wording.sentence import Sentence

pytestmark = pytest.mark.browser


@pytest.fixture
def upsells(live_shop):
    """Bulbs first; field notes if accepted; then cheaper field notes if declined."""
    down = make_upsell(
        live_shop,
        "Field notes",
        trigger="follows",
        price=Decimal("3.00"),
        headline="The field notes for 3 dollars, then?",
    )
    notes = make_upsell(
        live_shop,
        "Field notes",
        trigger="follows",
        follow_up_on_decline=down,
        headline="Read while it shines",
    )
    return make_upsell(
        live_shop,
        quantity=2,
        discount_percent=Decimal("20"),
        follow_up_on_accept=notes,
        headline="Two spare bulbs for your lamp, 20 % off",
        text="They fit the desk lamp you have just bought, and come in the same parcel.",
    )


@pytest.mark.parametrize("scripts", [True, False])
def test_accepted_and_declined_upsells_end_in_one_order(live_shop, upsells, open_page, scripts):
    page = open_page(scripts=scripts)
    link = make_link(live_shop.products.get(name="Desk lamp"))
    page.goto(f"{live_shop.origin}/checkout?link={link.pk}")
    fill_in(page)
    page.locator("[data-pay]").click()
    page.get_by_role("button", name="Pay 54.00 USD").click()
    if not scripts:
        page.get_by_role("button").click()  # the sandbox page's button back to the shop

    expect(page.get_by_role("heading", name="Two spare bulbs")).to_be_visible()
    page.get_by_role("button", name="Yes, add it and pay $12.00").click()
    expect(page.get_by_role("heading", name="Read while it shines")).to_be_visible()
    page.get_by_role("button", name="No, thanks").click()
    expect(page.get_by_role("heading", name="for 3 dollars, then?")).to_be_visible()
    page.get_by_role("button", name="Yes, add it and pay $3.00").click()

    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    for words in ("Desk lamp", "Light bulb", "Field notes", "$69.00"):
        expect(page.get_by_text(re.compile(re.escape(words))).first).to_be_visible()
    take_screenshot(page, f"upsells-thanks-{'scripts' if scripts else 'plain'}")
    assert Order.objects.get().total == Decimal("69.00")
    assert list(UpsellAttempt.objects.values_list("status", flat=True)) == ["charged", "declined", "charged"]


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_upsell_pages_are_accessible(live_shop, upsells, open_page, width, scheme):
    page = open_page(width=width, scheme=scheme)
    found = {}

    def look(name):
        take_screenshot(page, f"{name}-{width}-{scheme}")
        found[name] = (accessibility_violations(page), overflow_pixels(page))

    order = buy_and_settle(live_shop)
    own_checkout_in_browser(page, order)
    address = live_shop.origin + upsell_url(order)
    page.goto(address)
    look("upsell")
    attempt = UpsellAttempt.objects.get()
    for status in ("refused", "unclear"):
        message = OFFER_DECLINED.fill() if status == "refused" else Sentence()
        UpsellAttempt.objects.update(status=status, message=message)
        live_shop.sandbox.plan_fault("status", operation="ordersRetrieve", status=503, when="before", times=3)
        page.goto(f"{address}/{attempt.pk}")
        look(f"upsell-{status}")
    bulb = live_shop.products.get(name="Light bulb")
    upsells.plan = make_plan(bulb, name="A bulb a month", pricing_policy=[])
    upsells.save()
    page = open_page(width=width, scheme=scheme)  # the previous page reloads itself
    order = buy_and_settle(live_shop, key="plan")
    own_checkout_in_browser(page, order)
    page.goto(live_shop.origin + upsell_url(order))
    look("upsell-plan")

    assert {name: seen for name, seen in found.items() if seen != ([], 0)} == {}
