"""The threaded HTTP server. Views reach the caller's socket through the WSGI environment."""

import socket
from typing import Any

from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application

CONNECTION_KEY = "sandbox.connection"


class SandboxRequestHandler(WSGIRequestHandler):
    """Puts the open connection where a fault can cut it."""

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
        # Small answers must not wait for the peer's delayed acknowledgement.
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def bind_server(*, host: str, port: int, quiet: bool) -> SandboxServer:
    """A server bound to ``host:port`` (port 0: any free one), not yet serving."""
    server = SandboxServer((host, port), QuietRequestHandler if quiet else SandboxRequestHandler)
    server.set_app(get_wsgi_application())
    return server


def cut_connection(connection: socket.socket, last_bytes: bytes = b"") -> None:
    """Close the caller's connection at once, after ``last_bytes``."""
    try:
        if last_bytes:
            connection.sendall(last_bytes)
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
