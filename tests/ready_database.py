"""Migrated databases for the tests: one is migrated in a run, and all others are copies of it.

Migrating takes longer than a hundred tests. Processes that a test starts find its name in READY_DATABASE. On
PostgreSQL it stays until the next run.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

VARIABLE = "READY_DATABASE"


@pytest.fixture(scope="session")
def run_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A temporary folder that all workers of this run share."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if hasattr(request.config, "workerinput") else folder


def make_once(result: Path, make: Callable[[], str]) -> str:
    """Return what `make` returned in the first process that called this with the same path."""
    with result.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not result.exists():
            result.write_text(make())
    return result.read_text()


def use_name(name: str) -> None:
    """Let the next connection be to this database."""
    connection.close()
    settings.DATABASES[connection.alias]["NAME"] = connection.settings_dict["NAME"] = name


def migrate_once(folder: Path) -> None:
    """Create the database of which all others are copies."""

    def create() -> str:
        before = connection.settings_dict["NAME"]
        if connection.vendor == "sqlite":
            # A file rather than memory, so that threads and other processes share it as in production.
            connection.settings_dict["TEST"]["NAME"] = str(folder / "ready.sqlite3")
        name: str = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        use_name(before)
        return name

    os.environ[VARIABLE] = make_once(folder / "ready-database", create)


@contextmanager
def use_copy(suffix: str) -> Iterator[str]:
    """Connect to a new copy; remove it in the end. Yield its name."""
    before = connection.settings_dict["NAME"]
    use_name(os.environ[VARIABLE])
    connection.creation.clone_test_db(suffix, verbosity=0)
    name: str = connection.creation.get_test_db_clone_settings(suffix)["NAME"]
    use_name(name)
    try:
        yield name
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)
