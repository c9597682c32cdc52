"""A shop that is really served, and a real browser to visit it with.

The shop is on `localhost` and its sandbox store on `127.0.0.1`: two sites to a browser, as in life.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

from orders.models import Order
from stores.models import Store
from tests.browser.script_page import ScriptPage
from tests.conftest import CHROMIUM
from tests.payments.helpers import own_checkout

VIEWPORTS = {"phone": (360, 780), "desktop": (1440, 900)}
# Both widths and both schemes, each once: what a scheme colors is there at any width.
VIEWS = [("phone", "dark"), ("desktop", "light")]
# Without these, Chromium looks for hosts of its maker's at every start.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright's loop runs in this thread, which makes Django take every query for one from a coroutine.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def live_shop(shop: Store, live_server: Any) -> Store:
    """`shop`, served at `shop.origin`. Pages that an earlier test's shop left in the cache are gone."""
    cache.clear()
    shop.host = urlsplit(live_server.url).netloc
    shop.save(update_fields=["host"])
    return shop


class BrowserWatch:
    """Notes everything a shopper's browser should never meet."""

    def __init__(self, context: BrowserContext) -> None:
        self.faults: list[str] = []
        # A test that provokes an error of the server says so.
        self.expected_statuses: set[int] = set()
        context.on("request", self.request)
        context.on("response", self.response)
        context.on("console", self.console)
        context.on("weberror", lambda error: self.faults.append(f"script error: {error.error}"))

    def request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if request.is_navigation_request() or url.scheme == "data":
            return
        if url.netloc != urlsplit(request.frame.url).netloc:
            self.faults.append(f"{request.frame.url} loads {request.url}")

    def response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected_statuses:
            self.faults.append(f"{response.status} from {response.url}")

    def console(self, message: ConsoleMessage) -> None:
        # The browser repeats every bad status as "Failed to load resource".
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"console: {message.text}")


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Open a page of a new shopper: `open_page(width="phone", scheme="dark", scripts=False)`.

    At the end no page may have loaded anything from another host, met an error of the server's or
    broken the content security policy; `page.watch` is where a test says what it expects.
    """
    contexts: list[tuple[BrowserContext, BrowserWatch]] = []

    def opened(
        *, width: str = "desktop", scheme: str = "light", scripts: bool = True, language: str = "en-US"
    ) -> Page:
        across, down = VIEWPORTS[width]
        context = browser.new_context(
            viewport={"width": across, "height": down},
            color_scheme=scheme,
            java_script_enabled=scripts,
            locale=language,
            reduced_motion="reduce",
        )
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.watch = BrowserWatch(context)
        contexts.append((context, page.watch))
        return page

    yield opened
    for context, _ in contexts:
        context.close()
    assert [fault for _, watch in contexts for fault in watch.faults] == []


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page()


@pytest.fixture
def scripts(page: Page) -> ScriptPage:
    scripts = ScriptPage(page)
    scripts.show("")
    return scripts


def own_checkout_in_browser(page: Page, order: Order) -> None:
    """Make this the browser that began the order's checkout."""
    key = own_checkout(Client(), order).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": key, "domain": "localhost", "path": "/"}])


def take_screenshot(page: Page, name: str) -> None:
    """Keep a picture of the whole page where SCREENSHOTS says, for people to look at."""
    if folder := os.environ.get("SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def _pass_pay_button(page: Page) -> None:
    """Scroll to the button to pay, if any, which hides the bar at the foot of a phone's window.

    axe scrolls without waiting for a frame, so it would find the bar over what people see without it.
    """
    button = page.locator("[data-pay]")
    if button.count() and page.locator("[data-checkout]").count():
        button.scroll_into_view_if_needed()
        expect(page.locator(".is-at-pay")).to_have_count(1)


def accessibility_violations(page: Page) -> list[str]:
    """What axe finds wrong with the page as it stands, one line each."""
    _pass_pay_button(page)
    # Its own reading of stylesheets would count as the page's faults. It isn't loaded into frames, so without
    # `iframes` it would only wait for an answer from them.
    options = {"preload": False, "resultTypes": ["violations"], "iframes": False}
    report = Axe().run(page, options=options)
    return [
        f"{violation['id']}: {violation['help']}: {[node['html'][:120] for node in violation['nodes']]}"
        for violation in report.response["violations"]
    ]


def overflow_pixels(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width
