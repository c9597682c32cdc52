import django.db.models.deletion
import stores.ids
import wording.fields
import wording.sentence
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('orders', '0001_initial'),
        ('stores', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Invoice',
            fields=[
                ('id', stores.ids.IdField(max_length=40, prefix='in', serialize=False)),
                ('cycle', models.PositiveIntegerField(verbose_name='cycle')),
                ('status', models.CharField(choices=[('open', 'open'), ('paid', 'paid'), ('void', 'void'), ('uncollectible', 'uncollectible')], default='open', max_length=13, verbose_name='status')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=12, verbose_name='amount')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('attempt_count', models.PositiveIntegerField(default=0, verbose_name='attempts')),
                ('next_order_number', models.CharField(blank=True, max_length=64)),
                ('paid_at', models.DateTimeField(null=True, verbose_name='paid at')),
                ('voided_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('order', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='orders.order', verbose_name='order')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='stores.store')),
            ],
            options={
                'verbose_name': 'invoice',
                'verbose_name_plural': 'invoices',
                'ordering': ['-created_at', '-id'],
                'indexes': [models.Index(fields=['store', '-created_at', '-id'], name='invoice_newest'), models.Index(fields=['-created_at', '-id'], name='invoice_newest_of_all'), models.Index(fields=['next_order_number'], name='invoice_by_next_number')],
            },
        ),
        migrations.CreateModel(
            name='InvoiceLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('product_id', models.CharField(blank=True, max_length=40)),
                ('variant_id', models.CharField(blank=True, max_length=40)),
                ('name', models.CharField(max_length=200, verbose_name='product')),
                ('title', models.CharField(blank=True, max_length=300, verbose_name='variant')),
                ('quantity', models.PositiveIntegerField(verbose_name='quantity')),
                ('price', models.DecimalField(decimal_places=2, max_digits=12, verbose_name='price')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('invoice', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='subscriptions.invoice')),
            ],
            options={
                'verbose_name': 'item',
                'verbose_name_plural': 'items',
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', stores.ids.IdField(max_length=40, prefix='sub', serialize=False)),
                ('next_subscription_id', models.PositiveBigIntegerField(verbose_name='NEXT Commerce subscription ID')),
                ('status', models.CharField(choices=[('active', 'active'), ('paused', 'paused'), ('past_due', 'past due'), ('canceled', 'canceled')], default='active', max_length=8, verbose_name='status')),
                ('next_status', models.CharField(blank=True, max_length=32, verbose_name='NEXT Commerce status')),
                ('next_interval', models.CharField(blank=True, max_length=5)),
                ('next_interval_count', models.PositiveSmallIntegerField(default=0)),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('shipping_price', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=12, verbose_name='shipping')),
                ('monthly_amount', models.DecimalField(decimal_places=6, default=Decimal('0'), editable=False, max_digits=24)),
                ('cycle', models.PositiveIntegerField(default=0, verbose_name='renewals charged')),
                ('next_renewal_at', models.DateTimeField(null=True, verbose_name='next charge')),
                ('period_start', models.DateTimeField(null=True)),
                ('trial_end', models.DateTimeField(null=True, verbose_name='trial ends')),
                ('is_trial_end_synced', models.BooleanField(default=False)),
                ('paused_at', models.DateTimeField(null=True, verbose_name='paused at')),
                ('paused_until', models.DateTimeField(null=True, verbose_name='paused until')),
                ('scheduled_renewal_at', models.DateTimeField(null=True)),
                ('pending_action', models.CharField(blank=True, choices=[('', 'none'), ('pause', 'pause'), ('resume', 'resume'), ('cancel', 'cancel'), ('write_off', 'write off declined charge')], default='', max_length=9, verbose_name='pending change')),
                ('pending_pause_until', models.DateTimeField(null=True)),
                ('cancel_at_period_end', models.BooleanField(default=False)),
                ('ends_at', models.DateTimeField(null=True, verbose_name='ends at')),
                ('canceled_at', models.DateTimeField(null=True, verbose_name='ended at')),
                ('cancel_reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ('metadata', models.JSONField(blank=True, default=dict, verbose_name='metadata')),
                ('unconfirmed_call', models.CharField(blank=True, max_length=100)),
                ('unconfirmed_call_count', models.PositiveSmallIntegerField(default=0)),
                ('resend_at', models.DateTimeField(null=True)),
                ('refresh_at', models.DateTimeField(null=True)),
                ('sync_error', wording.fields.SentenceField(blank=True, default=wording.sentence.Sentence, verbose_name='sync error')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('customer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='subscriptions', to='orders.customer', verbose_name='customer')),
                ('duplicate_of', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='duplicates', to='subscriptions.subscription', verbose_name='possible duplicate of')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='subscriptions', to='orders.order', verbose_name='order')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='subscriptions', to='stores.store', verbose_name='store')),
            ],
            options={
                'verbose_name': 'subscription',
                'verbose_name_plural': 'subscriptions',
                'ordering': ['-created_at', '-id'],
                'indexes': [models.Index(fields=['store', '-created_at', '-id'], name='subscription_newest'), models.Index(fields=['-created_at', '-id'], name='subscription_newest_of_all'), models.Index(condition=models.Q(('status__in', ['active', 'past_due'])), fields=['store', 'status'], include=('order', 'monthly_amount'), name='subscription_running'), models.Index(condition=models.Q(('canceled_at__isnull', False)), fields=['store', 'canceled_at'], name='subscription_ended'), models.Index(condition=models.Q(('refresh_at__isnull', False)), fields=['refresh_at'], name='subscription_to_refresh')],
                'constraints': [models.UniqueConstraint(fields=('store', 'next_subscription_id'), name='next_subscription_once_in_a_store')],
            },
        ),
        migrations.CreateModel(
            name='PendingNotification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('confirmation', 'confirmation'), ('updated', 'order updated'), ('contract', 'contract documents'), ('confirm_marketing', 'newsletter sign-up to confirm'), ('renewal', 'renewal'), ('shipped', 'shipped'), ('sign_in', 'sign-in link'), ('invoice', 'invoice'), ('subscribed', 'subscription started'), ('subscribed_twice', 'subscribed twice'), ('paused', 'subscription paused'), ('resumed', 'subscription resumed'), ('skipped', 'charge skipped'), ('changed', 'subscription changed'), ('canceled', 'subscription canceled'), ('cancel_revoked', 'cancellation undone'), ('ended', 'subscription ended'), ('trial_ends', 'trial ends'), ('price_changes', 'price changes'), ('renews', 'long period renews'), ('yearly', 'yearly reminder'), ('charge_failed', 'charge failed'), ('request', 'payment request'), ('request_reminder', 'reminder to pay'), ('withdrawal', 'withdrawal received'), ('cancellation', 'cancellation received'), ('confirm_alert', 'stock alert to confirm'), ('back_in_stock', 'back in stock'), ('cart_reminder', 'cart reminder')], max_length=20, verbose_name='kind')),
                ('requested_at', models.DateTimeField(verbose_name='requested at')),
                ('charge_at', models.DateTimeField(null=True)),
                ('cycle', models.PositiveIntegerField(null=True)),
                ('subscription', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pending_notifications', to='subscriptions.subscription')),
            ],
            options={
                'verbose_name': 'pending notification',
                'verbose_name_plural': 'pending notifications',
                'ordering': ['requested_at', 'id'],
                'constraints': [models.UniqueConstraint(fields=('subscription', 'kind'), name='one_pending_notification_of_a_kind')],
            },
        ),
        migrations.AddField(
            model_name='invoice',
            name='subscription',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='subscriptions.subscription', verbose_name='subscription'),
        ),
        migrations.CreateModel(
            name='SubscriptionLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('next_variant_id', models.PositiveBigIntegerField(null=True, verbose_name='NEXT Commerce variant ID')),
                ('product_id', models.CharField(blank=True, max_length=40)),
                ('variant_id', models.CharField(blank=True, max_length=40)),
                ('name', models.CharField(blank=True, max_length=200, verbose_name='product')),
                ('title', models.CharField(blank=True, max_length=300, verbose_name='variant')),
                ('terms', models.JSONField(blank=True, default=dict)),
                ('next_line_id', models.PositiveBigIntegerField(verbose_name='NEXT Commerce line ID')),
                ('state', models.CharField(choices=[('active', 'active'), ('to_remove', 'to remove'), ('gone', 'gone from NEXT Commerce')], default='active', max_length=9, verbose_name='status')),
                ('quantity', models.PositiveIntegerField(default=1, verbose_name='quantity')),
                ('price', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=12, verbose_name='price')),
                ('replaces_line_id', models.PositiveBigIntegerField(null=True)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('subscription', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='subscriptions.subscription')),
            ],
            options={
                'verbose_name': 'item',
                'verbose_name_plural': 'items',
                'ordering': ['position', 'id'],
                'constraints': [models.UniqueConstraint(fields=('subscription', 'next_line_id'), name='next_line_once_in_a_subscription')],
            },
        ),
        migrations.CreateModel(
            name='SubscriptionLineChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('next_variant_id', models.PositiveBigIntegerField(null=True, verbose_name='NEXT Commerce variant ID')),
                ('product_id', models.CharField(blank=True, max_length=40)),
                ('variant_id', models.CharField(blank=True, max_length=40)),
                ('name', models.CharField(blank=True, max_length=200, verbose_name='product')),
                ('title', models.CharField(blank=True, max_length=300, verbose_name='variant')),
                ('terms', models.JSONField(blank=True, default=dict)),
                ('quantity', models.PositiveIntegerField(null=True, verbose_name='quantity')),
                ('requested_at', models.DateTimeField(auto_now=True, verbose_name='requested at')),
                ('line', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='change', to='subscriptions.subscriptionline')),
            ],
            options={
                'verbose_name': 'requested change',
                'verbose_name_plural': 'requested changes',
            },
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(condition=models.Q(('status__in', ['open', 'uncollectible'])), fields=['store', 'created_at'], include=('subscription',), name='invoice_failed'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'void'), _negated=True), fields=('subscription', 'cycle'), name='one_invoice_for_a_cycle'),
        ),
    ]
