"""A load balancer for tests: passes connections to several servers in turn, and skips those that are down."""

import contextlib
import itertools
import socket
import threading

from tests.ports import free_port


class LoadBalancer:
    """Listens on `port`, and passes each connection on to the next of `backends` that accepts it."""

    def __init__(self, backends: list[int]) -> None:
        self.port = free_port()
        self._turns = itertools.cycle(backends)
        self._count = len(backends)
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=100)
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        for _ in range(self._count):
            with self._lock:
                backend = next(self._turns)
            try:
                server = socket.create_connection(("127.0.0.1", backend), timeout=2)
            except OSError:
                continue
            server.settimeout(None)
            threading.Thread(target=_pass_on, args=(client, server), daemon=True).start()
            _pass_on(server, client)
            break
        client.close()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    """Copy bytes until one side closes."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for side in (source, target):
        with contextlib.suppress(OSError):
            side.shutdown(socket.SHUT_RDWR)
