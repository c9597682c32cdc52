"""Trigram indexes for the search of products and payment links; PostgreSQL alone."""

from typing import Any

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


INDEXES = {"product_search": "catalog_product", "link_search": "catalog_paymentlink"}


def create(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for name, table in INDEXES.items():
            schema_editor.execute(f"CREATE INDEX {name} ON {table} USING gin (search_text gin_trgm_ops)")


def drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for name in INDEXES:
            schema_editor.execute(f"DROP INDEX {name}")


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_links_are_final")]

    operations = [TrigramExtension(), migrations.RunPython(create, drop)]
