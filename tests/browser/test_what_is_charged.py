"""What is shown is what is charged: codes, taxes, delivery, and refunds, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from catalog.models import Variant
from checkout.payments.reconcile import reconcile_due_rows
from orders.models import Order
from tests.browser.conftest import accessibility_violations, overflow_pixels, take_screenshot
from tests.browser.shopper import BrowserShopper
from tests.factories import make_link, variant_of
from tests.payments.helpers import net_charged
from tests.subscriptions.helpers import make_lamp_plan

NEW_YORK = {
    "country": "US",
    "states": ["NY"],
    "percent": "8.875",
    "title": "Sales tax",
    "taxes_shipping": True,
}
GERMANY = {"country": "DE", "percent": "19", "title": "VAT", "taxes_shipping": True}
PHONE, DESKTOP = ("phone", "dark"), ("desktop", "light")


@pytest.fixture
def lamp(live_shop):
    """The desk lamp at NEXT's own price, which codes can lower."""
    lamp = live_shop.products.get(name="Desk lamp")
    Variant.objects.filter(product=lamp).update(next_price="49.00")
    live_shop.sandbox.set_discounts(coupons=[{"code": "WELCOME10", "kind": "percent", "value": "10"}])
    return lamp


@pytest.fixture
def visit(live_shop, open_page):
    """Return a function that opens a new shopper's browser."""

    def open_browser(view):
        width, scheme = view
        return BrowserShopper(open_page(width=width, scheme=scheme), live_shop)

    return open_browser


def rows(page: Page) -> dict[str, str]:
    """Return the names and amounts of the summary on the page."""
    return {
        row.get_by_role("rowheader").inner_text(): row.get_by_role("cell").inner_text()
        for row in page.locator(".summary tr:has(td:not([colspan]))").all()
        if row.is_visible()
    }


def look(page: Page, name: str) -> None:
    take_screenshot(page, f"charged-{name}")
    assert (name, accessibility_violations(page), overflow_pixels(page)) == (name, [], 0)


def pay(shopper: BrowserShopper) -> None:
    shopper.go_to_link()
    shopper.pay()
    shopper.sees_paid()


def test_code_typed_in_the_checkout_lowers_what_is_charged(lamp, visit):
    shopper = visit(PHONE)
    page = shopper.page
    shopper.open(f"/checkout?variant={variant_of(lamp).pk}")
    shopper.fill_in()
    expect(page.get_by_label("Discount code")).to_be_hidden()
    page.get_by_text("Add a discount code").click()
    page.get_by_label("Discount code").fill("NOPE")
    shopper.press("Apply")
    expect(page.get_by_role("alert")).to_contain_text("“NOPE” takes nothing off this order.")
    look(page, "code-refused")
    page.get_by_label("Discount code").fill("welcome10")
    shopper.press("Apply")
    expect(page.get_by_role("button", name="Pay $49.10 with Link")).to_be_visible()
    assert rows(page) == {
        "Subtotal": "$49.00",
        "Discount WELCOME10": "−$4.90",
        "Shipping: Standard": "$5.00",
        "Total USD": "$49.10",
    }
    look(page, "code-applied")
    pay(shopper)
    assert list(rows(page).values()) == ["$49.00", "−$4.90", "$5.00", "$49.10"]
    look(page, "code-paid")


@pytest.mark.parametrize("own", [True, False], ids=["the link's own code", "a code in its address"])
def test_code_of_a_link_lowers_what_is_charged(lamp, visit, own):
    link = make_link(lamp, discount_code="WELCOME10" if own else "")
    shopper = visit(DESKTOP)
    shopper.open(link.get_absolute_url() + ("" if own else "?code=WELCOME10"))
    note = shopper.page.get_by_text("Discount code WELCOME10 is applied at checkout.")
    expect(note).to_have_count(1 if own else 0)
    shopper.press("Continue to checkout")
    expect(shopper.page.get_by_text("Discount applied")).to_be_visible()
    shopper.fill_in()
    expect(shopper.page.get_by_role("button", name="Pay $49.10 with Link")).to_be_visible()
    look(shopper.page, "code-of-a-link")
    pay(shopper)


def test_state_with_tax_shows_the_tax_before_payment(live_shop, lamp, visit):
    live_shop.sandbox.set_taxes(NEW_YORK)
    live_shop.tax_regions.create(country="US", mode="added")
    live_shop.tax_rates.create(country="US", states="NY", name="Sales tax", rate="8.875", taxes_shipping=True)
    shopper = visit(PHONE)
    page = shopper.page
    shopper.open(f"/checkout?variant={variant_of(lamp).pk}")
    assert rows(page)["Tax"] == "Depends on your address"
    shopper.fill_in()
    page.get_by_label("State").select_option("NY")
    page.get_by_label("ZIP code").fill("10001")
    page.get_by_label("City").fill("New York")
    expect(page.get_by_role("button", name="Pay $58.79 with Link")).to_be_visible()
    assert rows(page) == {
        "Subtotal": "$49.00",
        "Shipping: Standard": "$5.00",
        "Sales tax (8.875%)": "$4.79",
        "Total USD": "$58.79",
    }
    look(page, "new-york")
    pay(shopper)
    assert rows(page)["Sales tax (8.875%)"] == "$4.79"


