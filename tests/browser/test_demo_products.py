"""A browser looks at every kind of product, at every width, light and dark: axe finds nothing to say."""

import datetime

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from catalog.models import PaymentLink, Product
from demo.seed_catalog import seed_demo_catalog
from stores.models import Store
from tests.browser import conftest
from tests.browser.conftest import accessibility_violations, overflow_pixels, take_screenshot
from tests.factories import make_link, make_plan, make_product

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FIXED = {"policy_type": "FIXED", "adjustment_type": "PERCENTAGE", "adjustment_value": "30"}
LATER = {**FIXED, "policy_type": "RECURRING", "adjustment_value": "10", "after_cycle": "2"}


@pytest.fixture
def kinds(live_shop):
    """The path of a page of each kind, by its name; the closed ones begin with "closed"."""
    seed_demo_catalog(store=live_shop, with_images=False)
    links = {
        link.metadata["demo"]: link.get_absolute_url()
        for link in PaymentLink.objects.filter(store=live_shop, metadata__has_key="demo")
    }
    paper = make_product(live_shop, name="Morning paper", price="20.00")
    make_plan(paper, trial_period_days=14, pricing_policy=[FIXED, LATER])
    tote = Product.objects.get(store=live_shop, slug="market-tote")
    hour_ago = timezone.now() - datetime.timedelta(hours=1)
    return {
        "options with swatches, one combination sold out, one never sold": links["Cushions"],
        "add-ons, one of them mandatory": links["Pour-over set with filters"],
        "a list, with an optional subscription in tiers": links["Coffee, once or by subscription"],
        "by subscription only": links["Tea club"],
        "a trial, then two tiers": make_link(paper).get_absolute_url(),
        "sold out": links["Lambswool throw"],
        "nothing to ship, one at most": links["The Quiet Kitchen, e-book"],
        "a product's page": tote.get_absolute_url(),
        "the shop": "/",
        "a search without result": "/?q=sofa",
        "closed: expired": make_link(tote, expires_at=hour_ago).get_absolute_url(),
        "closed: used up": make_link(tote, uses_left=0).get_absolute_url(),
    }


@pytest.mark.parametrize(("width", "scheme"), [("phone", "light"), ("tablet", "dark"), ("desktop", "light")])
def test_every_kind_can_be_read_and_used_by_everybody(
    live_shop, kinds, open_page, monkeypatch, width, scheme
):
    monkeypatch.setitem(conftest.VIEWPORTS, "tablet", (768, 1024))
    page = open_page(width=width, scheme=scheme)
    page.watch.expected_statuses.add(410)
    found = {}
    for kind, path in kinds.items():
        page.goto(live_shop.origin + path)
        take_screenshot(page, f"{kind}-{width}-{scheme}".replace(" ", "-"))
        found[kind] = [*accessibility_violations(page), *(["sticks out"] if overflow_pixels(page) else [])]
    assert {kind: faults for kind, faults in found.items() if faults} == {}


def test_a_trial_is_said_in_full_and_costs_nothing_today(live_shop, kinds, page):
    Store.objects.update(verification_amount="1.00")
    page.goto(live_shop.origin + kinds["a trial, then two tiers"])
    page.get_by_role("radio", name="Every month").check()
    expect(page.locator("[data-terms]")).to_have_text(
        "14 days free, then $14.00 every month for the first 2 months, then $18.00 every month, plus shipping"
    )
    expect(page.locator("[data-verification]")).to_have_text(
        "You pay only shipping today. If shipping is free, we charge $1.00 to verify your payment method "
        "and refund it right away."
    )
    expect(page.locator("[data-total]")).to_have_text("$0.00")


def test_nothing_sold_out_can_be_bought(live_shop, kinds, page):
    page.goto(live_shop.origin + kinds["sold out"])
    expect(page.locator("[data-buy]")).to_be_disabled()
    expect(page.locator("[data-buy]")).to_have_text("Sold out")
