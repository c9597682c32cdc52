import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.math
import django.db.models.functions.text
import django.db.models.lookups
import stores.ids
import stores.search
import wording.fields
import wording.sentence
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('stores', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Notification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('confirmation', 'confirmation'), ('updated', 'order updated'), ('renewal', 'renewal'), ('shipped', 'shipped'), ('links', 'order links'), ('invoice', 'invoice'), ('subscribed', 'subscription started'), ('subscribed_twice', 'subscribed twice'), ('paused', 'subscription paused'), ('resumed', 'subscription resumed'), ('skipped', 'charge skipped'), ('changed', 'subscription changed'), ('canceled', 'subscription canceled'), ('cancel_revoked', 'cancellation undone'), ('ended', 'subscription ended'), ('trial_ends', 'trial ends'), ('price_changes', 'price changes'), ('charge_failed', 'charge failed')], max_length=20, verbose_name='kind')),
                ('subject_id', models.CharField(blank=True, max_length=40)),
                ('details', models.JSONField(default=dict)),
                ('key', models.CharField(max_length=60)),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('next_try_at', models.DateTimeField(null=True, verbose_name='next attempt at')),
                ('sent_at', models.DateTimeField(null=True, verbose_name='sent at')),
                ('last_error', models.CharField(blank=True, max_length=200, verbose_name='error')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
            ],
            options={
                'verbose_name': 'email',
                'verbose_name_plural': 'emails',
                'ordering': ['-created_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', stores.ids.IdField(max_length=40, prefix='cus', serialize=False)),
                ('name', models.CharField(blank=True, max_length=255, verbose_name='name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email')),
                ('phone', models.CharField(blank=True, max_length=32, verbose_name='phone')),
                ('merchant_uuid', models.CharField(blank=True, max_length=100, verbose_name="merchant's ID")),
                ('description', models.TextField(blank=True, verbose_name='notes')),
                ('metadata', models.JSONField(blank=True, default=dict, verbose_name='metadata')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('search_text', stores.search.SearchTextField(default='', editable=False, sources=('name', 'email', 'phone', 'merchant_uuid'))),
                ('erased_at', models.DateTimeField(editable=False, null=True, verbose_name='erased at')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='customers', to='stores.store', verbose_name='store')),
            ],
            options={
                'verbose_name': 'customer',
                'verbose_name_plural': 'customers',
                'ordering': ['-created_at', '-id'],
                'permissions': [('export_customer', "Can export customers' personal data"), ('erase_customer', "Can erase customers' personal data")],
            },
        ),
        migrations.CreateModel(
            name='DailyDiscounts',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField()),
                ('is_test', models.BooleanField()),
                ('label', models.CharField(blank=True, max_length=200)),
                ('is_code', models.BooleanField()),
                ('orders', models.PositiveIntegerField(default=0)),
                ('total', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=16)),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='stores.store')),
            ],
        ),
        migrations.CreateModel(
            name='DailyLinks',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField()),
                ('is_test', models.BooleanField()),
                ('link', models.CharField(max_length=40)),
                ('started', models.PositiveIntegerField(default=0)),
                ('paid', models.PositiveIntegerField(default=0)),
                ('total', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=16)),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='stores.store')),
            ],
        ),
        migrations.CreateModel(
            name='DailyProducts',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField()),
                ('is_test', models.BooleanField()),
                ('name', models.CharField(max_length=200)),
                ('title', models.CharField(blank=True, max_length=300)),
                ('sold', models.PositiveIntegerField(default=0)),
                ('refunded', models.PositiveIntegerField(default=0)),
                ('total', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=16)),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='stores.store')),
            ],
        ),
        migrations.CreateModel(
            name='DailySales',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField()),
                ('is_test', models.BooleanField()),
                ('country', models.CharField(blank=True, max_length=2)),
                ('state', models.CharField(blank=True, max_length=255)),
                ('orders', models.PositiveIntegerField(default=0)),
                ('items', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=16)),
                ('discounts', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=16)),
                ('shipping', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=16)),
                ('tax', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=16)),
                ('included_tax', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=16)),
                ('total', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=16)),
                ('refunded_since', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=16)),
                ('refunds', models.PositiveIntegerField(default=0)),
                ('refunded', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=16)),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='stores.store')),
            ],
        ),
        migrations.CreateModel(
            name='EphemeralToken',
            fields=[
                ('digest', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('provider', models.CharField(blank=True, max_length=50, verbose_name='provider')),
                ('order_id', models.CharField(blank=True, max_length=100, verbose_name="merchant's order ID")),
                ('return_url', models.CharField(blank=True, max_length=500, verbose_name='return URL')),
                ('channel_metadata', models.JSONField(blank=True, default=dict)),
                ('issued_by', models.CharField(blank=True, max_length=100, verbose_name='issued by')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('expires_at', models.DateTimeField(verbose_name='expires at')),
                ('redeemed_at', models.DateTimeField(null=True, verbose_name='redeemed at')),
                ('customer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='ephemeral_tokens', to='orders.customer')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='ephemeral_tokens', to='stores.store')),
            ],
            options={
                'verbose_name': 'ephemeral token',
                'verbose_name_plural': 'ephemeral tokens',
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='FigureChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('store', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='stores.store')),
            ],
        ),
        migrations.CreateModel(
            name='SentEmail',
            fields=[
                ('notification', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='sent_email', serialize=False, to='orders.notification')),
                ('recipient', models.CharField(max_length=320)),
                ('sender', models.CharField(max_length=500)),
                ('subject', models.CharField(max_length=500)),
                ('text', models.TextField()),
                ('html', models.TextField()),
                ('attachments', models.CharField(blank=True, max_length=500)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', stores.ids.IdField(max_length=40, prefix='ord', serialize=False)),
                ('number', models.CharField(max_length=20, verbose_name='number')),
                ('invoice_number', models.CharField(blank=True, editable=False, max_length=20, verbose_name='invoice number')),
                ('external_id', models.CharField(max_length=20, unique=True, verbose_name='external ID')),
                ('status', models.CharField(choices=[('Pending', 'Pending'), ('Paid', 'Paid'), ('Shipping', 'Shipped'), ('Partially refunded', 'Partially refunded'), ('Refunded', 'Refunded'), ('Canceled', 'Canceled')], default='Pending', max_length=20, verbose_name='status')),
                ('checkout_key', models.CharField(max_length=64)),
                ('email', models.EmailField(max_length=254, verbose_name='email')),
                ('name', models.CharField(max_length=255, verbose_name='name')),
                ('phone', models.CharField(blank=True, max_length=32, verbose_name='phone')),
                ('language', models.CharField(default='en', max_length=10)),
                ('tax_country', models.CharField(blank=True, max_length=2)),
                ('tax_state', models.CharField(blank=True, max_length=255)),
                ('accepts_marketing', models.BooleanField(default=False)),
                ('currency', models.CharField(max_length=3)),
                ('items_total', models.DecimalField(decimal_places=2, max_digits=12)),
                ('discount_total', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=12)),
                ('shipping_total', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=12)),
                ('tax_total', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=12)),
                ('included_tax_total', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=12)),
                ('adjustment_total', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=12)),
                ('is_total_final', models.BooleanField(default=True)),
                ('shown_parts', models.JSONField(default=dict)),
                ('discount_code', models.CharField(blank=True, max_length=128, verbose_name='discount code')),
                ('total', models.DecimalField(decimal_places=2, max_digits=12, verbose_name='total')),
                ('refunded_amount', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=12, verbose_name='refunded')),
                ('shows_less_refunded_since', models.DateTimeField(null=True)),
                ('verification_amount', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=12, verbose_name='verification amount')),
                ('verification_refund_due_at', models.DateTimeField(null=True)),
                ('verification_refunded_at', models.DateTimeField(null=True, verbose_name='verification amount refunded at')),
                ('shipping_code', models.CharField(blank=True, max_length=128)),
                ('shipping_method', models.CharField(blank=True, max_length=128, verbose_name='shipping method')),
                ('payment_link_id', models.CharField(blank=True, max_length=40, verbose_name='payment link')),
                ('origin', models.JSONField(blank=True, default=dict)),
                ('channel', models.JSONField(blank=True, default=dict)),
                ('answers', models.JSONField(blank=True, default=list, verbose_name='answers')),
                ('next_order_number', models.CharField(blank=True, max_length=64, null=True, verbose_name='NEXT Commerce number')),
                ('next_mark', models.CharField(blank=True, max_length=40)),
                ('next_created_at', models.DateTimeField(null=True)),
                ('next_currency', models.CharField(blank=True, max_length=3)),
                ('next_status', models.CharField(blank=True, max_length=32)),
                ('next_payment_status', models.CharField(blank=True, max_length=32)),
                ('next_fulfillment_status', models.CharField(blank=True, max_length=32)),
                ('next_updated_at', models.DateTimeField(null=True)),
                ('order_status_url', models.URLField(blank=True, max_length=500)),
                ('supports_upsells', models.BooleanField(default=False)),
                ('mirrored_at', models.DateTimeField(null=True)),
                ('refresh_at', models.DateTimeField(null=True)),
                ('is_test', models.BooleanField(default=False, verbose_name='test order')),
                ('paid_at', models.DateTimeField(null=True, verbose_name='paid at')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated at')),
                ('search_text', stores.search.SearchTextField(default='', editable=False, sources=('number', 'name', 'email'))),
                ('customer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='orders.customer')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='stores.store', verbose_name='store')),
            ],
            options={
                'verbose_name': 'order',
                'verbose_name_plural': 'orders',
                'ordering': ['-created_at', '-id'],
                'permissions': [('note_order', 'Can add notes to orders'), ('refund_order', 'Can refund orders'), ('cancel_order', 'Can cancel orders'), ('export_order', 'Can export orders'), ('open_customer_page', "Can open customers' own pages, where their orders can be changed")],
            },
        ),
        migrations.AddField(
            model_name='notification',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notifications', to='orders.order', verbose_name='order'),
        ),
        migrations.CreateModel(
            name='OrderAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('shipping', 'Shipping'), ('billing', 'Billing')], max_length=8)),
                ('name', models.CharField(blank=True, max_length=255)),
                ('first_name', models.CharField(blank=True, max_length=255)),
                ('last_name', models.CharField(blank=True, max_length=255)),
                ('line1', models.CharField(blank=True, max_length=255)),
                ('line2', models.CharField(blank=True, max_length=255)),
                ('city', models.CharField(blank=True, max_length=255)),
                ('state', models.CharField(blank=True, max_length=255)),
                ('postal_code', models.CharField(blank=True, max_length=32)),
                ('country', models.CharField(blank=True, max_length=2)),
                ('phone', models.CharField(blank=True, max_length=32)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='addresses', to='orders.order')),
            ],
        ),
        migrations.CreateModel(
            name='OrderEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('kind', models.CharField(choices=[('paid', 'paid'), ('edited', 'edited'), ('verification_refunded', 'verification amount refunded'), ('refunded', 'refunded'), ('canceled', 'order canceled'), ('shipped', 'shipped'), ('fulfillment', 'fulfillment'), ('price_difference', 'charge differs from checkout'), ('upsell', 'upsell'), ('review', 'review opened'), ('reviewed', 'review closed'), ('note', 'note'), ('notification', 'notification'), ('refund_requested', 'refund requested'), ('cancel_requested', 'cancellation requested'), ('verification_refund_requested', 'verification refund requested'), ('gone', 'not found in NEXT Commerce'), ('erased', 'personal data erased')], max_length=40)),
                ('text', wording.fields.SentenceField(blank=True, default=wording.sentence.Sentence)),
                ('source', models.CharField(choices=[('shopper', 'shopper'), ('return', 'return from payment'), ('webhook', 'webhook'), ('reconciler', 'reconciler'), ('staff', 'staff'), ('api', 'API')], max_length=12)),
                ('actor', models.CharField(blank=True, max_length=150)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='orders.order')),
            ],
            options={
                'verbose_name': 'log entry',
                'verbose_name_plural': 'log',
                'ordering': ['at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='OrderItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('product_id', models.CharField(max_length=40)),
                ('variant_id', models.CharField(max_length=40)),
                ('next_variant_id', models.PositiveBigIntegerField(null=True)),
                ('name', models.CharField(max_length=200, verbose_name='product')),
                ('sku', models.CharField(blank=True, max_length=100)),
                ('title', models.CharField(blank=True, max_length=300, verbose_name='variant')),
                ('quantity', models.PositiveIntegerField(verbose_name='quantity')),
                ('unit_price', models.DecimalField(decimal_places=2, max_digits=12, verbose_name='price')),
                ('requires_shipping', models.BooleanField(default=True)),
                ('custom_text', models.CharField(blank=True, max_length=200)),
                ('is_upsell', models.BooleanField(default=False)),
                ('refunded_quantity', models.PositiveIntegerField(default=0)),
                ('restocked_quantity', models.PositiveIntegerField(default=0)),
                ('next_line_id', models.PositiveBigIntegerField(null=True)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('snapshot', models.JSONField(default=dict)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='orders.order')),
            ],
            options={
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='OrderDiscount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, max_length=200)),
                ('description', models.TextField(blank=True)),
                ('code', models.CharField(blank=True, max_length=128)),
                ('is_shipping', models.BooleanField(default=False)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=12)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='discounts', to='orders.order')),
                ('item', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='discounts', to='orders.orderitem')),
            ],
            options={
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='OrderNumber',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('series', models.CharField(choices=[('ORD', 'Order'), ('INV', 'Invoice')], max_length=3)),
                ('year', models.PositiveSmallIntegerField()),
                ('last', models.PositiveIntegerField(default=0)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='stores.store')),
            ],
        ),
        migrations.CreateModel(
            name='OrderRefund',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('next_refund_id', models.PositiveBigIntegerField(null=True)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=12)),
                ('note', models.TextField(blank=True)),
                ('refunded_at', models.DateTimeField(null=True)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='refunds', to='orders.order')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='OrderReview',
            fields=[
                ('id', stores.ids.IdField(max_length=40, prefix='rev', serialize=False)),
                ('kind', models.CharField(choices=[('sold_out', 'sold out'), ('payment_mismatch', 'payment differs'), ('duplicate_payment', 'paid twice'), ('unmarked_order', 'payment not identified'), ('second_next_order', 'second order in NEXT Commerce'), ('foreign_order', 'another order in NEXT Commerce'), ('upsell', 'upsell'), ('extra_refund', 'refunded more than requested'), ('extra_charge', 'charged more than was bought'), ('refund_not_made', 'refund not made'), ('refund_withdrawn', 'refund no longer shown'), ('verification_refund', 'verification amount not refunded')], max_length=20, verbose_name='kind')),
                ('text', wording.fields.SentenceField(blank=True, default=wording.sentence.Sentence, verbose_name='reason')),
                ('payment_intent_id', models.CharField(blank=True, max_length=40, verbose_name='payment')),
                ('next_order_number', models.CharField(blank=True, max_length=64, verbose_name='NEXT Commerce number')),
                ('subject_id', models.CharField(blank=True, max_length=40)),
                ('amount_to_refund', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=12, verbose_name='to refund')),
                ('opened_at', models.DateTimeField(auto_now_add=True, verbose_name='opened at')),
                ('resolved_at', models.DateTimeField(null=True, verbose_name='closed at')),
                ('resolved_by', models.CharField(blank=True, max_length=150, verbose_name='closed by')),
                ('resolution', models.CharField(blank=True, choices=[('accepted', 'accepted'), ('refunded', 'refunded'), ('dismissed', 'closed'), ('settled_elsewhere', 'settled elsewhere')], max_length=20, verbose_name='resolution')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='note')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reviews', to='orders.order', verbose_name='order')),
            ],
            options={
                'verbose_name': 'review',
                'verbose_name_plural': 'reviews',
                'ordering': ['-opened_at', '-id'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='OrderTag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40, verbose_name='name')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='order_tags', to='stores.store', verbose_name='store')),
            ],
            options={
                'verbose_name': 'tag',
                'verbose_name_plural': 'tags',
                'ordering': ['name', 'id'],
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='order',
            name='tags',
            field=models.ManyToManyField(blank=True, related_name='orders', to='orders.ordertag', verbose_name='tags'),
        ),
        migrations.CreateModel(
            name='OrderTaxLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_shipping', models.BooleanField(default=False)),
                ('is_included', models.BooleanField(default=False)),
                ('next_tax_id', models.PositiveBigIntegerField(null=True)),
                ('name', models.CharField(blank=True, max_length=200)),
                ('rate', models.DecimalField(decimal_places=8, max_digits=12, null=True)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=12)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('item', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='tax_lines', to='orders.orderitem')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tax_lines', to='orders.order')),
            ],
            options={
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='OrderTransaction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('next_transaction_id', models.PositiveBigIntegerField(null=True)),
                ('kind', models.CharField(choices=[('charge', 'charge'), ('refund', 'refund'), ('authorization', 'authorization'), ('other', 'other')], max_length=15)),
                ('has_failed', models.BooleanField(default=False)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=12)),
                ('made_at', models.DateTimeField(null=True)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='transactions', to='orders.order')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='PriceDifference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('tax', 'tax'), ('discount', 'discount')], max_length=10, verbose_name='kind')),
                ('cause', models.CharField(max_length=200, verbose_name='cause')),
                ('country', models.CharField(blank=True, max_length=2)),
                ('state', models.CharField(blank=True, max_length=64)),
                ('is_included', models.BooleanField(default=False)),
                ('rates', models.JSONField(default=list)),
                ('shown', models.DecimalField(decimal_places=2, max_digits=12, null=True, verbose_name='shown')),
                ('charged', models.DecimalField(decimal_places=2, max_digits=12, verbose_name='charged')),
                ('untaxed_count', models.PositiveIntegerField(default=0)),
                ('largest_amount', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=12)),
                ('largest_percent', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=12)),
                ('order_count', models.PositiveIntegerField(default=0, verbose_name='orders')),
                ('total_difference', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=14)),
                ('opened_at', models.DateTimeField(auto_now_add=True, verbose_name='opened at')),
                ('resolved_at', models.DateTimeField(null=True, verbose_name='closed at')),
                ('resolved_by', models.CharField(blank=True, max_length=150, verbose_name='closed by')),
                ('resolution', models.CharField(blank=True, choices=[('adopted', 'rates adopted'), ('dismissed', 'closed')], max_length=10, verbose_name='resolution')),
                ('order', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='orders.order')),
                ('orders', models.ManyToManyField(related_name='price_differences', to='orders.order')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='price_differences', to='stores.store', verbose_name='store')),
            ],
            options={
                'verbose_name': 'price difference',
                'verbose_name_plural': 'price differences',
                'ordering': ['-opened_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='RefundRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('pending', 'being checked'), ('done', 'done'), ('refused', 'not made')], default='pending', max_length=8)),
                ('purpose', models.CharField(choices=[('refund', 'refund'), ('cancel', 'cancellation'), ('verification', 'verification amount'), ('review', 'payment in review'), ('review_difference', 'difference of a payment in review')], default='refund', max_length=20)),
                ('payment_intent_id', models.CharField(blank=True, max_length=40)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=12)),
                ('refunded_before', models.DecimalField(decimal_places=2, max_digits=12)),
                ('cancels', models.BooleanField(default=False)),
                ('actor', models.CharField(max_length=150)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('answer_status', models.PositiveSmallIntegerField(null=True)),
                ('message', models.CharField(blank=True, max_length=300)),
                ('doubt_ends_at', models.DateTimeField()),
                ('check_count', models.PositiveSmallIntegerField(default=0)),
                ('next_check_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='refund_requests', to='orders.order')),
            ],
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40, verbose_name='name')),
                ('query', models.CharField(max_length=1000)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'saved view',
                'verbose_name_plural': 'saved views',
                'ordering': ['name', 'id'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Shipment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('next_fulfillment_id', models.PositiveBigIntegerField(null=True)),
                ('status', models.CharField(blank=True, max_length=32)),
                ('delivery_status', models.CharField(blank=True, max_length=32)),
                ('recorded_at', models.DateTimeField(auto_now_add=True)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shipments', to='orders.order')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='ShipmentItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('next_line_id', models.PositiveBigIntegerField()),
                ('quantity', models.PositiveIntegerField()),
                ('shipment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='orders.shipment')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='ShipmentTracking',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(blank=True, max_length=255)),
                ('url', models.URLField(blank=True, max_length=2000)),
                ('carrier', models.CharField(blank=True, max_length=255)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('shipment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='trackings', to='orders.shipment')),
            ],
            options={
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='StoreFigures',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('time_zone', models.CharField(blank=True, max_length=64)),
                ('due_at', models.DateTimeField(db_index=True)),
                ('store', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='figures', to='stores.store')),
            ],
        ),
        migrations.CreateModel(
            name='SummedDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField()),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='stores.store')),
            ],
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(fields=['store', '-created_at', '-id'], name='customer_newest'),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(fields=['-created_at', '-id'], name='customer_newest_of_all'),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(condition=models.Q(('phone', ''), _negated=True), fields=['store', 'phone'], name='customer_by_phone'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.UniqueConstraint(models.F('store'), django.db.models.functions.text.Lower('email'), condition=models.Q(('email', ''), _negated=True), name='customer_email_once_in_a_store'),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.UniqueConstraint(condition=models.Q(('merchant_uuid', ''), _negated=True), fields=('store', 'merchant_uuid'), name='customer_merchant_uuid_once_in_a_store'),
        ),
        migrations.AddIndex(
            model_name='dailydiscounts',
            index=models.Index(fields=['store', 'date'], name='daily_discounts'),
        ),
        migrations.AddIndex(
            model_name='dailylinks',
            index=models.Index(fields=['store', 'date'], name='daily_links'),
        ),
        migrations.AddIndex(
            model_name='dailyproducts',
            index=models.Index(fields=['store', 'date'], name='daily_products'),
        ),
        migrations.AddIndex(
            model_name='dailysales',
            index=models.Index(fields=['store', 'date'], name='daily_sales'),
        ),
        migrations.AddIndex(
            model_name='ephemeraltoken',
            index=models.Index(fields=['expires_at'], name='ephemeral_token_old'),
        ),
        migrations.AddIndex(
            model_name='figurechange',
            index=models.Index(fields=['store', 'at'], name='figure_change'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(fields=['-created_at', '-id'], name='notification_newest'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('next_try_at', None), ('sent_at', None)), fields=['created_at'], name='notification_failed'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('next_try_at__isnull', False)), fields=['next_try_at'], name='notification_to_send'),
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.UniqueConstraint(fields=('order', 'key'), name='notification_key_once_in_an_order'),
        ),
        migrations.AddConstraint(
            model_name='orderaddress',
            constraint=models.UniqueConstraint(fields=('order', 'kind'), name='one_address_of_a_kind_for_an_order'),
        ),
        migrations.AddIndex(
            model_name='orderitem',
            index=models.Index(fields=['product_id'], name='item_by_product'),
        ),
        migrations.AddConstraint(
            model_name='ordernumber',
            constraint=models.UniqueConstraint(fields=('store', 'series', 'year'), name='one_count_for_a_year'),
        ),
        migrations.AddIndex(
            model_name='orderrefund',
            index=models.Index(fields=['refunded_at'], name='refund_by_day'),
        ),
        migrations.AddConstraint(
            model_name='orderrefund',
            constraint=models.UniqueConstraint(fields=('order', 'next_refund_id'), name='refund_once_in_an_order'),
        ),
        migrations.AddIndex(
            model_name='orderreview',
            index=models.Index(fields=['-opened_at', '-id'], name='review_newest'),
        ),
        migrations.AddIndex(
            model_name='orderreview',
            index=models.Index(condition=models.Q(('resolved_at', None)), fields=['opened_at'], name='review_open'),
        ),
        migrations.AddIndex(
            model_name='orderreview',
            index=models.Index(fields=['payment_intent_id'], name='review_by_payment'),
        ),
        migrations.AddConstraint(
            model_name='orderreview',
            constraint=models.UniqueConstraint(condition=models.Q(('resolved_at', None)), fields=('order', 'kind', 'payment_intent_id', 'next_order_number', 'subject_id'), name='one_open_review_for_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='ordertag',
            constraint=models.UniqueConstraint(models.F('store'), django.db.models.functions.text.Lower('name'), name='order_tag_once_in_a_store'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['store', '-created_at', '-id'], name='order_newest'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['store', 'status', '-created_at', '-id'], name='order_by_status'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('refresh_at__isnull', False)), fields=['refresh_at'], name='order_to_refresh'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('verification_refund_due_at__isnull', False)), fields=['verification_refund_due_at'], name='order_to_refund_verification'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['-created_at', '-id'], include=('store', 'status', 'is_test', 'search_text'), name='order_newest_of_all'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('next_order_number__isnull', False)), fields=['next_order_number'], name='order_by_next_number'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['number'], name='order_by_number'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(models.F('store'), django.db.models.functions.text.Lower('email'), name='order_by_email'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('status__in', ['Paid', 'Shipping', 'Partially refunded']), models.Q(('next_fulfillment_status', 'fulfilled'), _negated=True)), fields=['-created_at', '-id'], name='order_to_ship'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('paid_at__isnull', False)), fields=['store', 'paid_at'], name='order_by_payment'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['payment_link_id', '-created_at', '-id'], name='order_by_link'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['tax_country', '-created_at', '-id'], name='order_by_country'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('is_test', True)), fields=['-created_at', '-id'], name='order_test'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.LessThan(django.db.models.functions.math.Abs(django.db.models.expressions.CombinedExpression(models.F('total'), '-', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('items_total'), '-', models.F('discount_total')), '+', models.F('shipping_total')), '+', models.F('tax_total')), '+', models.F('adjustment_total')))), Decimal('0.005')), name='order_total_is_the_sum_of_its_parts'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.UniqueConstraint(fields=('store', 'number'), name='order_number_once_in_a_store'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.UniqueConstraint(condition=models.Q(('invoice_number', ''), _negated=True), fields=('store', 'invoice_number'), name='invoice_number_once_in_a_store'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.UniqueConstraint(fields=('store', 'checkout_key'), name='one_order_for_a_checkout'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.UniqueConstraint(fields=('store', 'next_order_number'), name='next_order_belongs_to_one_order'),
        ),
        migrations.AddConstraint(
            model_name='ordertransaction',
            constraint=models.UniqueConstraint(fields=('order', 'next_transaction_id'), name='transaction_once_in_an_order'),
        ),
        migrations.AddConstraint(
            model_name='pricedifference',
            constraint=models.UniqueConstraint(condition=models.Q(('resolved_at', None)), fields=('store', 'kind', 'cause'), name='one_open_difference_for_a_cause'),
        ),
        migrations.AddIndex(
            model_name='refundrequest',
            index=models.Index(condition=models.Q(('next_check_at__isnull', False)), fields=['next_check_at'], name='refund_to_check'),
        ),
        migrations.AddConstraint(
            model_name='refundrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'pending')), fields=('order', 'payment_intent_id'), name='one_refund_of_an_order_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='refundrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('purpose', 'verification'), models.Q(('state', 'refused'), _negated=True)), fields=('order',), name='one_verification_refund_of_an_order'),
        ),
        migrations.AddConstraint(
            model_name='savedview',
            constraint=models.UniqueConstraint(fields=('user', 'name'), name='view_name_once_for_a_user'),
        ),
        migrations.AddConstraint(
            model_name='shipment',
            constraint=models.UniqueConstraint(fields=('order', 'next_fulfillment_id'), name='fulfillment_once_in_an_order'),
        ),
        migrations.AddConstraint(
            model_name='shipmentitem',
            constraint=models.UniqueConstraint(fields=('shipment', 'next_line_id'), name='line_once_in_a_shipment'),
        ),
        migrations.AddConstraint(
            model_name='summedday',
            constraint=models.UniqueConstraint(fields=('store', 'date'), name='day_is_summed_once'),
        ),
    ]
