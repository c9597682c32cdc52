"""Choosing on a link's and a product's page: by mouse, by keyboard, and without scripts."""

import io
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import expect

from catalog.images import create_media
from catalog.models import LinkVisitCount, Variant
from catalog.pictures import set_variant_pictures
from tests.browser.conftest import accessibility_violations, take_screenshot
from tests.factories import make_link, make_plan, make_product, variant_of

pytestmark = pytest.mark.browser


@pytest.fixture
def cushion(live_shop):
    """Ink / L is never sold; Sand / L is sold out."""
    cushion = make_product(
        live_shop,
        name="Cushion",
        price="39.00",
        options={"Color": ["Sand", "Ink"], "Size": ["S", "L"]},
        prices={"Ink / S": "45.00"},
    )
    variant_of(cushion, "Ink / L").delete()
    Variant.objects.filter(pk=variant_of(cushion, "Sand / L").pk).update(inventory_quantity=0)
    return cushion


@pytest.fixture
def link(live_shop, cushion):
    box = make_product(live_shop, name="Gift box", price="6.00")
    card = make_product(live_shop, name="Card", price="2.50")
    return make_link(
        cushion,
        add_ons=[(variant_of(box), 1, 2), (variant_of(card), 0, 3)],
        variant_config={"show_inventory": True},
    )


def choose(page, value):
    page.get_by_role("radio", name=value).check(force=True)


def total(page):
    return page.locator("[data-total]")


def test_the_total_follows_every_selection(live_shop, link, page):
    page.goto(live_shop.origin + link.get_absolute_url())
    expect(total(page)).to_have_text("$45.00")
    choose(page, "Ink")
    expect(total(page)).to_have_text("$51.00")
    # With the gift box, which the link always adds.
    expect(page.locator("[data-price]").first).to_have_text("$51.00")
    for _ in range(2):
        page.locator(".line", has_text="Card").get_by_role("button", name="More").click()
    expect(total(page)).to_have_text("$56.00")
    page.locator(".product-form__quantity").get_by_role("button", name="More").click()
    expect(total(page)).to_have_text("$101.00")


def test_steppers_keep_to_their_limits(live_shop, link, page):
    page.goto(live_shop.origin + link.get_absolute_url())
    box = page.locator(".line", has_text="Gift box")
    expect(box.get_by_role("button", name="Fewer")).to_be_disabled()
    box.get_by_role("button", name="More").click()
    expect(box.get_by_role("button", name="More")).to_be_disabled()
    field = box.get_by_role("spinbutton")
    field.fill("99")
    field.blur()
    expect(field).to_have_value("2")
    field.fill("")
    field.blur()
    expect(field).to_have_value("1")


def test_sold_out_and_impossible_combinations_are_shown_as_such(live_shop, link, page):
    page.goto(live_shop.origin + link.get_absolute_url())
    large = page.locator("label.swatch", has=page.locator('input[value="L"]'))
    expect(large.locator("[data-state]")).to_have_text("Sold out")
    page.locator('input[value="L"]').check(force=True)
    buy = page.locator("[data-buy]")
    expect(page.locator("[data-stock]")).to_have_text("Sold out")
    expect(buy).to_be_disabled()
    choose(page, "Ink")
    expect(page.locator("[data-stock]")).to_have_text("Not available in this combination")
    take_screenshot(page, "choosing-impossible")
    assert accessibility_violations(page) == []
    page.locator('input[value="S"]').check(force=True)
    expect(page.locator("[data-stock]")).to_have_text("10 left")
    expect(buy).to_be_enabled()


def test_a_plan_changes_what_is_due_today(live_shop, cushion, page):
    make_plan(
        cushion,
        pricing_policy=[
            {"policy_type": "FIXED", "adjustment_type": "PERCENTAGE", "adjustment_value": "50"},
            {
                "policy_type": "RECURRING",
                "adjustment_type": "PERCENTAGE",
                "adjustment_value": "10",
                "after_cycle": "1",
            },
        ],
    )
    page.goto(live_shop.origin + make_link(cushion).get_absolute_url())
    expect(total(page)).to_have_text("$39.00")
    choose(page, "Every month")
    expect(total(page)).to_have_text("$19.50")
    choose(page, "Ink")
    expect(total(page)).to_have_text("$22.50")
    expect(page.locator("[data-terms]")).to_have_text(
        "$22.50 for the first month, then $40.50 every month, plus shipping"
    )


