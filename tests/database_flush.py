"""The database emptied after a test with real transactions, quicker than Django empties it.

Django empties every table and then makes all content types and permissions anew, some hundred queries. Most
tests fill a few tables, and those two nobody changes.
"""

from django.db import connection, transaction
from django.test import TransactionTestCase

KEPT_TABLES = {"django_content_type", "auth_permission"}


def flush_filled_tables(_test_case: TransactionTestCase) -> None:
    """Delete what is in the tables that have rows."""
    quote = connection.ops.quote_name
    tables = set(connection.introspection.django_table_names(include_views=False)) - KEPT_TABLES
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # All of it goes; what refers to what need not be looked at row by row.
            cursor.execute("SET LOCAL session_replication_role = replica")
        filled = (f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {quote(name)})" for name in tables)
        cursor.execute(" UNION ALL ".join(filled))
        for (name,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {quote(name)}")


def install_fast_flush() -> None:
    TransactionTestCase._fixture_teardown = flush_filled_tables
