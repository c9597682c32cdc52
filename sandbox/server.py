"""A threaded HTTP server whose views can reach the caller's socket, to cut the connection."""

import socket
from typing import Any

from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application

CONNECTION_KEY = "sandbox.connection"


class SandboxRequestHandler(WSGIRequestHandler):
    """Puts the open connection into the WSGI environment, where a fault can cut it."""

    quiet = False

    def get_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environ()
        environ[CONNECTION_KEY] = self.connection
        return environ

    def log_message(self, format: str, *args: Any) -> None:
        if not self.quiet:
            super().log_message(format, *args)


class QuietRequestHandler(SandboxRequestHandler):
    quiet = True


class SandboxServer(ThreadedWSGIServer):
    request_queue_size = 128
    daemon_threads = True

    def server_bind(self) -> None:
        super().server_bind()
        # Small responses must not wait for the peer's delayed acknowledgment.
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def bind_server(*, host: str, port: int, quiet: bool) -> SandboxServer:
    """Return a server bound to ``host:port``, not yet serving. Port 0 takes any free port."""
    server = SandboxServer((host, port), QuietRequestHandler if quiet else SandboxRequestHandler)
    server.set_app(get_wsgi_application())
    return server


def cut_connection(connection: socket.socket, last_bytes: bytes = b"") -> None:
    """Send ``last_bytes``, then close the caller's connection right away."""
    try:
        if last_bytes:
            connection.sendall(last_bytes)
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