@pytest.mark.parametrize("scripts", [True, False])
def test_the_selection_is_what_the_checkout_is_asked_for(live_shop, link, open_page, scripts):
    page = open_page(scripts=scripts)
    page.goto(f"{live_shop.origin}{link.get_absolute_url()}?utm_source=mail")
    choose(page, "Ink")
    page.locator(".line", has_text="Card").get_by_role("spinbutton").fill("1")
    with page.expect_request("**/checkout?**") as asked:
        page.get_by_role("button", name="Continue to checkout").click()
    query = parse_qs(urlsplit(asked.value.url).query)
    assert query["link"] == [link.pk]
    assert query["option_Color"] == ["Ink"]
    assert query["option_Size"] == ["S"]
    assert query["quantity"] == ["1"]
    assert query["utm_source"] == ["mail"]
    assert sorted(value for name, value in query.items() if name.startswith("addon_")) == [["1"], ["1"]]
    expect(page.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_product_goes_into_the_cart(live_shop, cushion, open_page, scripts):
    page = open_page(scripts=scripts)
    page.goto(live_shop.origin + cushion.get_absolute_url())
    choose(page, "Ink")
    page.get_by_role("button", name="Add to cart").click()
    if scripts:
        page.get_by_role("dialog").get_by_role("link", name="View cart").click()
    expect(page.get_by_role("heading", name="Your cart")).to_be_visible()
    expect(page.get_by_text("Ink / S", exact=True)).to_be_visible()


def test_everything_can_be_chosen_by_keyboard(live_shop, link, page):
    page.goto(live_shop.origin + link.get_absolute_url())
    page.get_by_role("radio", name="Sand").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Ink")).to_be_checked()
    expect(total(page)).to_have_text("$51.00")
    page.locator("[data-buy]").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/checkout?**")


def test_the_browsers_back_button_keeps_the_selection_and_its_total(live_shop, link, page):
    page.goto(live_shop.origin + link.get_absolute_url())
    choose(page, "Ink")
    page.locator("[data-buy]").click()
    page.wait_for_url("**/checkout?**")
    page.go_back()
    expect(page.get_by_role("radio", name="Ink")).to_be_checked()
    expect(total(page)).to_have_text("$51.00")


def test_the_pictures_are_turned_by_keyboard_and_by_thumbnail(live_shop, page, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    vase = make_product(live_shop, name="Vase", options={"Glaze": ["Red", "Blue"]})
    for color in ("red", "blue"):
        content = io.BytesIO()
        Image.new("RGB", (400, 500), color).save(content, "PNG")
        content.seek(0)
        taken = create_media(product=vase, file=content, alt_text=f"In {color}")
        set_variant_pictures(variant=variant_of(vase, color.title()), order=[taken.pk])
    page.watch.expected_statuses.add(404)  # the served shop's own folder does not have the files
    page.goto(live_shop.origin + vase.get_absolute_url())
    track = page.locator(".gallery__track")
    second = page.get_by_role("link", name="Picture 2", exact=True)
    track.focus()
    page.keyboard.press("ArrowRight")
    expect(second).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="Picture 1", exact=True).click()
    expect(second).not_to_have_attribute("aria-current", "true")
    choose(page, "Blue")
    expect(second).to_have_attribute("aria-current", "true")


def test_a_visit_is_told_once_without_a_cookie_and_not_by_staff(live_shop, link, open_page):
    sent = []
    page = open_page()
    page.on("request", lambda request: sent.append(request) if request.url.endswith("/visit") else None)
    page.goto(f"{live_shop.origin}/language/en")  # which sets a cookie
    with page.expect_response("**/visit"):
        page.goto(link.url)
    page.get_by_role("radio", name="Ink").locator("..").click()
    page.goto(f"{live_shop.origin}/cart")
    with page.expect_event("requestfinished", lambda request: request.url.endswith("/visit")):
        page.go_back()
    page.goto(f"{live_shop.origin}/cart")
    page.goto(f"{link.url}#preview", wait_until="networkidle")

    assert [request.method for request in sent] == ["POST", "POST"]
    assert all("cookie" not in request.all_headers() for request in sent)
    assert LinkVisitCount.objects.get().count == 2
