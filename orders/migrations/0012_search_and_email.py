"""The searched text is a column with the trigram index (PostgreSQL) on it, instead of an indexed expression."""

from typing import Any

import django.db.models.functions.text
from django.db import migrations, models

CREATE = "CREATE INDEX order_search ON orders_order USING gin (search_text gin_trgm_ops)"
DROP = "DROP INDEX IF EXISTS order_search"


def on_postgresql(sql: str) -> Any:
    def run(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(sql)

    return run


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0011_void_invoices'),
        ('stores', '0002_verification_amount'),
    ]

    operations = [
        migrations.RunPython(on_postgresql(DROP), migrations.RunPython.noop),
        migrations.AddField(
            model_name='order',
            name='search_text',
            field=models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Upper(django.db.models.functions.text.Concat('number', models.Value('\n'), 'name', models.Value('\n'), 'email', output_field=models.TextField())), output_field=models.TextField()),
        ),
        migrations.RunPython(on_postgresql(CREATE), on_postgresql(DROP)),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(models.F('store'), django.db.models.functions.text.Lower('email'), name='order_by_email'),
        ),
        migrations.RemoveIndex(model_name='order', name='order_newest_of_all'),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['-created_at', '-id'], include=('store', 'status', 'is_test', 'search_text'), name='order_newest_of_all'),
        ),
    ]
