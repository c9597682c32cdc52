from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='RateLimitState',
            fields=[
                ('token_hash', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('slots', models.JSONField(default=list)),
                ('version', models.PositiveBigIntegerField(default=0)),
                ('paused_until', models.FloatField(default=0)),
            ],
        ),
    ]
