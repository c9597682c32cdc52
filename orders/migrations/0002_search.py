"""Trigram indexes for the searches of orders and customers; PostgreSQL alone."""

from typing import Any

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

TABLES = {"order_search": "orders_order", "customer_search": "orders_customer"}


def create(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for index, table in TABLES.items():
            schema_editor.execute(f"CREATE INDEX {index} ON {table} USING gin (search_text gin_trgm_ops)")


def drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for index in TABLES:
            schema_editor.execute(f"DROP INDEX {index}")


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]

    operations = [TrigramExtension(), migrations.RunPython(create, drop)]
