"""Picture downloads: https only, public addresses only, with size and time limits."""

import socket
import threading
import time

import pytest
import urllib3.util.connection

from catalog import image_download
from stores.errors import Problem
from tests.fake_internet import PUBLIC_IP, Page

pytestmark = pytest.mark.any_database


def test_picture_is_downloaded_from_the_ip_that_was_checked(internet):
    internet.pages["https://cdn.example/lamp.png?size=2"] = Page(body=b"lamp")
    assert image_download.download_image("https://cdn.example/lamp.png?size=2").read() == b"lamp"
    assert internet.requested == ["https://cdn.example/lamp.png?size=2"]
    assert internet.connected == [PUBLIC_IP]


def test_redirects_are_followed(internet):
    internet.names["other.example"] = ["2606:2800:220:1::1"]
    internet.pages["https://cdn.example/a"] = Page(302, headers={"Location": "https://other.example/b"})
    internet.pages["https://other.example/b"] = Page(301, headers={"Location": "/c"})
    internet.pages["https://other.example/c"] = Page(body=b"lamp")
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
    internet.pages["https://cdn.example/a"] = Page(302, headers={"Location": "https://inside.example/secret"})
    for address in ("https://inside.example/secret", "https://cdn.example/a"):
        with pytest.raises(Problem, match="not on the public internet"):
            image_download.download_image(address)
    assert internet.requested == ["https://cdn.example/a"]


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
    internet.pages["https://cdn.example/a"] = Page(302, headers={"Location": "/a"})
    with pytest.raises(Problem, match="too many redirects"):
        image_download.download_image("https://cdn.example/a")
    assert len(internet.requested) == 4


def test_download_stops_at_the_size_limit(internet):
    internet.pages["https://cdn.example/a"] = Page(body=b"0" * 41_000_000)
    assert len(image_download.download_image("https://cdn.example/a").read()) == 40_000_001


def test_truncated_response_is_an_error(internet):
    internet.pages["https://cdn.example/a"] = Page(body=b"half", headers={"Content-Length": "8"})
    with pytest.raises(Problem, match="did not respond"):
        image_download.download_image("https://cdn.example/a")


def test_slow_server_times_out(internet, monkeypatch):
    """Every byte arrives before the socket timeout, but the response never begins."""
    server = socket.create_server(("127.0.0.1", 0))
    monkeypatch.setattr(image_download, "TOTAL_TIMEOUT_SECONDS", 0.5)

    def send_slowly():
        caller, _address = server.accept()
        try:
            while True:
                caller.sendall(b"\x16")
                time.sleep(0.05)
        except OSError:
            caller.close()

    def dial(address, *args, **kwargs):
        sock = socket.socket()
        sock.connect(server.getsockname())
        return sock

    threading.Thread(target=send_slowly, daemon=True).start()
    monkeypatch.setattr(urllib3.util.connection, "create_connection", dial)
    started = time.monotonic()

    with pytest.raises(Problem, match="did not respond"):
        image_download.download_image("https://cdn.example/lamp.png")

    assert time.monotonic() - started < 5
    server.close()
