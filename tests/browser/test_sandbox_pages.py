"""The sandbox's pages in a real browser: the hosted payment, the return to the shop, the switches."""

from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, Route

from tests.browser.conftest import VIEWS, OpenPage, accessibility_violations, overflow_pixels, take_screenshot
from tests.sandbox.order_bodies import order_body
from tests.sandbox_process import SandboxStore

pytestmark = pytest.mark.browser


class ReturnRecorder:
    """Stands in for the shop on another site and records what the browser posts to it."""

    url = "http://localhost:9/return/secret/"

    def __init__(self, page: Page) -> None:
        self.posts: list[tuple[str, str]] = []
        page.route("http://localhost:9/**", self.respond)

    def respond(self, route: Route) -> None:
        form = parse_qs(route.request.post_data or "")
        self.posts.append((route.request.method, form["response"][0][:13]))
        route.fulfill(status=200, content_type="text/html", body="<h1>Thank you</h1>")


def create_payment_url(store: SandboxStore) -> str:
    """Start a hosted payment and return its URL."""
    body = order_body(payment_details={"payment_return_url": ReturnRecorder.url})
    return store.call("POST", "orders/", body).json()["payment_complete_url"]


def test_browser_posts_the_order_to_the_shop(page: Page, sandbox_store: SandboxStore) -> None:
    recorder = ReturnRecorder(page)
    page.goto(create_payment_url(sandbox_store))
    page.get_by_role("button", name="Pay 24.00 USD").click()
    page.wait_for_url(ReturnRecorder.url)
    assert recorder.posts == [("POST", '{"created_at"')]


def test_button_posts_the_return_without_scripts(open_page: OpenPage, sandbox_store: SandboxStore) -> None:
    page = open_page(scripts=False)
    recorder = ReturnRecorder(page)
    page.goto(create_payment_url(sandbox_store))
    page.get_by_role("button", name="Decline").click()
    assert recorder.posts == []
    page.get_by_role("button", name="Back to the shop").click()
    page.wait_for_url(ReturnRecorder.url)
    assert recorder.posts == [("POST", "{}")]


def test_return_mode_twice_posts_twice(page: Page, sandbox_store: SandboxStore) -> None:
    sandbox_store.switches(return_mode="twice")
    recorder = ReturnRecorder(page)
    page.goto(create_payment_url(sandbox_store))
    page.get_by_role("button", name="Pay").click()
    page.wait_for_url(ReturnRecorder.url)
    page.wait_for_timeout(300)
    assert recorder.posts == [("POST", '{"created_at"')] * 2


def test_leaving_posts_nothing(page: Page, sandbox_store: SandboxStore) -> None:
    recorder = ReturnRecorder(page)
    page.goto(create_payment_url(sandbox_store))
    page.get_by_role("link", name="Leave without paying").click()
    page.get_by_role("heading", name="Sandbox stores").wait_for()
    assert recorder.posts == []
    assert sandbox_store.orders() == []


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_pages_are_accessible_and_fit_the_screen(
    open_page: OpenPage, sandbox_store: SandboxStore, width: str, scheme: str
) -> None:
    page = open_page(width=width, scheme=scheme)
    for name, url in {
        "payment": create_payment_url(sandbox_store),
        "store": f"{sandbox_store.control_url}/",
        "stores": f"{sandbox_store.url}/sandbox/",
    }.items():
        page.goto(url)
        assert accessibility_violations(page) == []
        assert overflow_pixels(page) <= 0
        take_screenshot(page, f"sandbox-{name}-{width}-{scheme}")
