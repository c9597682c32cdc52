"""Connections to NEXT stay open between calls, and no write is ever sent twice because one dropped."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from nextcommerce import connections
from nextcommerce.errors import CallOutcome, NextApiError
from nextcommerce.rate_limiter import RateLimiter
from nextcommerce.transport import Transport


class Handler(BaseHTTPRequestHandler):
    """Answers `{}`, sets a cookie, and keeps the connection."""

    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.server.opened += 1

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.calls.append((self.command, self.headers.get("Cookie"), self.headers["Authorization"]))
        if self.server.drops:
            # As a proxy does that forgot an idle connection just when it was used again.
            self.server.drops -= 1
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.send_header("Set-Cookie", "a=b")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_POST = answer

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.opened, server.calls, server.drops = 0, [], 0
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def call(server, db):
    """Return a function that makes one call, each with a client of its own, as requests do."""

    def make_call(method="GET", token="token"):
        url = f"http://127.0.0.1:{server.server_port}/api/"
        transport = Transport(base_url=url, token=token, limiter=RateLimiter(token=token))
        return transport.send_request(method, "orders/", body={} if method == "POST" else None)

    return make_call


def test_calls_of_one_thread_share_a_connection_but_no_cookie_and_no_token(server, call):
    for method, token in (("GET", "one"), ("POST", "two"), ("GET", "three")):
        call(method, token)

    assert server.opened == 1
    assert [cookie for _method, cookie, _token in server.calls] == [None, None, None]
    assert [token for _method, _cookie, token in server.calls] == ["Bearer one", "Bearer two", "Bearer three"]


def test_write_uses_no_connection_that_was_idle(server, call, monkeypatch):
    call()
    now = connections.time.monotonic()
    monkeypatch.setattr(connections.time, "monotonic", lambda: now + 3)
    call()
    assert server.opened == 1
    monkeypatch.setattr(connections.time, "monotonic", lambda: now + 6)
    call("POST")

    assert server.opened == 2


def test_read_on_a_dropped_connection_is_repeated(server, call):
    call()
    server.drops = 1

    assert call() == {}
    assert [method for method, *_rest in server.calls] == ["GET", "GET", "GET"]


def test_write_on_a_dropped_connection_is_in_doubt_and_never_repeated(server, call):
    """A second ordersCreate would be a second charge."""
    call()
    server.drops = 1

    with pytest.raises(NextApiError) as caught:
        call("POST")

    assert caught.value.outcome is CallOutcome.AMBIGUOUS
    assert [method for method, *_rest in server.calls] == ["GET", "POST"]


def test_forked_process_starts_without_connections(server, call, monkeypatch):
    """Two processes on one connection would read each other's answers."""
    call()
    monkeypatch.setattr(connections.os, "getpid", lambda: -1)
    call()

    assert server.opened == 2


def test_threads_share_no_connection(server, call):
    connections_before = server.opened
    with connections.borrow_session("http://a.example/", retries=None) as ours:
        theirs = []

        def borrow():
            with connections.borrow_session("http://a.example/", retries=None) as session:
                theirs.append(session)

        thread = threading.Thread(target=borrow)
        thread.start()
        thread.join()

    assert theirs[0] is not ours
    assert server.opened == connections_before


def test_thread_keeps_connections_to_the_stores_it_used_last():
    for number in range(20):
        with connections.borrow_session(f"http://{number}.example/", retries=None):
            pass

    assert len(connections._threads.sessions) == connections.MAX_STORES_PER_THREAD
    assert "http://19.example" in {origin for origin, *_rules in connections._threads.sessions}
