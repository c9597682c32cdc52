"""The database itself keeps what each variant cost and since when, whatever code or SQL changes a price.

On SQLite a later change of the variants' table makes it anew and loses its triggers: such a migration must
run `make_triggers` again. A test notices.
"""

from django.db import migrations

EVENTS = {
    "insert": ("INSERT", ""),
    "update": ("UPDATE OF price", "WHEN (OLD.price <> NEW.price)"),
}
NAME = "catalog_variant_{event}_price"
NOTE = "INSERT INTO catalog_variantprice (variant_id, price, starts_at) VALUES (NEW.id, NEW.price, {now});"


def make_triggers(apps, schema_editor):
    sqlite = schema_editor.connection.vendor == "sqlite"
    # As Django writes times there.
    note = NOTE.format(now="strftime('%Y-%m-%d %H:%M:%f', 'now')" if sqlite else "now()")
    if not sqlite:
        schema_editor.execute(
            "CREATE OR REPLACE FUNCTION note_variant_price() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {note} RETURN NULL; END $$",
            params=None,
        )
    act = f"BEGIN {note} END" if sqlite else "EXECUTE FUNCTION note_variant_price()"
    for event, (moment, when) in EVENTS.items():
        name = NAME.format(event=event)
        schema_editor.execute(
            f"CREATE TRIGGER {name} AFTER {moment} ON catalog_variant FOR EACH ROW {when} {act}", params=None
        )


def drop_triggers(apps, schema_editor):
    sqlite = schema_editor.connection.vendor == "sqlite"
    for event in EVENTS:
        on_table = "" if sqlite else " ON catalog_variant"
        schema_editor.execute(f"DROP TRIGGER {NAME.format(event=event)}{on_table}")
    if not sqlite:
        schema_editor.execute("DROP FUNCTION note_variant_price()")


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_search")]

    operations = [migrations.RunPython(make_triggers, drop_triggers)]
