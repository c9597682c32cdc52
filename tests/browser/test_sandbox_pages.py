"""The sandbox's own pages in a real browser: the hosted payment, its way back, the switches."""

from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, Route

from tests.browser.conftest import VIEWS, OpenPage, accessibility_violations, overflow_pixels, take_screenshot
from tests.sandbox.order_bodies import order_body
from tests.sandbox_process import SandboxStore

pytestmark = pytest.mark.browser


class Returns:
    """Stands in for the shop on another site: keeps what the browser posts to it."""

    address = "http://localhost:9/return/secret/"

    def __init__(self, page: Page) -> None:
        self.posts: list[tuple[str, str]] = []
        page.route("http://localhost:9/**", self.answer)

    def answer(self, route: Route) -> None:
        form = parse_qs(route.request.post_data or "")
        self.posts.append((route.request.method, form["response"][0][:13]))
        route.fulfill(status=200, content_type="text/html", body="<h1>Thank you</h1>")


def payment(store: SandboxStore) -> str:
    """The address of a hosted payment."""
    body = order_body(payment_details={"payment_return_url": Returns.address})
    return store.call("POST", "orders/", body).json()["payment_complete_url"]


def test_the_browser_posts_the_order_to_the_other_site(page: Page, sandbox_store: SandboxStore) -> None:
    returns = Returns(page)
    page.goto(payment(sandbox_store))
    page.get_by_role("button", name="Pay 24.00 USD").click()
    page.wait_for_url(Returns.address)
    assert returns.posts == [("POST", '{"created_at"')]


def test_without_scripts_a_button_does_it(open_page: OpenPage, sandbox_store: SandboxStore) -> None:
    page = open_page(scripts=False)
    returns = Returns(page)
    page.goto(payment(sandbox_store))
    page.get_by_role("button", name="Decline").click()
    assert returns.posts == []
    page.get_by_role("button", name="Back to the shop").click()
    page.wait_for_url(Returns.address)
    assert returns.posts == [("POST", "{}")]


def test_a_doubled_return_is_posted_twice(page: Page, sandbox_store: SandboxStore) -> None:
    sandbox_store.switches(return_mode="twice")
    returns = Returns(page)
    page.goto(payment(sandbox_store))
    page.get_by_role("button", name="Pay").click()
    page.wait_for_url(Returns.address)
    page.wait_for_timeout(300)
    assert returns.posts == [("POST", '{"created_at"')] * 2


def test_walking_away_posts_nothing(page: Page, sandbox_store: SandboxStore) -> None:
    returns = Returns(page)
    page.goto(payment(sandbox_store))
    page.get_by_role("link", name="Walk away").click()
    page.get_by_role("heading", name="Sandbox stores").wait_for()
    assert returns.posts == []
    assert sandbox_store.orders() == []


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_the_pages_read_well(
    open_page: OpenPage, sandbox_store: SandboxStore, width: str, scheme: str
) -> None:
    page = open_page(width=width, scheme=scheme)
    for name, address in {
        "payment": payment(sandbox_store),
        "store": f"{sandbox_store.control_url}/",
        "stores": f"{sandbox_store.url}/sandbox/",
    }.items():
        page.goto(address)
        assert accessibility_violations(page) == []
        assert overflow_pixels(page) <= 0
        take_screenshot(page, f"sandbox-{name}-{width}-{scheme}")
