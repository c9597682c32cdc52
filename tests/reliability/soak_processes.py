"""The processes of the soak: the storefront's web server and reconcilers, on a database of their own."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from tests import ready_database
from tests.ports import wait_for_port
from tests.sandbox_process import ROOT

WEB_THREADS = 12


@contextmanager
def fresh_database() -> Iterator[dict[str, str]]:
    """Create a database on the server of DATABASE_URL. Yield the environment for processes that use it."""
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        if ready_database.VARIABLE not in os.environ:
            ready_database.migrate_once(Path(folder))
        with ready_database.use_copy(f"soak_{os.getpid()}") as name:
            url = os.environ["DATABASE_URL"]
            url = f"sqlite:///{name}" if connection.vendor == "sqlite" else f"{url.rpartition('/')[0]}/{name}"
            yield os.environ | {"DATABASE_URL": url}


class ShopProcesses:
    """The storefront's processes: web server and reconcilers."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.environ = environ
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start Python with `command` and keep the process for `stop`."""
        child = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environ,
            stdout=subprocess.DEVNULL,
            process_group=0,  # so that a server can be killed with its workers
        )
        self.running.append(child)
        return child

    def serve(self, port: int, *, threads: int = WEB_THREADS) -> None:
        """Start the web server and wait until it accepts connections."""
        server = ["-m", "gunicorn", "config.wsgi", "--threads", str(threads), "--timeout", "120"]
        self.start(*server, "--bind", f"127.0.0.1:{port}", "--log-level", "critical")
        wait_for_port(port)

    def reconcile(self) -> subprocess.Popen[bytes]:
        return self.start("manage.py", "reconcile", "--forever", "--every", "1")

    def stop(self) -> None:
        for child in self.running:
            child.terminate()
        for child in self.running:
            child.wait(timeout=60)