def test_tax_that_the_shop_cannot_know_is_shown_after_payment(live_shop, lamp, visit):
    live_shop.sandbox.set_taxes(NEW_YORK)
    live_shop.tax_regions.create(country="US", mode="at_payment")
    shopper = visit(DESKTOP)
    page = shopper.page
    shopper.open(f"/checkout?variant={variant_of(lamp).pk}")
    shopper.fill_in()
    page.get_by_label("State").select_option("NY")
    page.get_by_label("ZIP code").fill("10001")
    expect(page.get_by_label("State")).to_have_value("NY")
    assert rows(page)["Tax"] == "Calculated at payment"
    assert rows(page)["Total before tax USD"] == "$54.00"
    look(page, "tax-at-payment")
    shopper.press("Continue to Link")
    page.wait_for_url(f"{shopper.link_site}/link/**")
    shopper.pay()
    shopper.sees_paid()
    assert rows(page)["Total USD"] == "$58.79"


def test_german_price_includes_vat(live_shop, lamp, visit):
    live_shop.sandbox.set_taxes(GERMANY, mode="inclusive")
    live_shop.tax_mode = "included"
    live_shop.countries = ["DE"]
    live_shop.save()
    live_shop.tax_rates.create(country="DE", name="VAT", rate="19", taxes_shipping=True)
    shopper = visit(DESKTOP)
    page = shopper.page
    shopper.open(lamp.get_absolute_url())
    expect(page.get_by_text("tax included")).to_be_visible()
    shopper.press("Buy now")
    shopper.fill_in_german_address()
    expect(page.get_by_text("Includes $8.62 VAT (19%).")).to_be_visible()
    assert rows(page) == {"Subtotal": "$49.00", "Shipping: Standard": "$5.00", "Total USD": "$54.00"}
    look(page, "german-vat")
    pay(shopper)
    expect(page.get_by_text("Includes $8.62 VAT (19%)")).to_be_visible()


def test_subscription_with_delivery_says_what_comes_next(live_shop, lamp, visit):
    make_lamp_plan(live_shop, name="Every two weeks", interval="week", interval_count=2)
    shopper = visit(PHONE)
    page = shopper.page
    shopper.open(make_link(lamp).get_absolute_url())
    page.get_by_role("radio", name=re.compile("^Every two weeks")).check()
    expect(page.get_by_text("$49.00 every 2 weeks, plus shipping")).to_be_visible()
    shopper.press("Continue to checkout")
    shopper.fill_in()
    assert rows(page)["Due today USD"] == "$54.00"
    later = "Then $54.00 every 2 weeks ($49.00 + $5.00 shipping)"
    expect(page.get_by_text(later)).to_be_visible()
    look(page, "subscription")
    pay(shopper)
    expect(page.get_by_text(later)).to_be_visible()
    reconcile_due_rows()
    page.reload()
    shopper.follow(re.compile("^Manage your subscription"))
    expect(page.locator(".due")).to_contain_text("$54.00")
    look(page, "subscriber-page")


def test_partial_refund_is_shown_to_staff_and_shopper(live_shop, lamp, visit, admin_client):
    shopper = visit(PHONE)
    shopper.open(f"/checkout?variant={variant_of(lamp).pk}")
    shopper.fill_in()
    pay(shopper)
    order = Order.objects.get()
    staff = visit(DESKTOP)
    cookie = admin_client.cookies["sessionid"].value
    staff.page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_shop.origin}])
    staff.open(f"/admin/orders/order/{order.pk}/refund/")
    staff.page.get_by_label("A custom amount, without items").check()
    staff.page.get_by_label("Amount to refund (USD)").fill("10")
    look(staff.page, "refund-form")
    staff.press("Review refund")
    expect(staff.page.get_by_text("the customer has paid $44.00 in total")).to_be_visible()
    look(staff.page, "refund-review")
    staff.press("Refund $10.00 now")
    expect(staff.page.get_by_text("Refunded $10.00.", exact=True)).to_be_visible()
    expect(staff.page.locator("h1")).to_contain_text("Partially refunded")
    assert net_charged(live_shop) == 44

    shopper.follow("View your order")
    expect(shopper.page.get_by_text("Refunded $10.00 of $54.00.")).to_be_visible()
    assert rows(shopper.page)["Total after refunds USD"] == "$44.00"
    look(shopper.page, "refunded")
