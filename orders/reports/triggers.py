"""Triggers that note which days have other figures, in the transaction that changes them.

No code can forget to do it: not an update of many rows at once, a cascade, or a correction in SQL. On SQLite
a migration that changes one of these tables makes it anew and loses its triggers: drop all of them before,
and create them again after. A test notices.
"""

from collections.abc import Iterator
from typing import Any

NOTE = "INSERT INTO orders_figurechange (store_id, at)"
# The columns that figures are made of.
COLUMNS = {
    "orders_order": [
        *("store_id", "is_test", "paid_at", "created_at", "payment_link_id", "checkout_key"),
        *("items_total", "discount_total", "shipping_total", "tax_total", "included_tax_total", "total"),
        *("refunded_amount", "tax_country", "tax_state"),
    ],
    "orders_orderitem": ["order_id", "name", "title", "quantity", "unit_price", "refunded_quantity"],
    "orders_orderdiscount": ["order_id", "name", "code", "amount"],
    "orders_orderrefund": ["order_id", "amount", "refunded_at"],
}
# The row as it was and as it is, by event.
ROWS = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}


def create_triggers(schema_editor: Any) -> None:
    """Create the triggers on all tables that figures are made of."""
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    for table, event in list_triggers():
        name = f"{table}_{event.lower()}_figures"
        body = f"{NOTE} {' UNION '.join(_list_moments(table, event))};"
        when = f" WHEN ({_compare(table, is_sqlite)})" if event == "UPDATE" else ""
        act = f"BEGIN {body} END" if is_sqlite else f"EXECUTE FUNCTION {name}()"
        if not is_sqlite:
            schema_editor.execute(
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN {body} RETURN NULL; END $$"
            )
        schema_editor.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW{when} {act}")


def drop_triggers(schema_editor: Any) -> None:
    """Drop the triggers."""
    is_sqlite = schema_editor.connection.vendor == "sqlite"
    for table, event in list_triggers():
        name = f"{table}_{event.lower()}_figures"
        schema_editor.execute(f"DROP TRIGGER {name}" + ("" if is_sqlite else f" ON {table}"))
        if not is_sqlite:
            schema_editor.execute(f"DROP FUNCTION {name}()")


def list_triggers() -> list[tuple[str, str]]:
    """Return the table and the event of each trigger."""
    return [(table, event) for table in COLUMNS for event in ROWS]


def _compare(table: str, is_sqlite: bool) -> str:
    differs = "IS NOT" if is_sqlite else "IS DISTINCT FROM"
    return " OR ".join(f"OLD.{column} {differs} NEW.{column}" for column in COLUMNS[table])


def _list_moments(table: str, event: str) -> Iterator[str]:
    """Yield queries for the moments whose days may have other figures."""
    for row in ROWS[event]:
        if table == "orders_order":
            yield f"SELECT {row}.store_id, {row}.paid_at WHERE {row}.paid_at IS NOT NULL"
            yield f"SELECT {row}.store_id, {row}.created_at WHERE {row}.payment_link_id <> ''"
            # Its refunds count for its mode and its region.
            yield (
                f"SELECT {row}.store_id, refunded_at FROM orders_orderrefund "  # nosec B608
                f"WHERE order_id = {row}.id AND refunded_at IS NOT NULL"
            )
            continue
        order = f"FROM orders_order WHERE id = {row}.order_id"
        yield f"SELECT store_id, paid_at {order} AND paid_at IS NOT NULL"
        if table == "orders_orderrefund":
            yield f"SELECT store_id, {row}.refunded_at {order} AND {row}.refunded_at IS NOT NULL"
