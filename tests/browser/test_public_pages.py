"""The pages everybody sees: clean to axe, no wider than the window, light, and from one host."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import VIEWS, accessibility_violations, overflow_pixels, take_screenshot
from tests.factories import make_link, make_plan, variant_of

KILOBYTE = 1024


@pytest.fixture
def pages(live_shop):
    lamp, bulb = (live_shop.products.get(name=name) for name in ("Desk lamp", "Light bulb"))
    make_plan(bulb)
    link = make_link(lamp, add_ons=[(variant_of(bulb), 1, 3)])
    return {
        "home": "/",
        "product": lamp.get_absolute_url(),
        "plans": bulb.get_absolute_url(),
        "link": link.get_absolute_url(),
        "cart": "/cart",
    }


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_axe_finds_nothing_and_nothing_sticks_out(live_shop, pages, open_page, width, scheme):
    page = open_page(width=width, scheme=scheme)
    for name, path in pages.items():
        page.goto(live_shop.origin + path)
        take_screenshot(page, f"{name}-{width}-{scheme}")

        assert (name, accessibility_violations(page), overflow_pixels(page)) == (name, [], 0)


def test_the_link_page_weighs_at_most_60_kb_and_10_of_script(live_shop, pages, page):
    weights = {}

    def weigh(response):
        kind = response.request.resource_type
        if kind != "image":
            weights[kind] = weights.get(kind, 0) + len(response.body())

    page.on("response", weigh)
    page.goto(live_shop.origin + pages["link"], wait_until="networkidle")

    assert weights["document"] > KILOBYTE
    assert sum(weights.values()) <= 60 * KILOBYTE
    assert weights.get("script", 0) <= 10 * KILOBYTE


def test_a_page_that_is_not_there_is_a_page(live_shop, page):
    page.watch.expected_statuses.add(404)
    answer = page.goto(f"{live_shop.origin}/link/plink_000000000000000000000000000000")

    assert answer.status == 404
    assert accessibility_violations(page) == []
    expect(page.get_by_role("link", name=live_shop.name).first).to_be_visible()
