"""Each payment method bought with, on one page, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from catalog.models import Product
from stores.payment_methods import PAYMENT_METHODS
from tests.browser.conftest import accessibility_violations, overflow_pixels, take_screenshot
from tests.browser.shopper import BrowserShopper
from tests.factories import publish, variant_of

METHODS = {
    "USD": ["link", "paypal", "klarna", "apple_pay", "google_pay", "affirm"],
    "EUR": ["ideal", "bancontact", "sepa_debit"],
    "CHF": ["twint"],
    "SEK": ["swish"],
}


def sell_in(shop, currency, codes):
    shop.currency, shop.payment_methods = currency, codes
    shop.save(update_fields=["currency", "payment_methods"])
    Product.objects.update(default_currency=currency)
    shop.sandbox.configure(currency=currency)
    publish(shop)


@pytest.fixture
def shopper(live_shop, open_page):
    return BrowserShopper(open_page(width="phone", scheme="dark"), live_shop)


def test_each_method_pays_at_its_own_page(live_shop, shopper):
    page = shopper.page
    notes = variant_of(live_shop.products.get(name="Field notes"))
    for currency, codes in METHODS.items():
        sell_in(live_shop, currency, ["link", *codes] if "link" not in codes else codes)
        for code in codes:
            label = PAYMENT_METHODS[code].label
            shopper.open(f"/checkout?variant={notes.pk}&quantity=20")
            if code == "link":
                page.get_by_label("Email", exact=True).fill("ada@example.com")
                page.get_by_label("Full name").fill("Ada Lovelace")
            page.get_by_role("radio", name=label).check()
            expect(page.locator(".assurance")).to_contain_text(f"with {label} on the next page")
            if code in {"paypal", "sepa_debit"}:
                take_screenshot(page, f"payment-methods-{currency}")
                assert (accessibility_violations(page), overflow_pixels(page)) == ([], 0)
            page.locator("[data-pay]").click()
            page.wait_for_url(f"{shopper.link_site}/link/**")
            expect(page.get_by_text(f"hosted page of {label}.")).to_be_visible()
            shopper.pay()
            expect(page.get_by_role("heading", name=re.compile("^Thank you!"))).to_be_visible()

    orders = live_shop.orders.order_by("created_at")
    assert [order.payment_method for order in orders] == [
        code for codes in METHODS.values() for code in codes
    ]
    unpaid = [order.payment_method for order in orders if not order.is_paid]
    assert (unpaid, live_shop.orders.get(payment_method="sepa_debit").is_payment_pending) == (
        ["sepa_debit"],
        True,
    )
