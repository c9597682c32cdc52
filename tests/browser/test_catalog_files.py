"""Staff import a file in a real browser, which takes the steps by itself, and shoppers see its categories."""

import pytest
from playwright.sync_api import expect

from catalog.models import Category, Product
from tests.browser.conftest import accessibility_violations, take_screenshot
from tests.browser.test_admin_catalog import staff  # noqa: F401

FILE = (
    "Slug;Name;Preis;Bestand;Kategorien\n"
    "wool-hat;Wool hat;29,50;4;Hats\n"
    "cap;Cap;cheap;;\n"
    "scarf;Scarf;1.249,00;;Hats\n"
).encode("cp1252")


@pytest.mark.browser
def test_file_is_checked_and_imported_step_by_step(live_shop, staff):  # noqa: F811
    Category.objects.create(store=live_shop, name="Hats", slug="hats")
    staff.goto(f"{live_shop.origin}/admin/catalog/product/import/")
    assert accessibility_violations(staff) == []
    staff.locator("#id_store").select_option(label=live_shop.name)
    staff.locator("#id_file").set_input_files({"name": "herbst.csv", "mimeType": "text/csv", "buffer": FILE})
    take_screenshot(staff, "admin-import")
    staff.get_by_role("button", name="Check the file").click()

    expect(staff.get_by_role("heading", name="What would change")).to_be_visible()
    take_screenshot(staff, "admin-import-preview")
    assert accessibility_violations(staff) == []
    staff.get_by_role("button", name="Import 2 products").click()

    expect(staff.get_by_role("heading", name="Imported")).to_be_visible()
    assert sorted(Product.objects.filter(categories__slug="hats").values_list("slug", flat=True)) == [
        "scarf",
        "wool-hat",
    ]
    staff.goto(f"{live_shop.origin}/admin/orders/order/export/")
    take_screenshot(staff, "admin-export")
    assert accessibility_violations(staff) == []
