"""The database itself refuses to change what a payment link sells, and at what price (R32, R97).

On SQLite a later change of these tables makes them anew and loses their triggers: such a migration must run
`make_triggers` again. A test notices.
"""

from django.db import migrations

FINAL = {
    "catalog_paymentlink": [
        "id",
        "store_id",
        "product_id",
        "default_variant_id",
        "min_amount",
        "max_amount",
        "fixed_quantity",
        "is_personal",
        "created_at",
    ],
    "catalog_linkvariant": [
        "id",
        "link_id",
        "variant_id",
        "is_primary",
        "min_quantity",
        "max_quantity",
        "price",
        "choice",
    ],
}
WORDS = "what a payment link sells is final"


def make_triggers(apps, schema_editor):
    sqlite = schema_editor.connection.vendor == "sqlite"
    if not sqlite:
        schema_editor.execute(
            f"""
            CREATE OR REPLACE FUNCTION link_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'integrity_constraint_violation'; END $$
            """
        )
    differs = "IS NOT" if sqlite else "IS DISTINCT FROM"
    act = f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END" if sqlite else "EXECUTE FUNCTION link_is_final()"
    for table, columns in FINAL.items():
        changed = " OR ".join(f"OLD.{column} {differs} NEW.{column}" for column in columns)
        schema_editor.execute(
            f"CREATE TRIGGER {table}_is_final BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({changed}) {act}"
        )


def drop_triggers(apps, schema_editor):
    on_table = "" if schema_editor.connection.vendor == "sqlite" else " ON {table}"
    for table in FINAL:
        schema_editor.execute(f"DROP TRIGGER {table}_is_final" + on_table.format(table=table))
    if not schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP FUNCTION link_is_final()")


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = [migrations.RunPython(make_triggers, drop_triggers)]
