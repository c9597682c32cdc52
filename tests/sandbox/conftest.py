"""A listener that records what is posted to it, and the published API description."""

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from tests.sandbox.api_description import DESCRIPTION_PATH, ApiDescription


class PostedRequest:
    """One posted request: its path, headers and raw body."""

    def __init__(self, path: str, headers: dict[str, str], body: bytes) -> None:
        self.path = path
        self.headers = headers
        self.body = body

    @property
    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.body.decode(), keep_blank_values=True)


class Listener:
    """Responds 303 to return posts. Responds to webhooks with ``statuses`` in turn, then with 200."""

    def __init__(self) -> None:
        self.posts: list[PostedRequest] = []
        self.statuses: list[int] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = 303
                if self.path.startswith("/webhooks"):
                    status = listener.statuses.pop(0) if listener.statuses else 200
                listener.posts.append(PostedRequest(self.path, dict(self.headers), body))
                self.send_response(status)
                self.send_header("Location", "/thanks")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.return_url = f"{self.url}/return/secret/"
        self.webhook_url = f"{self.url}/webhooks/demo/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self, count: int, *, timeout: float = 10) -> list[PostedRequest]:
        """Return the posts once there are ``count``."""
        wait_until(lambda: len(self.posts) >= count, timeout=timeout)
        return self.posts


def wait_until(is_true: Callable[[], bool], *, timeout: float = 10) -> None:
    deadline = time.monotonic() + timeout
    while not is_true():
        assert time.monotonic() < deadline, "timed out"
        time.sleep(0.02)


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.server.shutdown()
    listener.server.server_close()


@pytest.fixture(scope="session")
def description() -> ApiDescription:
    if not DESCRIPTION_PATH.exists():
        pytest.skip(f"no API description at {DESCRIPTION_PATH}; set ADMIN_API_DESCRIPTION")
    return ApiDescription()
