"""`manage.py copy_database`: move a shop from one database to another."""

from argparse import ArgumentParser
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import load_backend

from config.database_copy import CopyError, copy_database

SOURCE = "source"


class Command(BaseCommand):
    help = (
        "Copy a shop from the database of --from to the empty, migrated one of DATABASE_URL, for example "
        "from SQLite to PostgreSQL, and compare both by counts, sums, and contents. Stop all processes first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--from",
            dest="source",
            required=True,
            help="the old DATABASE_URL: sqlite:////srv/shop/var/shop.sqlite3",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        connect_source(options["source"])
        for alias in (SOURCE, "default"):
            executor = MigrationExecutor(connections[alias])
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                url = "--from" if alias == SOURCE else "DATABASE_URL"
                raise CommandError(f"The database of {url} is not migrated. Run `migrate` with it first.")
        try:
            summaries = copy_database(source=SOURCE, target="default", report=self.stdout.write)
        except CopyError as error:
            raise CommandError(str(error)) from error
        rows = sum(summary.rows for summary in summaries)
        self.stdout.write(f"{rows} rows of {len(summaries)} tables copied and compared.")


def connect_source(url: str) -> None:
    """Open the database of a URL under the alias of the source. Raises CommandError."""
    try:
        config = environ.Env.db_url_config(url)
    except (ValueError, ImproperlyConfigured) as error:
        raise CommandError(f"--from is no database URL: {error}") from error
    target = connection.settings_dict
    same = ("ENGINE", "NAME", "HOST", "PORT")
    if [str(config.get(key) or "") for key in same] == [str(target.get(key) or "") for key in same]:
        raise CommandError("--from and DATABASE_URL are the same database.")
    # `configure_settings` adds the defaults that Django gives to the databases of its settings.
    settings = connections.configure_settings({"default": config})["default"]
    connections[SOURCE] = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, SOURCE)
