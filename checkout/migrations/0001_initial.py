import django.core.validators
import django.db.models.deletion
import stores.countries
import stores.crypto
import stores.ids
import wording.fields
import wording.sentence
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('catalog', '0001_initial'),
        ('orders', '0001_initial'),
        ('stores', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('name', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='OrderListing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_at', models.DateTimeField(db_index=True)),
                ('read_until', models.DateTimeField()),
                ('store', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='order_listing', to='stores.store')),
            ],
        ),
        migrations.CreateModel(
            name='ShippingMethod',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=128, verbose_name='code')),
                ('name', models.CharField(max_length=128, verbose_name='name')),
                ('delivery_time', models.CharField(blank=True, max_length=128, verbose_name='delivery time')),
                ('countries', stores.countries.CountryCodesField(blank=True, default=list, verbose_name='countries')),
                ('is_public', models.BooleanField(default=True, verbose_name='public')),
                ('refreshed_at', models.DateTimeField(verbose_name='refreshed')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shipping_methods', to='stores.store', verbose_name='store')),
            ],
            options={
                'verbose_name': 'shipping method',
                'verbose_name_plural': 'shipping methods',
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('store', 'code'), name='shipping_code_once_in_a_store')],
            },
        ),
        migrations.CreateModel(
            name='ShippingPrice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=12, verbose_name='amount')),
                ('method', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='prices', to='checkout.shippingmethod')),
            ],
            options={
                'verbose_name': 'shipping price',
                'verbose_name_plural': 'shipping prices',
                'ordering': ['currency'],
                'constraints': [models.UniqueConstraint(fields=('method', 'currency'), name='shipping_price_once_in_a_currency')],
            },
        ),
        migrations.CreateModel(
            name='Upsell',
            fields=[
                ('id', stores.ids.IdField(max_length=40, prefix='upsell', serialize=False)),
                ('name', models.CharField(help_text="For staff only. Shoppers don't see it.", max_length=100, verbose_name='name')),
                ('active', models.BooleanField(default=True, verbose_name='active')),
                ('trigger', models.CharField(choices=[('any', 'any order'), ('amount', 'an order with a minimum total'), ('product', 'an order with a product'), ('link', 'an order through a payment link'), ('follows', 'another upsell only')], default='any', max_length=8, verbose_name='show after')),
                ('min_order_total', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, verbose_name='minimum order total')),
                ('quantity', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(999)], verbose_name='quantity')),
                ('price', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0.01'))], verbose_name='unit price')),
                ('discount_percent', models.DecimalField(blank=True, decimal_places=2, max_digits=4, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='or percentage discount')),
                ('headline', models.CharField(blank=True, max_length=120, verbose_name='headline')),
                ('text', models.TextField(blank=True, max_length=2000, verbose_name='text')),
                ('starts_at', models.DateTimeField(blank=True, null=True, verbose_name='starts at')),
                ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='ends at')),
                ('usage_limit', models.PositiveIntegerField(blank=True, help_text='Leave blank for no limit.', null=True, verbose_name='usage limit')),
                ('usage_count', models.PositiveIntegerField(default=0, editable=False, verbose_name='times accepted')),
                ('position', models.PositiveSmallIntegerField(default=0, help_text='Lower numbers come first.', verbose_name='position')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('follow_up_on_accept', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='checkout.upsell', verbose_name='next upsell if accepted')),
                ('follow_up_on_decline', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='checkout.upsell', verbose_name='next upsell if declined')),
                ('link', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.paymentlink', verbose_name='payment link')),
                ('plan', models.ForeignKey(blank=True, help_text='A price or discount below applies to the first billing cycle.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.sellingplan', verbose_name='subscription plan')),
                ('product', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.product', verbose_name='purchased product')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='upsells', to='stores.store', verbose_name='store')),
                ('variant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='upsells', to='catalog.variant', verbose_name='offered variant')),
            ],
            options={
                'verbose_name': 'one-click upsell',
                'verbose_name_plural': 'one-click upsells',
                'ordering': ['position', 'created_at', 'id'],
                'indexes': [models.Index(fields=['store', 'active', 'position'], name='upsell_of_a_store')],
                'constraints': [models.CheckConstraint(condition=models.Q(('price', None), ('discount_percent', None), _connector='OR'), name='upsell_price_or_discount', violation_error_message='Set either a price or a discount, not both.'), models.CheckConstraint(condition=models.Q(('usage_limit', None), ('usage_count__lte', models.F('usage_limit')), _connector='OR'), name='upsell_not_taken_too_often', violation_error_message='It has already been accepted more often than this limit.')],
            },
        ),
        migrations.CreateModel(
            name='UpsellAttempt',
            fields=[
                ('id', stores.ids.IdField(max_length=40, prefix='upatt', serialize=False)),
                ('status', models.CharField(choices=[('shown', 'shown'), ('declined', 'declined'), ('started', 'charging'), ('charged', 'charged'), ('refused', 'not charged'), ('unclear', 'unclear')], default='shown', max_length=8, verbose_name='status')),
                ('item', models.JSONField(default=dict)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=12, verbose_name='amount')),
                ('tax', models.DecimalField(decimal_places=2, default=Decimal('0'), max_digits=12, verbose_name='tax')),
                ('shown_taxes', models.JSONField(default=dict)),
                ('is_total_final', models.BooleanField(default=True)),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('last_item_before', models.PositiveBigIntegerField(default=0)),
                ('next_line_id', models.PositiveBigIntegerField(null=True)),
                ('message', wording.fields.SentenceField(blank=True, default=wording.sentence.Sentence, verbose_name='message to the shopper')),
                ('sent_at', models.DateTimeField(null=True)),
                ('answer_status', models.PositiveSmallIntegerField(null=True)),
                ('doubt_ends_at', models.DateTimeField(null=True)),
                ('next_updated_before', models.DateTimeField(null=True)),
                ('settled_at', models.DateTimeField(null=True)),
                ('checked_at', models.DateTimeField(null=True)),
                ('next_check_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='shown at')),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='upsell_attempts', to='orders.order', verbose_name='order')),
                ('upsell', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='checkout.upsell', verbose_name='upsell')),
            ],
            options={
                'verbose_name': 'upsell attempt',
                'verbose_name_plural': 'upsell attempts',
                'ordering': ['created_at', 'id'],
                'indexes': [models.Index(condition=models.Q(('next_check_at__isnull', False)), fields=['next_check_at'], name='upsell_attempt_to_check'), models.Index(fields=['upsell', 'status'], name='upsell_answers'), models.Index(fields=['-created_at', '-id'], name='upsell_answers_newest')],
                'constraints': [models.UniqueConstraint(fields=('order', 'upsell'), name='upsell_made_once_for_an_order'), models.UniqueConstraint(fields=('order', 'next_line_id'), name='line_is_of_one_upsell')],
            },
        ),
        migrations.CreateModel(
            name='WebhookEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event_id', models.CharField(max_length=64, verbose_name='event id')),
                ('event_type', models.CharField(max_length=64, verbose_name='event')),
                ('data', models.JSONField()),
                ('received_at', models.DateTimeField(auto_now_add=True, verbose_name='received at')),
                ('next_try_at', models.DateTimeField(null=True, verbose_name='next try')),
                ('outcome', wording.fields.SentenceField(blank=True, default=wording.sentence.Sentence, verbose_name='outcome')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='webhook_events', to='stores.store', verbose_name='store')),
            ],
            options={
                'verbose_name': 'webhook event',
                'verbose_name_plural': 'webhook events',
                'ordering': ['-received_at', '-id'],
                'indexes': [models.Index(fields=['-received_at', '-id'], name='webhook_newest'), models.Index(fields=['store', '-received_at'], name='webhook_newest_of_a_store'), models.Index(condition=models.Q(('next_try_at__isnull', False)), fields=['next_try_at'], name='webhook_to_apply')],
                'constraints': [models.UniqueConstraint(fields=('store', 'event_id'), name='webhook_event_once')],
            },
        ),
        migrations.CreateModel(
            name='CartReminder',
            fields=[
                ('id', stores.ids.IdField(max_length=40, prefix='crm', serialize=False)),
                ('checkout_key', models.CharField(max_length=64)),
                ('selections', models.TextField(max_length=8000)),
                ('is_cart', models.BooleanField()),
                ('digest', models.CharField(max_length=64)),
                ('due_at', models.DateTimeField(null=True)),
                ('reminded_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('contact', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='orders.contact')),
                ('recovered_order', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='orders.order')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='stores.store')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='cart_reminder_due'), models.Index(fields=['store', 'reminded_at'], name='cart_reminder_sent')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('reminded_at', None)), fields=('contact',), name='one_waiting_reminder_for_a_contact')],
            },
        ),
        migrations.CreateModel(
            name='OpenCart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('next_cart_id', models.PositiveBigIntegerField()),
                ('delete_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='stores.store')),
            ],
            options={
                'indexes': [models.Index(fields=['delete_at'], name='open_cart_to_delete')],
                'constraints': [models.UniqueConstraint(fields=('store', 'next_cart_id'), name='open_cart_once_in_a_store')],
            },
        ),
        migrations.CreateModel(
            name='PaymentIntent',
            fields=[
                ('id', stores.ids.IdField(max_length=40, prefix='pi', serialize=False)),
                ('status', models.CharField(choices=[('created', 'created'), ('redirected', 'at the payment page'), ('processing', 'payment on its way'), ('succeeded', 'succeeded'), ('declined', 'declined'), ('expired', 'expired'), ('review', 'in review'), ('refunded', 'refunded after review'), ('discarded', 'closed by staff'), ('settled_elsewhere', 'settled elsewhere')], default='created', max_length=20, verbose_name='status')),
                ('fingerprint', models.CharField(max_length=64)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=12, verbose_name='amount')),
                ('currency', models.CharField(max_length=3)),
                ('snapshot', models.JSONField(default=dict)),
                ('shopper_ip', models.GenericIPAddressField(null=True)),
                ('user_agent', models.CharField(blank=True, max_length=300)),
                ('sent_at', models.DateTimeField(null=True, verbose_name='sent')),
                ('answered_at', models.DateTimeField(null=True, verbose_name='answered')),
                ('payment_complete_url', stores.crypto.EncryptedTextField(blank=True)),
                ('next_order_number', models.CharField(blank=True, max_length=64, null=True, verbose_name='NEXT Commerce number')),
                ('next_created_at', models.DateTimeField(null=True)),
                ('message', wording.fields.SentenceField(blank=True, default=wording.sentence.Sentence, verbose_name='message to the shopper')),
                ('is_code_refused', models.BooleanField(default=False)),
                ('check_count', models.PositiveIntegerField(default=0, verbose_name='checks')),
                ('checked_at', models.DateTimeField(null=True, verbose_name='checked')),
                ('next_check_at', models.DateTimeField(null=True, verbose_name='next check')),
                ('settled_at', models.DateTimeField(null=True, verbose_name='settled')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payment_intents', to='orders.order')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payment_intents', to='stores.store', verbose_name='store')),
            ],
            options={
                'verbose_name': 'payment intent',
                'verbose_name_plural': 'payment intents',
                'ordering': ['-created_at', '-id'],
                'indexes': [models.Index(fields=['-created_at', '-id'], name='intent_newest'), models.Index(condition=models.Q(('next_check_at__isnull', False)), fields=['next_check_at'], name='intent_to_check')],
                'constraints': [models.UniqueConstraint(fields=('store', 'next_order_number'), name='next_order_pays_one_intent'), models.UniqueConstraint(condition=models.Q(('status', 'succeeded')), fields=('order',), name='one_success_for_an_order')],
            },
        ),
    ]
