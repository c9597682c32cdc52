"""Fetches a picture from an address that staff typed, from the public internet alone."""

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
# Of all of it, however slowly it drips.
TOTAL_TIMEOUT_SECONDS = 30
MAX_REDIRECTS = 3
# The public part of IPv6, and the part of it that leads on to IPv4 addresses of any kind.
_PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
_SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")


class _PinnedConnection(http.client.HTTPSConnection):
    """Connects to the address that was checked, so that a name cannot change its mind in between."""

    def __init__(self, host: str, port: int, *, address: str) -> None:
        super().__init__(host, port, timeout=CONNECT_TIMEOUT_SECONDS, context=ssl.create_default_context())
        self.address = address
        self.was_aborted = False

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), CONNECT_TIMEOUT_SECONDS)
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)

    def abort(self) -> None:
        """End it, whatever is being waited for."""
        self.was_aborted = True
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)


def download_image(address: str) -> IO[bytes]:
    """Return what is at an https address, at most as many bytes as a picture may have.

    Errors: Problem where there is nothing to be had, or the address leads into a private network.
    """
    for _try in range(MAX_REDIRECTS + 1):
        connection = _create_connection(address)
        clock = threading.Timer(TOTAL_TIMEOUT_SECONDS, connection.abort)
        clock.start()
        try:
            parts = urlsplit(address)
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("GET", path, headers={"Accept": "image/*", "User-Agent": "storefront"})
            answer = connection.getresponse()
            moved = answer.getheader("Location")
            if answer.status in (301, 302, 303, 307, 308) and moved:
                address = urljoin(address, moved)
                continue
            if answer.status != http.client.OK:
                raise _download_error(_("it answers %(status)d") % {"status": answer.status})
            content = answer.read(MAX_BYTES + 1)
            if connection.was_aborted:
                raise _download_error(_("it does not answer"))
            return io.BytesIO(content)
        except (OSError, http.client.HTTPException) as error:
            raise _download_error(_("it does not answer")) from error
        finally:
            clock.cancel()
            connection.close()
    raise _download_error(_("it leads on and on"))


def _create_connection(address: str) -> _PinnedConnection:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port or 443
    except ValueError as error:
        raise _download_error(_("it is no address")) from error
    if parts.scheme != "https" or not host:
        raise _download_error(_("it must begin with https://"))
    return _PinnedConnection(host, port, address=_resolve_public_address(host, port))


def _resolve_public_address(host: str, port: int) -> str:
    """Return one of the host's network addresses; all of them must be public."""
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise _download_error(_("there is no such host")) from error
    for each in found:
        ip = ipaddress.ip_address(each)
        if not _is_public_ip(ip):
            raise _download_error(_("it is not on the public internet"))
    return sorted(found)[0]


def _is_public_ip(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if ip.version == 6 and (ip not in _PUBLIC_V6 or ip in _SIX_TO_FOUR):
        return False
    return ip.is_global and not ip.is_multicast


def _download_error(why: str) -> Problem:
    return Problem(
        _("There is no picture to be had from this address: %(why)s.") % {"why": why}, field="address"
    )
