"""The demo's processes: started, watched and stopped together."""

import signal
import socket
import subprocess  # nosec B404
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.core.management.base import CommandError

START_TIMEOUT_SECONDS = 30


def require_free_port(port: int, name: str) -> None:
    """Errors: CommandError when something listens on the port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise CommandError(
                f"Port {port} is taken, perhaps by a demo that still runs. "
                f"Stop that, or choose another port: make run {name}={port + 100}"
            ) from None


class ProcessGroup:
    """Children that end with us: a `with` block stops them, whichever way it is left."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[str]] = {}

    def __enter__(self) -> "ProcessGroup":
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._interrupted)
        return self

    def __exit__(self, *exception: object) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()

    @staticmethod
    def _interrupted(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    def start(self, name: str, command: list[str], *, home: Path, port: int | None = None) -> None:
        """Start one and, if it serves a port, wait until it answers there. It prints to `NAME.log`.

        Errors: CommandError with the end of its log when it ends or does not answer.
        """
        log_file = home / f"{name}.log"
        with log_file.open("w") as log:
            # Commands of ours alone. In a session of its own: Ctrl-C comes to us, who stop it in good order.
            process = subprocess.Popen(  # nosec B603
                [sys.executable, *command],
                cwd=settings.BASE_DIR,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        self._running[name] = process
        end = time.monotonic() + START_TIMEOUT_SECONDS
        while time.monotonic() < end and process.poll() is None:
            if port is None:
                return
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise CommandError(f"The {name} did not start:\n{log_file.read_text()[-2000:]}")

    def wait(self, tick: Callable[[], None]) -> None:
        """Call `tick` until Ctrl-C (KeyboardInterrupt). Errors: CommandError when one ends by itself."""
        while True:
            time.sleep(0.5)
            tick()
            for name, process in self._running.items():
                if process.poll() is not None:
                    raise CommandError(f"The {name} has ended by itself; its log tells why: {name}.log")
