"""The shop around the checkout on the narrowest phone: cart drawer, zoom, filters, and large text."""

import io

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from catalog.images import create_media
from catalog.models import Category
from tests.browser.conftest import accessibility_violations, overflow_pixels, take_screenshot
from tests.factories import make_product

pytestmark = pytest.mark.browser


@pytest.fixture
def lamp(live_shop):
    """A lamp with two pictures, in a category with a second product."""
    lamp = make_product(
        live_shop, name="Lamp", options={"Color": ["Sand", "Ink"]}, description="It shines. " * 20
    )
    for color in ("#c04040", "#4040c0"):
        file = io.BytesIO()
        Image.new("RGB", (400, 500), color).save(file, "PNG")
        file.seek(0)
        create_media(product=lamp, file=file, alt_text="")
    category = Category.objects.create(store=live_shop, name="Lighting", slug="lighting")
    lamp.categories.add(category)
    make_product(live_shop, name="Bulb", options={"Color": ["Ink"]}).categories.add(category)
    return lamp


def check(page: Page, name: str) -> None:
    """Expect nothing from axe, and no need to scroll sideways, also with text twice as large."""
    take_screenshot(page, f"around-{name}")
    found = accessibility_violations(page), overflow_pixels(page)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    take_screenshot(page, f"around-{name}-large")
    assert (name, *found, overflow_pixels(page)) == (name, [], 0, 0)
    page.evaluate("document.documentElement.style.fontSize = ''")


def test_a_shopper_looks_closely_adds_and_goes_on(live_shop, lamp, open_page):
    page = open_page(width="phone", scheme="dark")
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(live_shop.origin + lamp.get_absolute_url())
    check(page, "product")

    page.get_by_role("link", name="Enlarge picture 1").press("Enter")
    zoom = page.get_by_role("dialog")
    expect(zoom).to_have_accessible_name("Enlarge picture 1")
    check(page, "zoom")
    page.keyboard.press("ArrowRight")
    expect(zoom).to_have_accessible_name("Enlarge picture 2")
    zoom.get_by_role("button", name="Zoom in").click()
    expect(zoom.get_by_role("button", name="Zoom out")).to_be_focused()
    page.keyboard.press("Escape")
    expect(zoom).to_have_count(0)
    expect(page.get_by_role("link", name="Enlarge picture 1")).to_be_focused()

    sand = page.get_by_role("radio", name="Sand", exact=True)
    expect(sand).to_have_accessible_description("")
    page.get_by_role("button", name="Add to cart").click()
    drawer = page.get_by_role("dialog", name="Added to your cart")
    expect(drawer.get_by_role("heading")).to_be_focused()
    check(page, "drawer")
    expect(page.locator("[data-cart-count]")).to_have_text("1")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Add to cart")).to_be_focused()

    page.goto(f"{live_shop.origin}/?category=lighting&stock=1&option_Color=Ink")
    expect(page.get_by_role("link", name="Cart, items: 1")).to_be_visible()
    check(page, "filters")
