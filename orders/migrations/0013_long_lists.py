"""Indexes in the order of the admin's long lists, and a trigram index (PostgreSQL) for customers."""

from typing import Any

import django.db.models.functions.text
from django.db import migrations, models

CREATE = "CREATE INDEX customer_search ON orders_customer USING gin (search_text gin_trgm_ops)"
DROP = "DROP INDEX IF EXISTS customer_search"


def on_postgresql(sql: str) -> Any:
    def run(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(sql)

    return run


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0012_search_and_email'),
        ('stores', '0003_subscribers'),
    ]

    operations = [
        migrations.AddField(
            model_name='customer',
            name='search_text',
            field=models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Upper(django.db.models.functions.text.Concat('name', models.Value('\n'), 'email', models.Value('\n'), 'phone', models.Value('\n'), 'merchant_uuid', output_field=models.TextField())), output_field=models.TextField()),
        ),
        migrations.RunPython(on_postgresql(CREATE), on_postgresql(DROP)),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(fields=['-created_at', '-id'], name='customer_newest_of_all'),
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(fields=['-created_at', '-id'], name='invoice_newest_of_all'),
        ),
        migrations.AddIndex(
            model_name='mail',
            index=models.Index(fields=['-created_at', '-id'], name='mail_newest'),
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(fields=['-created_at', '-id'], name='subscription_newest_of_all'),
        ),
    ]
