"""Start, watch and stop the demo's processes together."""

import signal
import socket
import subprocess  # nosec B404
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from demo.environment import DemoError

ROOT = Path(__file__).resolve().parent.parent
START_TIMEOUT_SECONDS = 30


def require_free_port(port: int, name: str) -> None:
    """Raise DemoError if the port is in use. `name` is the variable that chooses another port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise DemoError(
                f"Port {port} is already in use, perhaps by a demo that is still running. "
                f"Stop it, or choose another port: make run {name}={port + 100}"
            ) from None


class ProcessGroup:
    """Child processes that stop when the `with` block ends, however it ends."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[str]] = {}

    def __enter__(self) -> "ProcessGroup":
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._interrupt)
        return self

    def __exit__(self, *exception: object) -> None:
        # A second Ctrl-C must not interrupt the cleanup.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()

    @staticmethod
    def _interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    def start(self, name: str, command: list[str], *, home: Path, port: int | None = None) -> None:
        """Start a process and, if it serves a port, wait for the port. Its output goes to `NAME.log`.

        Raises DemoError, with the end of the log, if the process ends or the port doesn't open.
        """
        log_file = home / f"{name}.log"
        with log_file.open("w") as log:
            # In its own session, so that Ctrl-C reaches only us and `__exit__` stops the processes cleanly.
            process = subprocess.Popen(  # nosec B603
                [sys.executable, *command],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        self._running[name] = process
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            if port is None:
                return
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise DemoError(f"The {name} did not start:\n{log_file.read_text()[-2000:]}")

    def wait(self, tick: Callable[[], None]) -> None:
        """Call `tick` twice a second until Ctrl-C. Raises DemoError if a process ends on its own."""
        while True:
            time.sleep(0.5)
            tick()
            for name, process in self._running.items():
                if process.poll() is not None:
                    raise DemoError(f"The {name} stopped unexpectedly. See {name}.log for the reason.")
