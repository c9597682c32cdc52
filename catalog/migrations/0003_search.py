"""Trigram index for the search of products; PostgreSQL alone."""

from typing import Any

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


def create(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE INDEX product_search ON catalog_product USING gin (search_text gin_trgm_ops)"
        )


def drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX product_search")


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_links_are_final")]

    operations = [TrigramExtension(), migrations.RunPython(create, drop)]
