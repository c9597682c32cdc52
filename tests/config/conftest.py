"""A migrated SQLite file, on either database."""

import os

import pytest
from django.core.management import call_command
from django.db import connection, connections

from config.management.commands.copy_database import SOURCE, connect_source
from tests import ready_database


@pytest.fixture(scope="session")
def migrated_file(run_folder, django_db_setup, django_db_blocker):
    """The path of an empty, migrated SQLite database to copy. Migrating takes seconds."""
    if connection.vendor == "sqlite":
        return os.environ[ready_database.VARIABLE]

    def migrate():
        path = run_folder / "migrated.sqlite3"
        connect_source(f"sqlite:///{path}")
        call_command("migrate", database=SOURCE, verbosity=0)
        connections[SOURCE].close()
        del connections[SOURCE]
        return str(path)

    with django_db_blocker.unblock():
        return ready_database.make_once(run_folder / "migrated-file", migrate)
