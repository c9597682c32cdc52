"""A temporary Redis server from Debian's package `redis-server`. Tests that need it skip without it."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.ports import free_port, wait_for_port

PROGRAM = shutil.which("redis-server") or shutil.which("valkey-server")
REDIS_MISSING = "" if PROGRAM else "Redis is missing. On Debian and Ubuntu: sudo apt install redis-server"


class RedisServer:
    """A Redis server on a port of its own, which keeps its data in memory."""

    def __init__(self, port: int = 0) -> None:
        self.port = port or free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server, empty, and wait until it accepts connections."""
        assert PROGRAM is not None, REDIS_MISSING
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen([PROGRAM, *options], stdout=subprocess.DEVNULL)
        wait_for_port(self.port)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def run_redis() -> Iterator[RedisServer]:
    """Run a server and yield it."""
    server = RedisServer()
    server.start()
    try:
        yield server
    finally:
        server.kill()
