"""What a shopper does in the browser, one verb each."""

import re

from playwright.sync_api import Page, expect

from stores.models import Store


class BrowserShopper:
    """A person with a browser in a shop."""

    def __init__(self, page: Page, shop: Store) -> None:
        self.page = page
        self.shop = shop

    def open(self, path: str) -> None:
        self.page.goto(self.shop.origin + path)

    def press(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("button", name=name).first.click()

    def follow(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("link", name=name).first.click()

    def add_to_cart(self) -> None:
        """Press the product page's button, and go on from the drawer to the cart page."""
        self.press("Add to cart")
        self.page.get_by_role("dialog").get_by_role("link", name="View cart").click()
        self.page.wait_for_url("**/cart")

    def fill_in(self, *, email: str = "ada@example.com") -> None:
        """Fill the checkout's form, with an address in the United States where it asks for one."""
        form = self.page
        form.get_by_label("Email", exact=True).fill(email)
        form.get_by_label("Full name").fill("Ada Lovelace")
        if form.get_by_label("City").count():
            form.get_by_label("Address", exact=True).fill("1 Byron Street")
            form.get_by_label("City").fill("Portland")
            form.get_by_label("State").select_option("OR")
            form.get_by_label("ZIP code").fill("97201")

    def fill_in_german_address(self) -> None:
        form = self.page
        form.get_by_label("Email", exact=True).fill("ada@example.com")
        form.get_by_label("Full name").fill("Ada Lovelace")
        form.get_by_label("Address", exact=True).fill("Torstraße 1")
        form.get_by_label("Postal code").fill("10117")
        form.get_by_label("City").fill("Berlin")

    def go_to_link(self) -> None:
        """Press the checkout's button and arrive at the store's hosted Link page, on another site."""
        self.press(re.compile("^(Pay .* with Link|Buy now)$"))
        self.page.wait_for_url(f"{self.link_site}/link/**")

    @property
    def link_site(self) -> str:
        return self.shop.sandbox.url

    def pay(self) -> None:
        self.press(re.compile("^Pay "))

    def decline(self) -> None:
        self.press("Decline")

    def sees_paid(self) -> None:
        """The thank-you page; and the store really charged for what our paid order says."""
        expect(self.page.get_by_role("heading", name="Thank you! Your order is confirmed.")).to_be_visible()
        order = self.shop.orders.get(status="Paid")
        assert [charge["amount"] for charge in self.shop.sandbox.charges()] == [str(order.total)]
        assert order.number in self.page.content()

    def sees_not_completed(self) -> None:
        expect(self.page.get_by_role("heading", name="Your payment wasn't completed")).to_be_visible()
