"""Trigram index for the search of orders; PostgreSQL alone."""

from typing import Any

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

CREATE = """
    CREATE INDEX order_search ON orders_order
    USING gin (UPPER((number || chr(10) || name || chr(10) || email)::text) gin_trgm_ops)
"""


def create(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(CREATE)


def drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS order_search")


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_tokens_and_search")]

    operations = [TrigramExtension(), migrations.RunPython(create, drop)]
