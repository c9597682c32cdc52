"""Empty the database after a test with real transactions, faster than Django does.

Django empties every table and recreates all content types and permissions, with hundreds of queries. Most
tests fill only a few tables and don't change those two.
"""

from django.db import connection, transaction
from django.test import TransactionTestCase

KEPT_TABLES = {"django_content_type", "auth_permission"}


def flush_filled_tables(_test_case: TransactionTestCase) -> None:
    """Delete all rows of the tables that have any."""
    quote = connection.ops.quote_name
    tables = set(connection.introspection.django_table_names(include_views=False)) - KEPT_TABLES
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # All rows go, so skip the foreign key checks.
            cursor.execute("SET LOCAL session_replication_role = replica")
        filled = (f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {quote(name)})" for name in tables)
        cursor.execute(" UNION ALL ".join(filled))
        for (name,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {quote(name)}")


def install_fast_flush() -> None:
    TransactionTestCase._fixture_teardown = flush_filled_tables
