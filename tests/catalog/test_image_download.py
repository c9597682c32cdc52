"""A picture by its address: from the public internet, over TLS, and no further than it may be."""

import contextlib
import http.client
import socket
import threading
import time

import pytest

from catalog import image_download
from stores.errors import Problem

pytestmark = pytest.mark.any_database


class Answer:
    def __init__(self, status=200, body=b"picture", location=None):
        self.status, self.body, self.location = status, body, location

    def getheader(self, name):
        return self.location

    def read(self, most):
        return self.body[:most]


@pytest.fixture
def internet(monkeypatch):
    """Names and what is at them: `internet.names["host"] = [ip]`, `internet.pages[address] = Answer()`."""

    class Internet:
        names = {"cdn.example": ["93.184.215.14"]}
        pages = {}
        asked = []

    def look_up(host, port, **_):
        if host not in Internet.names:
            raise socket.gaierror
        return [(0, 0, 0, "", (ip, port)) for ip in Internet.names[host]]

    def request(connection, method, path, headers):
        address = f"https://{connection.host}{path}"
        Internet.asked.append((address, connection.address))
        connection.answer = Internet.pages.get(address, Answer(404))

    Internet.pages, Internet.asked = {}, []
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(http.client.HTTPSConnection, "request", request)
    monkeypatch.setattr(http.client.HTTPSConnection, "getresponse", lambda connection: connection.answer)
    return Internet


def test_a_picture_is_fetched_from_the_address_that_was_checked(internet):
    internet.pages["https://cdn.example/lamp.png?size=2"] = Answer(body=b"lamp")
    assert image_download.download_image("https://cdn.example/lamp.png?size=2").read() == b"lamp"
    assert internet.asked == [("https://cdn.example/lamp.png?size=2", "93.184.215.14")]


def test_it_follows_where_the_address_leads(internet):
    internet.names["other.example"] = ["2606:2800:220:1::1"]
    internet.pages["https://cdn.example/a"] = Answer(302, location="https://other.example/b")
    internet.pages["https://other.example/b"] = Answer(301, location="/c")
    internet.pages["https://other.example/c"] = Answer(body=b"lamp")
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
def test_it_never_asks_a_private_network(internet, ips):
    internet.names["inside.example"] = ips
    internet.pages["https://cdn.example/a"] = Answer(302, location="https://inside.example/secret")
    for address in ("https://inside.example/secret", "https://cdn.example/a"):
        with pytest.raises(Problem, match="not on the public internet"):
            image_download.download_image(address)
    assert [address for address, _ip in internet.asked] == ["https://cdn.example/a"]


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://cdn.example/a", "must begin with https"),
        ("file:///etc/passwd", "must begin with https"),
        ("https://", "must begin with https"),
        ("https://[broken/", "no address"),
        ("https://cdn.example:99999/", "no address"),
        ("https://nowhere.example/", "no such host"),
        ("https://" + "a" * 70 + ".example/", "no such host"),
        ("https://cdn.example/missing", "answers 404"),
    ],
)
def test_what_cannot_be_had_is_said(internet, address, why):
    with pytest.raises(Problem, match=why):
        image_download.download_image(address)


def test_going_round_in_circles_ends(internet):
    internet.pages["https://cdn.example/a"] = Answer(302, location="/a")
    with pytest.raises(Problem, match="leads on and on"):
        image_download.download_image("https://cdn.example/a")
    assert len(internet.asked) == 4


def test_no_more_is_read_than_a_picture_may_have(internet):
    internet.pages["https://cdn.example/a"] = Answer(body=b"0" * 11_000_000)
    assert len(image_download.download_image("https://cdn.example/a").read()) == 10_000_001


def test_an_answer_cut_off_is_said(internet, monkeypatch):
    def cut_off(self, most):
        raise http.client.IncompleteRead(b"")

    monkeypatch.setattr(Answer, "read", cut_off)
    internet.pages["https://cdn.example/a"] = Answer()
    with pytest.raises(Problem, match="does not answer"):
        image_download.download_image("https://cdn.example/a")


def test_a_server_that_drips_is_given_up_in_time(monkeypatch):
    """Each byte in time, and never an end."""
    server = socket.create_server(("127.0.0.1", 0))

    def drip():
        caller, _address = server.accept()
        with contextlib.suppress(OSError):
            caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while True:
                caller.sendall(b"x")
                time.sleep(0.05)
        caller.close()

    threading.Thread(target=drip, daemon=True).start()
    port = server.getsockname()[1]

    class Plain(image_download._PinnedConnection):
        def connect(self):
            self.sock = socket.create_connection(("127.0.0.1", port), image_download.CONNECT_TIMEOUT_SECONDS)

    monkeypatch.setattr(image_download, "_PinnedConnection", Plain)
    monkeypatch.setattr(image_download, "_resolve_public_address", lambda host, port: "93.184.215.14")
    monkeypatch.setattr(image_download, "TOTAL_TIMEOUT_SECONDS", 0.5)
    began = time.monotonic()

    with pytest.raises(Problem, match="does not answer"):
        image_download.download_image("https://cdn.example/lamp.png")

    assert time.monotonic() - began < 5
    server.close()
