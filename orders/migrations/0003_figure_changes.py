"""The database itself notes which days have other figures (`orders.reports.triggers`)."""

from django.db import migrations

from orders.reports.triggers import create_triggers, drop_triggers


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_search")]

    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: create_triggers(schema_editor),
            lambda apps, schema_editor: drop_triggers(schema_editor),
        )
    ]
