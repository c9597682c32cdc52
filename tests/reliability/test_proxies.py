"""The client's address behind proxies: what they write, and the configurations in docs/proxies.md."""

import re
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import requests
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.test import RequestFactory

from stores.http import client_ip
from stores.middleware import TrustedProxyMiddleware
from tests.ports import free_port

pytestmark = pytest.mark.any_database

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "proxies.md"
LOCAL = ["127.0.0.1", "10.0.0.0/8"]
CDN = [*LOCAL, "192.0.2.0/24", "2001:db8:cd::/48"]


def address_of(forwarded, peer="127.0.0.1"):
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return client_ip(RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer))


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        (None, "127.0.0.1"),
        ("", "127.0.0.1"),
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:51234", "203.0.113.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("[2001:db8::7]:443", "2001:db8::7"),
        ('"[2001:db8::7]:443"', "2001:db8::7"),
        ("fe80::7%eth0", "fe80::7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("made up, 203.0.113.7", "203.0.113.7"),
        ("198.51.100.1 , 203.0.113.7:1 ,", "203.0.113.7"),
        ("unknown", None),
        ("_hidden", None),
        ("999.0.0.1", None),
        ("203.0.113.7:51234:9", None),
        ("]]:[", None),
    ],
)
@pytest.mark.parametrize("proxies", [["1"], LOCAL])
def test_one_proxy_says_who_the_client_is(settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies

    assert address_of(forwarded) == address


@pytest.mark.parametrize("proxies", [["2"], CDN])
def test_proxy_and_cdn_say_who_the_client_is(settings, proxies):
    settings.TRUSTED_PROXIES = proxies

    assert address_of("203.0.113.7:51234, 192.0.2.9:443") == "203.0.113.7"
    assert address_of("2001:db8::7, [2001:db8:cd::9]:443") == "2001:db8::7"
    assert address_of("198.51.100.66, 203.0.113.7, 192.0.2.9") == "203.0.113.7"


def test_way_around_the_cdn_lets_nobody_choose_an_address(settings):
    """The proxy wrote who came to it; what is left of that is made up."""
    settings.TRUSTED_PROXIES = CDN

    assert address_of("198.51.100.66, 203.0.113.7") == "203.0.113.7"
    assert address_of("198.51.100.66", peer="203.0.113.7") == "203.0.113.7"


def test_chain_of_trusted_addresses_ends_at_the_farthest(settings):
    settings.TRUSTED_PROXIES = CDN

    assert address_of("10.0.0.5, 10.0.0.6") == "10.0.0.5"


def test_request_that_skipped_a_proxy_counts_as_its_peer(settings):
    settings.TRUSTED_PROXIES = ["2"]

    assert address_of("203.0.113.7") == "203.0.113.7"
    assert address_of(None) == "127.0.0.1"


@pytest.mark.parametrize("proxies", [["1"], LOCAL])
def test_unix_socket_is_a_trusted_peer(settings, proxies):
    settings.TRUSTED_PROXIES = proxies

    assert address_of("203.0.113.7", peer="") == "203.0.113.7"
    assert address_of(None, peer="") is None


def test_without_a_proxy_the_header_is_ignored(settings):
    settings.TRUSTED_PROXIES = []

    assert address_of("203.0.113.7", peer="198.51.100.1") == "198.51.100.1"


@pytest.mark.parametrize(("peer", "is_believed"), [("10.0.0.5", True), ("203.0.113.7", False)])
def test_only_trusted_proxies_say_that_a_request_was_secure(settings, peer, is_believed):
    settings.TRUSTED_PROXIES = LOCAL
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    seen = []
    middleware = TrustedProxyMiddleware(lambda request: seen.append(request.is_secure()) or HttpResponse())

    middleware(RequestFactory().get("/", headers={"X-Forwarded-Proto": "https"}, REMOTE_ADDR=peer))

    assert seen == [is_believed]


# --- Real proxies


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def upstream():
    """A server that answers with the client's address, and whether the request was secure."""

    def answer(environ, start_response):
        request = WSGIRequest(environ)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [f"{client_ip(request)} {request.headers.get('X-Forwarded-Proto')}".encode()]

    with make_server("127.0.0.1", 0, answer, handler_class=QuietHandler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()


def read_guide(language):
    """Return the configuration in the guide's code block."""
    return re.search(rf"```{language}\n(.*?)```", GUIDE.read_text(), re.DOTALL)[1]


def configure_nginx(folder, port, upstream):
    block = read_guide("nginx").replace("127.0.0.1:8000", f"127.0.0.1:{upstream}")
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};\n"
        f"fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};\n"
        f"server {{ listen 127.0.0.1:{port}; {block} }} }}"
    )
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]


def configure_caddy(folder, port, upstream, options=""):
    block = read_guide("caddy").replace("127.0.0.1:8000", f"127.0.0.1:{upstream}").strip()
    (folder / "Caddyfile").write_text(
        "{\n\tadmin off\n\tauto_https off\n}\n" + f"http://127.0.0.1:{port} {{\n\t{block}{options}\n}}\n"
    )
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


def configure_caddy_behind_cdn(folder, port, upstream):
    return configure_caddy(folder, port, upstream, " {\n\t\ttrusted_proxies 127.0.0.0/8\n\t}")


def configure_haproxy(folder, port, upstream):
    block = read_guide("haproxy").replace("127.0.0.1:8000", f"127.0.0.1:{upstream}")
    (folder / "haproxy.cfg").write_text(block.replace("bind :80", f"bind 127.0.0.1:{port}"))
    return ["haproxy", "-db", "-f", str(folder / "haproxy.cfg")]


@pytest.fixture
def ask(tmp_path, upstream):
    """Return a function that starts a proxy, sends it one request, and returns the answer."""
    running = []

    def start(configure, forwarded=""):
        port = free_port()
        command = configure(tmp_path, port, upstream)
        if shutil.which(command[0]) is None:
            pytest.skip(f"{command[0]} is not installed")
        running.append(subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL))
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        headers = {"X-Forwarded-For": forwarded, "X-Forwarded-Proto": "https"}
        return requests.get(f"http://127.0.0.1:{port}/", headers=headers, timeout=20).text

    yield start
    for process in running:
        process.terminate()
        process.wait(timeout=20)


@pytest.mark.parametrize("configure", [configure_nginx, configure_caddy, configure_haproxy])
def test_guides_proxy_reports_its_peer_and_believes_no_client(settings, ask, configure):
    settings.TRUSTED_PROXIES = ["1"]

    assert ask(configure, forwarded="198.51.100.66") == "127.0.0.1 http"


@pytest.mark.parametrize("configure", [configure_nginx, configure_caddy_behind_cdn, configure_haproxy])
@pytest.mark.parametrize("proxies", [["2"], ["127.0.0.0/8"]])
def test_guides_proxy_passes_on_what_the_cdn_says(settings, ask, configure, proxies):
    """This test is the CDN: it connects from 127.0.0.1."""
    settings.TRUSTED_PROXIES = proxies

    assert ask(configure, forwarded="198.51.100.66, 203.0.113.7").split()[0] == "203.0.113.7"
