"""A fake internet for tests: names resolve as told, and every address leads to a server on this machine."""

import datetime
import http.server
import socket
import ssl
import threading
from dataclasses import dataclass, field

import pytest
import requests.adapters
import urllib3.util.connection
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NAMES = ("cdn.example", "other.example", "inside.example", "shop.29next.example")
PUBLIC_IP = "93.184.215.14"


@dataclass
class Page:
    status: int = 200
    body: bytes = b"picture"
    headers: dict[str, str] = field(default_factory=dict)


class Internet:
    """`names` maps a host to its IP addresses, `pages` an address to its Page.

    `requested` lists each requested address, `connected` each IP address that was dialed.
    """

    def __init__(self):
        self.names = {name: [PUBLIC_IP] for name in NAMES}
        self.pages = {}
        self.requested, self.connected, self.headers = [], [], []


def _make_certificate(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Fake internet")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in NAMES]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "internet.pem").write_bytes(pem)
    (folder / "server.pem").write_bytes(secret + pem)


@pytest.fixture(scope="session")
def internet_certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("internet")
    _make_certificate(folder)
    return folder


def _make_handler(internet):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            address = f"https://{self.headers['Host']}{self.path}"
            internet.requested.append(address)
            internet.headers.append(dict(self.headers))
            page = internet.pages.get(address, Page(404))
            self.send_response(page.status)
            for name, value in ({"Content-Length": str(len(page.body))} | page.headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(page.body)

        def log_message(self, *args):
            """Stay quiet."""

    return Handler


@pytest.fixture
def internet(monkeypatch, internet_certificates):
    net = Internet()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _make_handler(net))
    server.handle_error = lambda *args: None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(internet_certificates / "server.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def resolve(host, port, *args, **kwargs):
        if host not in net.names:
            raise socket.gaierror("unknown host")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in net.names[host]]

    def dial(address, *args, **kwargs):
        net.connected.append(address[0])
        sock = socket.socket()
        sock.connect(server.server_address)
        return sock

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(urllib3.util.connection, "create_connection", dial)
    monkeypatch.setattr(
        requests.adapters, "DEFAULT_CA_BUNDLE_PATH", str(internet_certificates / "internet.pem")
    )
    yield net
    server.shutdown()
    server.server_close()
