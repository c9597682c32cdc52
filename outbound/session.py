"""A `requests` session that connects only to addresses it has checked."""

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from outbound.addresses import PrivateNetworkError, resolve_host


class PrivateAddressRefused(requests.exceptions.InvalidURL):
    """The address leads into a private network. Nothing was sent."""


class TimeLimit:
    """Cuts the connections made within it after `seconds`, however slowly the other side sends."""

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._handles: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._cut_connections)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            for handle in self._handles:
                handle.close()
            self._handles = []

    def watch(self, sock: socket.socket) -> None:
        """Include a new connection. A handle of our own stays valid when TLS takes the socket over."""
        with self._lock:
            self._handles.append(sock.dup())
        if self.is_over:
            self._cut_connections()

    def _cut_connections(self) -> None:
        self.is_over = True
        with self._lock:
            for handle in self._handles:
                with suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)


class _CheckedConnection(HTTPConnection):
    """Resolves the host once, checks the addresses, and connects to one of them by its number.

    `host` stays the name, so the Host header and the certificate are checked as for any other connection.
    """

    allow_private = False
    time_limit: TimeLimit | None = None

    def _new_conn(self) -> socket.socket:
        name = self._dns_host
        try:
            addresses = resolve_host(name, self.port, allow_private=self.allow_private)
        except (OSError, UnicodeError) as error:
            reason = error if isinstance(error, socket.gaierror) else socket.gaierror(str(error))
            raise NameResolutionError(self.host, self, reason) from error
        sock = self._connect_to_first(name, addresses)
        if self.time_limit is not None:
            self.time_limit.watch(sock)
        return sock

    def _connect_to_first(self, name: str, addresses: list[str]) -> socket.socket:
        """Connect to the first address that accepts. Raises the last error if none does."""
        failure: NewConnectionError | ConnectTimeoutError = NewConnectionError(
            self, "The host has no address"
        )
        for address in addresses:
            self._dns_host = address
            try:
                return super()._new_conn()
            except (NewConnectionError, ConnectTimeoutError) as error:
                failure = error
            finally:
                self._dns_host = name
        raise failure


class _CheckedTLSConnection(_CheckedConnection, HTTPSConnection):
    pass


class PublicNetworkAdapter(HTTPAdapter):
    """Connects to public addresses only, redirects and reconnections included.

    With `allow_private`, private networks and this machine are allowed too, for a sandbox.
    """

    def __init__(
        self, *, allow_private: bool = False, time_limit: TimeLimit | None = None, **options: Any
    ) -> None:
        rules = {"allow_private": allow_private, "time_limit": time_limit}
        self._pool_classes = {
            "http": _make_pool_class(HTTPConnectionPool, _CheckedConnection, rules),
            "https": _make_pool_class(HTTPSConnectionPool, _CheckedTLSConnection, rules),
        }
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = self._pool_classes

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """Refuse proxies: they would resolve the name again, out of reach of the check."""
        raise requests.exceptions.InvalidProxyURL("Proxies aren't supported.")

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        try:
            return super().send(request, **options)
        except PrivateNetworkError as error:
            raise PrivateAddressRefused(str(error), request=request) from error


def open_session(adapter: PublicNetworkAdapter, *, allow_http: bool = False) -> requests.Session:
    """Return a session that uses the adapter alone, and no proxies or credentials of the environment."""
    session = requests.Session()
    session.trust_env = False
    session.adapters.clear()
    for scheme in ("https://", "http://") if allow_http else ("https://",):
        session.mount(scheme, adapter)
    return session


def _make_pool_class(pool: type[HTTPConnectionPool], connection: type, rules: Mapping[str, Any]) -> type:
    checked = type(connection.__name__, (connection,), dict(rules))
    return type(pool.__name__, (pool,), {"ConnectionCls": checked})
