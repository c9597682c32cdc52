"""Picture downloads: https only, public addresses only, with size and time limits."""

import contextlib
import http.client
import socket
import threading
import time

import pytest

from catalog import image_download
from stores.errors import Problem

pytestmark = pytest.mark.any_database


class FakeResponse:
    def __init__(self, status=200, body=b"picture", location=None):
        self.status, self.body, self.location = status, body, location

    def getheader(self, name):
        return self.location

    def read(self, size):
        return self.body[:size]


@pytest.fixture
def internet(monkeypatch):
    """A fake internet: `internet.names["host"] = [ip]`, `internet.pages[url] = FakeResponse()`."""

    class Internet:
        names = {"cdn.example": ["93.184.215.14"]}
        pages = {}
        requested = []

    def fake_getaddrinfo(host, port, **_):
        if host not in Internet.names:
            raise socket.gaierror
        return [(0, 0, 0, "", (ip, port)) for ip in Internet.names[host]]

    def request(connection, method, path, headers):
        address = f"https://{connection.host}{path}"
        Internet.requested.append((address, connection.address))
        connection.answer = Internet.pages.get(address, FakeResponse(404))

    Internet.pages, Internet.requested = {}, []
    monkeypatch.setattr(socket, "getaddrinfo", fake_getaddrinfo)
    monkeypatch.setattr(http.client.HTTPSConnection, "request", request)
    monkeypatch.setattr(http.client.HTTPSConnection, "getresponse", lambda connection: connection.answer)
    return Internet


def test_picture_is_downloaded_from_the_ip_that_was_checked(internet):
    internet.pages["https://cdn.example/lamp.png?size=2"] = FakeResponse(body=b"lamp")
    assert image_download.download_image("https://cdn.example/lamp.png?size=2").read() == b"lamp"
    assert internet.requested == [("https://cdn.example/lamp.png?size=2", "93.184.215.14")]


def test_redirects_are_followed(internet):
    internet.names["other.example"] = ["2606:2800:220:1::1"]
    internet.pages["https://cdn.example/a"] = FakeResponse(302, location="https://other.example/b")
    internet.pages["https://other.example/b"] = FakeResponse(301, location="/c")
    internet.pages["https://other.example/c"] = FakeResponse(body=b"lamp")
    assert image_download.download_image("https://cdn.example/a").read() == b"lamp"


@pytest.mark.parametrize(
    "ips",
    [
        ["127.0.0.1"],
        ["10.0.0.8"],
        ["192.168.1.1"],
        ["169.254.169.254"],
        ["100.64.0.1"],
        ["0.0.0.0"],
        ["224.0.0.1"],
        ["::1"],
        ["fe80::1"],
        ["fd00::1"],
        ["::ffff:127.0.0.1"],
        ["::127.0.0.1"],
        ["64:ff9b::a00:8"],
        ["2002:7f00:1::"],
        ["2001:0:7f00:1::"],
        ["fec0::1"],
        ["93.184.215.14", "127.0.0.1"],
    ],
)
def test_private_networks_are_never_contacted(internet, ips):
    internet.names["inside.example"] = ips
    internet.pages["https://cdn.example/a"] = FakeResponse(302, location="https://inside.example/secret")
    for address in ("https://inside.example/secret", "https://cdn.example/a"):
        with pytest.raises(Problem, match="not on the public internet"):
            image_download.download_image(address)
    assert [address for address, _ip in internet.requested] == ["https://cdn.example/a"]


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://cdn.example/a", "must start with https"),
        ("file:///etc/passwd", "must start with https"),
        ("https://", "must start with https"),
        ("https://[broken/", "not a valid address"),
        ("https://cdn.example:99999/", "not a valid address"),
        ("https://nowhere.example/", "host was not found"),
        ("https://" + "a" * 70 + ".example/", "host was not found"),
        ("https://cdn.example/missing", "answered with status 404"),
    ],
)
def test_download_error_gives_the_reason(internet, address, reason):
    with pytest.raises(Problem, match=reason):
        image_download.download_image(address)


def test_redirect_loop_ends(internet):
    internet.pages["https://cdn.example/a"] = FakeResponse(302, location="/a")
    with pytest.raises(Problem, match="too many redirects"):
        image_download.download_image("https://cdn.example/a")
    assert len(internet.requested) == 4


def test_download_stops_at_the_size_limit(internet):
    internet.pages["https://cdn.example/a"] = FakeResponse(body=b"0" * 11_000_000)
    assert len(image_download.download_image("https://cdn.example/a").read()) == 10_000_001


def test_truncated_response_is_an_error(internet, monkeypatch):
    def cut_off(self, size):
        raise http.client.IncompleteRead(b"")

    monkeypatch.setattr(FakeResponse, "read", cut_off)
    internet.pages["https://cdn.example/a"] = FakeResponse()
    with pytest.raises(Problem, match="did not respond"):
        image_download.download_image("https://cdn.example/a")


def test_slow_server_times_out(monkeypatch):
    """Every byte arrives before the socket timeout, but the response never ends."""
    server = socket.create_server(("127.0.0.1", 0))

    def send_slowly():
        caller, _address = server.accept()
        with contextlib.suppress(OSError):
            caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while True:
                caller.sendall(b"x")
                time.sleep(0.05)
        caller.close()

    threading.Thread(target=send_slowly, daemon=True).start()
    port = server.getsockname()[1]

    class PlainConnection(image_download._PinnedConnection):
        def connect(self):
            self.sock = socket.create_connection(("127.0.0.1", port), image_download.CONNECT_TIMEOUT_SECONDS)

    monkeypatch.setattr(image_download, "_PinnedConnection", PlainConnection)
    monkeypatch.setattr(image_download, "_resolve_public_address", lambda host, port: "93.184.215.14")
    monkeypatch.setattr(image_download, "TOTAL_TIMEOUT_SECONDS", 0.5)
    started = time.monotonic()

    with pytest.raises(Problem, match="did not respond"):
        image_download.download_image("https://cdn.example/lamp.png")

    assert time.monotonic() - started < 5
    server.close()
