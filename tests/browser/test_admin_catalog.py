"""Staff build a product and a link from it, in a real browser, under the strict content security policy."""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from catalog.models import PaymentLink, Product
from tests.browser.conftest import accessibility_violations, take_screenshot
from tests.factories import make_product


@pytest.fixture
def staff(live_shop, page, client, django_user_model):
    """A page signed in as the owner."""
    owner = django_user_model.objects.create(username="owner", is_staff=True, is_superuser=True)
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_shop.origin}])
    return page


@pytest.mark.browser
def test_from_an_empty_form_to_a_link_that_is_shared_and_closed(live_shop, staff):
    staff.goto(f"{live_shop.origin}/admin/catalog/product/add/")
    staff.locator("#id_store").select_option(label=live_shop.name)
    staff.get_by_label("Name:").press_sequentially("Wool hat")
    expect(staff.get_by_label("Slug:")).to_have_value("wool-hat")
    for place, (name, values) in enumerate((("Color", "Gray #8a8a8a,Red,"), ("Lining", "Silk\n"))):
        staff.locator(f"#id_options-{place}-name").fill(name)
        staff.locator(f"tr:has(#id_options-{place}-name) .chips-entry").press_sequentially(values)
    staff.get_by_label("Price:").fill("29.00")
    expect(staff.get_by_label("Gray / Silk price")).to_have_value("29.00")
    staff.get_by_label("Gray / Silk stock").fill("5")
    staff.keyboard.press("Control+d")
    staff.get_by_label("Gray / Silk SKU").fill("HAT-GRAY")
    staff.keyboard.press("Enter")
    staff.keyboard.type("HAT-RED")
    take_screenshot(staff, "admin-product")
    assert accessibility_violations(staff) == []
    staff.get_by_role("button", name="Save and continue editing").click()
    expect(staff.get_by_text("2 variants created.")).to_be_visible()
    hat = Product.objects.get(name="Wool hat")
    rows = [(each.title, each.sku, each.inventory_quantity) for each in hat.variants.all()]
    assert rows == [("Gray / Silk", "HAT-GRAY", 5), ("Red / Silk", "HAT-RED", 5)]
    staff.get_by_label("Gray / Silk price").fill("31.00")
    expect(staff.get_by_text("1 unsaved change")).to_be_visible()
    take_screenshot(staff, "admin-product-variants")
    assert accessibility_violations(staff) == []
    staff.get_by_role("button", name="Save and continue editing").click()

    staff.get_by_role("link", name="Edit values").first.click()
    staff.locator("#id_values-1-value").fill("Crimson")
    staff.locator("#id_values-1-swatch_type").select_option(label="color")
    staff.locator("#id_values-1-swatch_value").fill("#aa1133")
    take_screenshot(staff, "admin-option")
    assert accessibility_violations(staff) == []
    staff.get_by_role("button", name="Save", exact=True).click()
    expect(staff.get_by_role("button", name="Remove Crimson")).to_be_visible()

    staff.goto(f"{live_shop.origin}/admin/catalog/paymentlink/add/?product={hat.pk}")
    staff.locator("#addons-group .select2").first.click()
    staff.locator(".select2-search__field").fill("bulb")
    staff.get_by_role("option", name="Light bulb").click()
    take_screenshot(staff, "admin-link-add")
    assert accessibility_violations(staff) == []
    staff.get_by_role("button", name="Save", exact=True).click()
    link = PaymentLink.objects.get(product=hat)
    assert [row.variant.product.name for row in link.link_variants.filter(is_primary=False)] == ["Light bulb"]

    expect(staff.get_by_label("URL", exact=True)).to_have_value(link.url)
    preview = staff.frame_locator(".link-preview")
    preview.get_by_role("heading", name="Wool hat").scroll_into_view_if_needed()
    take_screenshot(staff, "admin-link")
    assert accessibility_violations(staff) == []

    staff.get_by_role("link", name="Edit settings").click()
    staff.get_by_label("Name:").fill("Winter fair")
    staff.get_by_label("Short address:").fill("winter-fair")
    take_screenshot(staff, "admin-link-edit")
    assert accessibility_violations(staff) == []
    staff.get_by_role("button", name="Save", exact=True).click()
    expect(staff.get_by_label("URL", exact=True)).to_have_value(f"{live_shop.origin}/link/winter-fair")
    staff.get_by_role("button", name="Copy").click()
    expect(staff.get_by_role("button", name="Copied")).to_be_visible()
    staff.get_by_role("button", name="Close", exact=True).click()
    expect(staff.get_by_text("The link is closed.").first).to_be_visible()
    link.refresh_from_db()
    assert not link.active


def make_png(color):
    content = io.BytesIO()
    Image.new("RGB", (40, 30), color).save(content, "PNG")
    return {"name": f"{color}.png", "mimeType": "image/png", "buffer": content.getvalue()}


@pytest.mark.browser
def test_pictures_go_up_one_by_one_and_are_dragged_and_moved_into_order(live_shop, staff, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    staff.watch.expected_statuses.add(422)
    product = make_product(live_shop, name="Scarf", options={"Color": ["Red", "Blue"]})
    staff.goto(f"{live_shop.origin}/admin/catalog/product/{product.pk}/pictures/")
    broken = {"name": "note.png", "mimeType": "image/png", "buffer": b"no picture"}

    staff.get_by_label("Files").set_input_files([make_png("red"), broken, make_png("blue")])
    expect(staff.get_by_text("We can't read this picture.")).to_be_visible()
    staff.get_by_role("link", name="Show the added pictures").click()
    red, blue = product.media.all()
    staff.locator(f"img[src*='{blue.pk}']").drag_to(staff.locator(f"img[src*='{red.pk}']"))
    expect(staff.get_by_label("Position").first).to_have_value("1")
    staff.get_by_label("Description").first.fill("Blue scarf")
    take_screenshot(staff, "admin-pictures")
    assert accessibility_violations(staff) == []
    staff.get_by_role("button", name="Save").click()
    expect(staff.get_by_text("Pictures saved.")).to_be_visible()
    assert [picture.alt_text for picture in product.media.all()] == ["Blue scarf", ""]

    staff.get_by_role("button", name="Move picture 1 back").press("Enter")
    staff.get_by_role("button", name="Save").click()
    expect(staff.get_by_label("Description").first).to_have_value("")
    assert list(product.media.all()) == [red, blue]

    staff.get_by_role("link", name="Choose variants").last.click()
    staff.get_by_role("button", name="Blue").click()
    take_screenshot(staff, "admin-picture-variants")
    assert accessibility_violations(staff) == []
    staff.get_by_role("button", name="Save").click()
    expect(staff.get_by_text("Shown first for 1 of 2 variants.")).to_be_visible()
