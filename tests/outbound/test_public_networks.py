"""Requests to addresses that staff typed: public networks only, pinned to the address that was checked."""

import socket
import threading
import time

import pytest
import requests

from nextcommerce.errors import CallOutcome, NextApiError
from outbound.addresses import is_private_literal
from outbound.session import PrivateAddressRefused, PublicNetworkAdapter, TimeLimit, open_session
from stores.next_client import open_next_client
from tests.factories import make_store
from tests.fake_internet import PUBLIC_IP, Page

pytestmark = pytest.mark.any_database

PRIVATE_IPS = [
    "127.0.0.1",
    "10.0.0.8",
    "192.168.1.1",
    "172.16.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fd00::1",
    "::ffff:127.0.0.1",
    "::127.0.0.1",
    "64:ff9b::a00:8",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "fec0::1",
]
NEXT_STORE = "https://shop.29next.example/api/admin/store/"


@pytest.fixture
def public_session():
    with open_session(PublicNetworkAdapter()) as session:
        yield session


def test_certificate_and_host_header_are_those_of_the_name(internet, public_session):
    internet.pages["https://cdn.example/lamp"] = Page(body=b"lamp")

    assert public_session.get("https://cdn.example/lamp").content == b"lamp"

    assert internet.connected == [PUBLIC_IP]
    assert internet.headers[0]["Host"] == "cdn.example"


@pytest.mark.parametrize("ip", PRIVATE_IPS)
def test_private_networks_are_never_dialed(internet, public_session, ip):
    internet.names["inside.example"] = [ip]

    with pytest.raises(PrivateAddressRefused):
        public_session.get("https://inside.example/secret")

    assert internet.connected == []


def test_one_private_address_among_public_ones_is_enough_to_refuse(internet, public_session):
    internet.names["inside.example"] = [PUBLIC_IP, "127.0.0.1"]

    with pytest.raises(PrivateAddressRefused):
        public_session.get("https://inside.example/secret")

    assert internet.connected == []


def test_name_is_resolved_once_so_that_it_cannot_change_after_the_check(
    internet, public_session, monkeypatch
):
    answers = iter([[PUBLIC_IP], ["127.0.0.1"]])
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, port, **_: [(0, 0, 0, "", (ip, port)) for ip in next(answers)]
    )
    internet.pages["https://cdn.example/lamp"] = Page()

    public_session.get("https://cdn.example/lamp")

    assert internet.connected == [PUBLIC_IP]


def test_redirect_into_a_private_network_is_refused(internet, public_session):
    internet.names["inside.example"] = ["10.0.0.8"]
    internet.pages["https://cdn.example/a"] = Page(302, headers={"Location": "https://inside.example/secret"})

    with pytest.raises(PrivateAddressRefused):
        public_session.get("https://cdn.example/a")

    assert internet.connected == [PUBLIC_IP]


def test_redirect_to_plain_http_is_refused(internet, public_session):
    internet.pages["https://cdn.example/a"] = Page(302, headers={"Location": "http://other.example/"})

    with pytest.raises(requests.exceptions.InvalidSchema):
        public_session.get("https://cdn.example/a")


def test_proxy_of_the_environment_is_not_used(internet, public_session, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:3128")
    internet.pages["https://cdn.example/lamp"] = Page()

    assert public_session.get("https://cdn.example/lamp").ok
    with pytest.raises(requests.exceptions.InvalidProxyURL):
        public_session.get("https://cdn.example/lamp", proxies={"https": "http://127.0.0.1:3128"})


def test_next_address_is_dialed_if_the_first_does_not_answer(internet, public_session, monkeypatch):
    internet.names["cdn.example"] = ["93.184.215.99", PUBLIC_IP]
    internet.pages["https://cdn.example/lamp"] = Page()
    dial = requests.packages.urllib3.util.connection.create_connection

    def dial_second_only(address, *args, **kwargs):
        if address[0] != PUBLIC_IP:
            raise ConnectionRefusedError
        return dial(address, *args, **kwargs)

    monkeypatch.setattr("urllib3.util.connection.create_connection", dial_second_only)

    assert public_session.get("https://cdn.example/lamp").ok


def test_private_networks_can_be_allowed_but_never_link_local_ones(internet):
    internet.names["cdn.example"] = ["10.0.0.8"]
    internet.names["inside.example"] = ["169.254.169.254"]
    internet.pages["https://cdn.example/lamp"] = Page()

    with open_session(PublicNetworkAdapter(allow_private=True)) as session:
        assert session.get("https://cdn.example/lamp").ok
        with pytest.raises(PrivateAddressRefused):
            session.get("https://inside.example/latest/meta-data/")


@pytest.mark.parametrize("silent_during", ["handshake", "body"])
def test_time_limit_cuts_a_server_that_sends_byte_by_byte(silent_during):
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]

    def send_slowly():
        caller, _address = server.accept()
        try:
            caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while True:
                caller.sendall(b"\x16" if silent_during == "handshake" else b"x")
                time.sleep(0.05)
        except OSError:
            caller.close()

    threading.Thread(target=send_slowly, daemon=True).start()
    scheme = "https" if silent_during == "handshake" else "http"
    started = time.monotonic()

    with TimeLimit(0.5) as limit:
        adapter = PublicNetworkAdapter(allow_private=True, time_limit=limit)
        with open_session(adapter, allow_http=True) as session, pytest.raises(requests.RequestException):
            session.get(f"{scheme}://127.0.0.1:{port}/", timeout=10)

    assert time.monotonic() - started < 5
    server.close()


@pytest.mark.parametrize(
    ("host", "is_private"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("sandbox.localhost", True),
        ("127.0.0.1", True),
        ("[::1]", True),
        ("169.254.169.254", True),
        ("93.184.215.14", False),
        ("shop.29next.store", False),
        ("localhost.example", False),
    ],
)
def test_private_addresses_are_recognized_without_dns(host, is_private):
    assert is_private_literal(host) is is_private


# --- The Admin API


@pytest.mark.django_db
def test_token_is_not_sent_into_a_private_network(internet, settings):
    settings.NEXT_API_ALLOW_PRIVATE = False
    internet.names["shop.29next.example"] = ["10.0.0.8"]
    store = make_store(next_api_url="https://shop.29next.example/api/admin/", access_token="tok")

    with pytest.raises(NextApiError, match="isn't on the public internet") as raised:
        open_next_client(store).retrieve_store()

    assert raised.value.outcome is CallOutcome.REFUSED
    assert internet.connected == []


@pytest.mark.django_db
def test_token_does_not_follow_a_redirect(internet, settings):
    settings.NEXT_API_ALLOW_PRIVATE = False
    internet.pages[NEXT_STORE] = Page(307, headers={"Location": "https://other.example/"})
    store = make_store(next_api_url="https://shop.29next.example/api/admin/", access_token="tok")

    with pytest.raises(NextApiError, match="redirected the request"):
        open_next_client(store).retrieve_store()

    assert internet.requested == [NEXT_STORE]
    assert internet.headers[0]["Authorization"] == "Bearer tok"
