"""Download a picture from a URL that staff entered, from the public internet only."""

import http.client
import io
import ipaddress
import socket
import ssl
import threading
from contextlib import suppress
from typing import IO
from urllib.parse import urljoin, urlsplit

from django.utils.translation import gettext as _

from catalog.images import MAX_BYTES
from stores.errors import Problem

CONNECT_TIMEOUT_SECONDS = 10
# For the whole download, however slowly the server sends.
TOTAL_TIMEOUT_SECONDS = 30
MAX_REDIRECTS = 3
# Public IPv6 space, and 6to4, the part of it that embeds arbitrary IPv4 addresses.
_PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
_SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")


class _PinnedConnection(http.client.HTTPSConnection):
    """Connects to the IP address that was checked, so that DNS cannot change in between."""

    def __init__(self, host: str, port: int, *, address: str) -> None:
        super().__init__(host, port, timeout=CONNECT_TIMEOUT_SECONDS, context=ssl.create_default_context())
        self.address = address
        self.was_aborted = False

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), CONNECT_TIMEOUT_SECONDS)
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)

    def abort(self) -> None:
        """Close the socket, even during a blocking read."""
        self.was_aborted = True
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)


def download_image(address: str) -> IO[bytes]:
    """Return the content at an https URL, cut off one byte past `MAX_BYTES`.

    Raises Problem if the download fails or the URL leads into a private network.
    """
    for _attempt in range(MAX_REDIRECTS + 1):
        connection = _create_connection(address)
        timer = threading.Timer(TOTAL_TIMEOUT_SECONDS, connection.abort)
        timer.start()
        try:
            parts = urlsplit(address)
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("GET", path, headers={"Accept": "image/*", "User-Agent": "storefront"})
            response = connection.getresponse()
            location = response.getheader("Location")
            if response.status in (301, 302, 303, 307, 308) and location:
                address = urljoin(address, location)
                continue
            if response.status != http.client.OK:
                raise _download_error(
                    _("the server answered with status %(status)d") % {"status": response.status}
                )
            content = response.read(MAX_BYTES + 1)
            if connection.was_aborted:
                raise _download_error(_("the server did not respond"))
            return io.BytesIO(content)
        except (OSError, http.client.HTTPException) as error:
            raise _download_error(_("the server did not respond")) from error
        finally:
            timer.cancel()
            connection.close()
    raise _download_error(_("there are too many redirects"))


def _create_connection(address: str) -> _PinnedConnection:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port or 443
    except ValueError as error:
        raise _download_error(_("it is not a valid address")) from error
    if parts.scheme != "https" or not host:
        raise _download_error(_("it must start with https://"))
    return _PinnedConnection(host, port, address=_resolve_public_address(host, port))


def _resolve_public_address(host: str, port: int) -> str:
    """Return one of the host's IP addresses. Raises Problem unless all of them are public."""
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise _download_error(_("the host was not found")) from error
    if not all(_is_public_ip(ipaddress.ip_address(address)) for address in found):
        raise _download_error(_("it is not on the public internet"))
    return sorted(found)[0]


def _is_public_ip(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if ip.version == 6 and (ip not in _PUBLIC_V6 or ip in _SIX_TO_FOUR):
        return False
    return ip.is_global and not ip.is_multicast


def _download_error(reason: str) -> Problem:
    return Problem(
        _("We couldn't download a picture from this address: %(reason)s.") % {"reason": reason},
        field="address",
    )
