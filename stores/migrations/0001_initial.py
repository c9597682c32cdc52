import datetime
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import stores.countries
import stores.crypto
import stores.discount_codes
import stores.payment_methods
import wording.fields
import wording.sentence
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, max_length=100, verbose_name='name')),
                ('prefix', models.CharField(editable=False, max_length=12, verbose_name='starts with')),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('last_used_at', models.DateTimeField(editable=False, null=True, verbose_name='last used')),
                ('revoked_at', models.DateTimeField(editable=False, null=True, verbose_name='revoked at')),
            ],
            options={
                'verbose_name': 'API key',
                'verbose_name_plural': 'API keys',
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='FooterLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('label', models.CharField(max_length=100, verbose_name='text')),
                ('url', models.URLField(max_length=500, validators=[django.core.validators.URLValidator(schemes=['http', 'https'])], verbose_name='URL')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
            ],
            options={
                'verbose_name': 'footer link',
                'verbose_name_plural': 'terms and policies',
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='RequestCount',
            fields=[
                ('key', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('count', models.PositiveIntegerField()),
                ('resets_at', models.FloatField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='Store',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('withdrawal_function', models.CharField(choices=[('automatic', 'automatic'), ('on', 'on'), ('off', 'off')], default='automatic', help_text='Lets consumers withdraw from a contract online, which is required if you sell to the EU. “Automatic” turns it on if the store ships to a country in the EU or EEA.', max_length=10, verbose_name='withdrawal function')),
                ('cancellation_page', models.CharField(choices=[('automatic', 'automatic'), ('on', 'on'), ('off', 'off')], default='automatic', help_text='Lets subscribers cancel without signing in, which is required if you sell subscriptions to Germany. “Automatic” turns it on if the store ships to Germany and has selling plans.', max_length=10, verbose_name='cancellation page')),
                ('reminder_days', models.PositiveSmallIntegerField(default=10, help_text='How many days before a trial ends, a price changes, or a long period renews. Between 7 and 21, as card schemes and laws require.', validators=[django.core.validators.MinValueValidator(7), django.core.validators.MaxValueValidator(21)], verbose_name='remind subscribers')),
                ('early_start_consent', models.CharField(choices=[('automatic', 'automatic'), ('on', 'on'), ('off', 'off')], default='automatic', help_text='Shoppers who buy digital products that start at once must agree that they lose the right of withdrawal. “Automatic” asks shoppers in the EU, EEA, and UK.', max_length=10, verbose_name='consent to start at once')),
                ('contract_documents', models.CharField(choices=[('automatic', 'automatic'), ('on', 'on'), ('off', 'off')], default='automatic', help_text='Sends your terms, the withdrawal instructions, and the withdrawal form with each order confirmation. “Automatic” turns it on if the store ships to a country in the EU or EEA.', max_length=10, verbose_name='contract documents by email')),
                ('terms', models.TextField(blank=True, help_text="Attached to the order confirmation. A link alone isn't enough, because it may change.", max_length=100000, verbose_name='terms and conditions')),
                ('withdrawal_instructions', models.TextField(blank=True, help_text="Leave blank to use the EU's model text with the name and address above.", max_length=20000, verbose_name='withdrawal instructions')),
                ('shows_former_prices', models.BooleanField(default=False, help_text="For 30 days after a price was lowered, the product page shows the lowest price of the 30 days before. Nothing is shown for a product that wasn't sold that long.", verbose_name='show reductions')),
                ('accessibility_statement', models.TextField(blank=True, help_text='Shown on a page of its own, linked in the footer. The documentation has a template.', max_length=20000, verbose_name='accessibility statement')),
                ('marketing_confirmation', models.CharField(choices=[('automatic', 'automatic'), ('on', 'on'), ('off', 'off')], default='automatic', help_text='Shoppers who agree to news get an email with a link to confirm (double opt-in). After that, NEXT Commerce learns of it with their next order. “Automatic” asks shoppers in Germany and Austria.', max_length=10, verbose_name='confirm newsletter sign-ups')),
                ('has_eea_shipping', models.BooleanField(editable=False, null=True)),
                ('has_german_shipping', models.BooleanField(editable=False, null=True)),
                ('has_sold_plans', models.BooleanField(default=False, editable=False)),
                ('cart_reminder_hours', models.PositiveSmallIntegerField(blank=True, help_text="Hours. The checkout then offers a reminder, and only shoppers who tick it get one email if they don't pay. Most countries, such as all in the EU, require this consent. Leave blank if another app emails about open carts.", null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(168)], verbose_name='remind of open carts after')),
                ('self_service_minutes', models.PositiveSmallIntegerField(blank=True, help_text='Minutes after the payment. Until an order is at the warehouse, its shopper can correct the address, or cancel it for a full refund. Use at most the fulfillment delay that you set in NEXT Commerce, such as 30. Leave blank to allow neither.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(4320)], verbose_name='shoppers may change orders for')),
                ('slug', models.SlugField(help_text='Identifies the store in its webhook URL.', unique=True, verbose_name='slug')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('is_live', models.BooleanField(default=False, help_text='Test stores accept only test orders.', verbose_name='live mode')),
                ('host', models.CharField(help_text='The host your shop is served on, for example shop.example.com. Include a nonstandard port.', max_length=255, unique=True, validators=[django.core.validators.RegexValidator('^[a-z0-9.-]+(:\\d{1,5})?$', 'Enter only a host name, for example shop.example.com.')], verbose_name='host')),
                ('currency', models.CharField(default='USD', max_length=3, verbose_name='currency')),
                ('time_zone', models.CharField(default='UTC', max_length=64, verbose_name='time zone')),
                ('countries', stores.countries.CountryCodesField(blank=True, default=list, help_text='ISO country codes. Leave blank to ship wherever the shipping methods go.', verbose_name='ships to')),
                ('accent', models.CharField(default='#1f6f5c', max_length=7, validators=[django.core.validators.RegexValidator('^#[0-9a-fA-F]{6}$', 'Enter a color such as #1f6f5c.')], verbose_name='accent color')),
                ('logo', models.FileField(blank=True, editable=False, upload_to='', verbose_name='logo')),
                ('logo_width', models.PositiveSmallIntegerField(editable=False, null=True)),
                ('logo_height', models.PositiveSmallIntegerField(editable=False, null=True)),
                ('logo_alt_text', models.CharField(blank=True, editable=False, max_length=100, verbose_name='alternative text')),
                ('support_email', models.EmailField(blank=True, max_length=254, verbose_name='support email')),
                ('legal_name', models.CharField(blank=True, help_text="On invoices, if it isn't the shop's name.", max_length=200, verbose_name='legal name')),
                ('invoice_address', models.TextField(blank=True, help_text='Of the seller, one line each.', max_length=500, verbose_name='address on invoices')),
                ('tax_id', models.CharField(blank=True, help_text='Such as a VAT number. Printed on invoices.', max_length=40, verbose_name='tax ID')),
                ('next_api_url', models.URLField(help_text='https://yourstore.29next.store/api/admin/', verbose_name='Admin API URL')),
                ('access_token', stores.crypto.EncryptedTextField(blank=True, verbose_name='access token')),
                ('webhook_secret', stores.crypto.EncryptedTextField(blank=True, verbose_name='webhook secret')),
                ('payment_gateway', models.PositiveIntegerField(blank=True, null=True, verbose_name='gateway ID')),
                ('payment_gateway_group', models.PositiveIntegerField(blank=True, null=True, verbose_name='gateway group ID')),
                ('payment_methods', stores.payment_methods.PaymentMethodsField(default=stores.payment_methods.list_default_methods, help_text='The first one is selected for shoppers.', verbose_name='payment methods')),
                ('tax_mode', models.CharField(choices=[('included', 'included in prices'), ('added', 'added to prices'), ('none', 'no tax'), ('at_payment', 'calculated at payment')], default='at_payment', help_text='As in NEXT Commerce, for countries without a tax region below. “Calculated at payment” fits tax services such as TaxJar: the checkout then shows no final total.', max_length=10, verbose_name='tax')),
                ('tax_rounding', models.CharField(choices=[('line', 'for each line'), ('unit', 'for each unit'), ('order', 'once for an order')], default='line', help_text="If NEXT Commerce's tax is a cent off, try another.", max_length=5, verbose_name='tax is rounded')),
                ('taxes_digital_products', models.BooleanField(default=True, help_text="Products that aren't shipped. Set it as in NEXT Commerce.", verbose_name='digital products are taxed')),
                ('max_tax_difference', models.DecimalField(blank=True, decimal_places=2, help_text='Tax that NEXT Commerce added beyond what was shown. Leave blank to accept any.', max_digits=12, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='review payments above the shown total by')),
                ('accepts_codes', models.BooleanField(default=True, help_text='If off, the checkout has no field for a code.', verbose_name='accepts discount codes')),
                ('asks_order_note', models.BooleanField(default=False, help_text='Shoppers can add a note for the shop and the delivery. NEXT Commerce gets it with the order.', verbose_name='asks for an order note')),
                ('codes_lower_custom_prices', models.BooleanField(default=False, help_text="Subscription prices, and prices that differ from NEXT Commerce's. If off, a code lowers only what is sold at its NEXT Commerce price.", verbose_name="codes lower the shop's own prices")),
                ('shipping_codes', models.CharField(blank=True, help_text="For example FREESHIP, SHIP50. NEXT Commerce can't say before payment what they take off, so the checkout shows them as applied at payment. List only codes that are valid.", max_length=1000, validators=[stores.discount_codes.validate_codes], verbose_name='codes that lower shipping')),
                ('verification_amount', models.DecimalField(blank=True, decimal_places=2, help_text="Charged when a subscription starts with nothing to pay, and refunded right after the payment, because NEXT Commerce doesn't accept 0.00 orders. Shoppers are told. Leave blank to sell no free trials.", max_digits=12, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='verification amount')),
                ('next_sends_receipt', models.BooleanField(default=True, help_text='If off, this shop sends them.', verbose_name='NEXT Commerce emails receipts')),
                ('notify_subscribers', models.BooleanField(default=True, help_text='About changes they make, upcoming charges, trials that end, and price changes. Each email links to their subscription page.', verbose_name='email subscribers')),
                ('clock_offset', models.DurationField(default=datetime.timedelta, editable=False)),
                ('last_response_at', models.DateTimeField(editable=False, null=True, verbose_name='last response')),
                ('last_failure_at', models.DateTimeField(editable=False, null=True, verbose_name='last failure')),
                ('last_failure_message', wording.fields.SentenceField(blank=True, default=wording.sentence.Sentence, editable=False, verbose_name='failure message')),
                ('webhook_checked_at', models.DateTimeField(editable=False, null=True)),
                ('webhook_error', wording.fields.SentenceField(blank=True, default=wording.sentence.Sentence, editable=False, verbose_name='webhook problem')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name': 'store',
                'verbose_name_plural': 'stores',
                'ordering': ['name'],
                'permissions': [('change_store_keys', "Can change stores' Admin API URLs, access tokens, and webhook secrets")],
                'constraints': [models.CheckConstraint(condition=models.Q(('payment_gateway', None), ('payment_gateway_group', None), _connector='OR'), name='store_gateway_or_group_never_both', violation_error_message='Set either a gateway or a gateway group, not both.'), models.CheckConstraint(condition=models.Q(models.Q(('payment_methods__contains', 'test_3ds_card'), _negated=True), ('is_live', False), _connector='OR'), name='store_test_card_in_test_mode_only', violation_error_message='The test card works only in test stores.'), models.CheckConstraint(condition=models.Q(('clock_offset', datetime.timedelta(0)), ('is_live', False), _connector='OR'), name='store_clock_is_moved_in_test_mode_only', violation_error_message="This store's clock was moved, so it must stay a test store.")],
            },
        ),
        migrations.CreateModel(
            name='StoreChoice',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='StoreOffer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('next_offer_id', models.PositiveBigIntegerField(help_text="From the offer's address in NEXT Commerce.", validators=[django.core.validators.MinValueValidator(1)], verbose_name='offer ID')),
                ('name', models.CharField(help_text='Shown to shoppers at checkout.', max_length=100, verbose_name='name')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
            ],
            options={
                'verbose_name': 'offer',
                'verbose_name_plural': 'offers',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='TaxRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country', models.CharField(max_length=2, validators=[stores.countries.validate_country], verbose_name='country')),
                ('states', models.CharField(blank=True, help_text='For example CA, NY, TX. Leave blank for the whole country.', max_length=1000, verbose_name='states')),
                ('name', models.CharField(help_text='Shown to shoppers, for example VAT.', max_length=100, verbose_name='name')),
                ('rate', models.DecimalField(decimal_places=4, max_digits=7, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='percent')),
                ('taxes_shipping', models.BooleanField(default=False, verbose_name='taxes shipping')),
                ('is_compound', models.BooleanField(default=False, help_text="A state's rates replace the country's, unless all of them are compound. Then they add up.", verbose_name='compound')),
                ('tax_category', models.CharField(blank=True, help_text='Replaces the other rates for products of this category. Leave blank for all products.', max_length=100, verbose_name='only for tax category')),
            ],
            options={
                'verbose_name': 'tax rate',
                'verbose_name_plural': 'tax rates',
                'ordering': ['country', 'states', 'tax_category', 'id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('rate__gte', 0), ('rate__lte', 100)), name='tax_rate_is_a_percentage')],
            },
        ),
        migrations.CreateModel(
            name='TaxRegion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country', models.CharField(max_length=2, validators=[stores.countries.validate_country], verbose_name='country')),
                ('currency', models.CharField(blank=True, help_text='Leave blank for all currencies.', max_length=3, verbose_name='currency')),
                ('mode', models.CharField(choices=[('included', 'included in prices'), ('added', 'added to prices'), ('none', 'no tax'), ('at_payment', 'calculated at payment')], max_length=10, verbose_name='tax')),
            ],
            options={
                'verbose_name': 'tax region',
                'verbose_name_plural': 'tax regions',
                'ordering': ['country', 'currency'],
            },
        ),
        migrations.CreateModel(
            name='StoreHealth',
            fields=[
                ('store', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='health', serialize=False, to='stores.store')),
                ('next_settings', models.JSONField(default=dict)),
                ('read_at', models.DateTimeField(null=True)),
                ('failed_at', models.DateTimeField(null=True)),
                ('failure', wording.fields.SentenceField(blank=True, default=wording.sentence.Sentence)),
                ('check_due_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('could_sell_at', models.DateTimeField(null=True)),
                ('failing_steps', models.CharField(blank=True, max_length=200)),
                ('failing_since', models.DateTimeField(null=True)),
                ('webhook_registered_at', models.DateTimeField(null=True)),
                ('webhook_tested_at', models.DateTimeField(null=True)),
                ('webhook_test_error', models.CharField(blank=True, max_length=300)),
                ('email_tested_at', models.DateTimeField(null=True)),
                ('email_test_address', models.EmailField(blank=True, max_length=254)),
                ('email_test_error', models.CharField(blank=True, max_length=300)),
                ('tax_chosen_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name='footerlink',
            name='store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='footer_links', to='stores.store', verbose_name='store'),
        ),
        migrations.AddField(
            model_name='apikey',
            name='store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='api_keys', to='stores.store', verbose_name='store'),
        ),
        migrations.AddField(
            model_name='storechoice',
            name='store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='stores.store'),
        ),
        migrations.AddField(
            model_name='storeoffer',
            name='store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='offers', to='stores.store', verbose_name='store'),
        ),
        migrations.AddField(
            model_name='taxrate',
            name='store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tax_rates', to='stores.store', verbose_name='store'),
        ),
        migrations.AddField(
            model_name='taxregion',
            name='store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tax_regions', to='stores.store', verbose_name='store'),
        ),
        migrations.AddConstraint(
            model_name='storeoffer',
            constraint=models.UniqueConstraint(fields=('store', 'next_offer_id'), name='offer_once_in_a_store'),
        ),
        migrations.AddConstraint(
            model_name='taxregion',
            constraint=models.UniqueConstraint(fields=('store', 'country', 'currency'), name='tax_region_once_for_a_currency_in_a_store'),
        ),
    ]
