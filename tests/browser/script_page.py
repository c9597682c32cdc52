"""A page of a browser that imports the modules of `static/js` one by one."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from playwright.sync_api import Page, Route

SITE = "http://scripts.test"
SCRIPTS = Path(settings.BASE_DIR) / "static" / "js"


class ScriptPage:
    """An empty page on a host that serves nothing but `static/js`."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.route(f"{SITE}/**", self._serve)

    def _serve(self, route: Route) -> None:
        path = urlsplit(route.request.url).path.removeprefix("/")
        if not path:
            route.fulfill(content_type="text/html", body="<!doctype html><title>Scripts</title><body></body>")
        else:
            route.fulfill(content_type="text/javascript", body=(SCRIPTS / path).read_text())

    def show(self, body: str) -> None:
        """Open the page anew with this in its body."""
        self.page.goto(f"{SITE}/")
        self.page.evaluate("body => { document.body.innerHTML = body }", body)

    def run(self, module: str, code: str, argument: Any = None) -> Any:
        """Import a module as `m` and return what the code returns, with `a` as its argument."""
        return self.page.evaluate(
            f"async (a) => {{ const m = await import('{SITE}/{module}'); {code} }}", argument
        )
