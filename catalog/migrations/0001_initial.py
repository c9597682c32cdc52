import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import stores.ids
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
            name='SellingPlan',
            fields=[
                ('id', stores.ids.IdField(max_length=40, prefix='sp', serialize=False)),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('description', models.TextField(blank=True, verbose_name='description')),
                ('billing_policy_type', models.CharField(choices=[('RECURRING', 'each cycle'), ('PREPAID', 'in advance')], default='RECURRING', max_length=10, verbose_name='charged')),
                ('interval', models.CharField(choices=[('day', 'day'), ('week', 'week'), ('month', 'month'), ('year', 'year')], default='month', max_length=5, verbose_name='interval')),
                ('interval_count', models.PositiveSmallIntegerField(default=1, verbose_name='every')),
                ('min_cycles', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='prepaid cycles')),
                ('trial_period_days', models.PositiveSmallIntegerField(default=0, verbose_name='trial days')),
                ('trial_price', models.DecimalField(blank=True, decimal_places=2, help_text='Charged at checkout for each unit. Leave blank for a free trial. A free trial needs a verification amount in the store settings, because NEXT Commerce does not accept free first orders.', max_digits=12, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='trial price')),
                ('valid_from', models.DateTimeField(blank=True, null=True, verbose_name='available from')),
                ('valid_until', models.DateTimeField(blank=True, null=True, verbose_name='available until')),
                ('priority', models.PositiveSmallIntegerField(default=0, help_text='Lower numbers come first.', verbose_name='priority')),
                ('status', models.CharField(choices=[('active', 'active'), ('disabled', 'disabled')], default='active', max_length=10, verbose_name='status')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'verbose_name': 'selling plan',
                'verbose_name_plural': 'selling plans',
                'ordering': ['priority', 'created_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='CatalogImport',
            fields=[
                ('id', stores.ids.IdField(max_length=40, prefix='imp', serialize=False)),
                ('file_name', models.CharField(max_length=200)),
                ('read_as', models.CharField(max_length=200)),
                ('decimal_mark', models.CharField(blank=True, max_length=1)),
                ('columns', models.JSONField(default=list)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='catalog_imports', to='stores.store', verbose_name='store')),
            ],
            options={
                'ordering': ['-created_at', '-id'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Category',
            fields=[
                ('id', stores.ids.IdField(max_length=40, prefix='cat', serialize=False)),
                ('name', models.CharField(max_length=255, verbose_name='name')),
                ('slug', models.SlugField(max_length=120, verbose_name='slug')),
                ('next_name', models.CharField(blank=True, editable=False, max_length=255)),
                ('next_category_id', models.PositiveBigIntegerField(blank=True, editable=False, null=True, verbose_name='NEXT Commerce category ID')),
                ('position', models.PositiveSmallIntegerField(default=0, help_text='The lowest comes first. Ties are sorted by name.', verbose_name='position')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='children', to='catalog.category', verbose_name='parent category')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='categories', to='stores.store', verbose_name='store')),
            ],
            options={
                'verbose_name': 'category',
                'verbose_name_plural': 'categories',
                'ordering': ['position', 'name', 'id'],
            },
        ),
        migrations.CreateModel(
            name='ImportedProduct',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('slug', models.CharField(max_length=200)),
                ('rows', models.JSONField()),
                ('kind', models.CharField(blank=True, choices=[('new', 'New'), ('changed', 'Changed'), ('unchanged', 'Unchanged'), ('refused', 'Refused')], max_length=9)),
                ('changes', models.JSONField(default=list)),
                ('refused', models.JSONField(default=list)),
                ('imported_at', models.DateTimeField(null=True)),
                ('catalog_import', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='products', to='catalog.catalogimport')),
            ],
            options={
                'ordering': ['position'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='LinkVisitCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('link_id', models.CharField(max_length=40)),
                ('date', models.DateField()),
                ('count', models.PositiveIntegerField(default=0)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='stores.store')),
            ],
        ),
        migrations.CreateModel(
            name='NextProductRefresh',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('next_product_id', models.PositiveBigIntegerField()),
                ('requested_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(null=True)),
                ('failures', models.PositiveSmallIntegerField(default=0)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='stores.store')),
            ],
        ),
        migrations.CreateModel(
            name='PaymentLink',
            fields=[
                ('id', stores.ids.IdField(max_length=40, prefix='plink', serialize=False)),
                ('variant_config', models.JSONField(blank=True, default=dict, verbose_name='display')),
                ('active', models.BooleanField(default=True, verbose_name='active')),
                ('metadata', models.JSONField(blank=True, default=dict, verbose_name='metadata')),
                ('name', models.CharField(blank=True, help_text="For staff only. Shoppers don't see it.", max_length=100, verbose_name='name')),
                ('slug', models.SlugField(blank=True, db_index=False, help_text='Lowercase letters, digits, and hyphens, such as summer-sale.', max_length=60, null=True, verbose_name='short address')),
                ('search_text', models.TextField(default='', editable=False)),
                ('min_amount', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0.01'))], verbose_name='least amount')),
                ('max_amount', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, verbose_name='most amount')),
                ('suggested_amounts', models.CharField(blank=True, help_text='Separate them with spaces, such as 10 25 50.', max_length=100, verbose_name='suggested amounts')),
                ('fixed_quantity', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='units in each purchase')),
                ('is_personal', models.BooleanField(default=False, editable=False)),
                ('purpose', models.CharField(blank=True, editable=False, max_length=200)),
                ('opens_at', models.DateTimeField(blank=True, null=True, verbose_name='opens')),
                ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='expires')),
                ('closed_message', models.CharField(blank=True, max_length=300, verbose_name='message when closed')),
                ('max_quantity', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='maximum quantity per purchase')),
                ('uses_left', models.PositiveIntegerField(blank=True, null=True, verbose_name='purchases left')),
                ('prefilled_email', models.EmailField(blank=True, max_length=254, verbose_name='prefilled email')),
                ('thank_you_text', models.TextField(blank=True, max_length=2000, verbose_name='message after payment')),
                ('return_url', models.URLField(blank=True, max_length=500, verbose_name='return URL')),
                ('return_label', models.CharField(blank=True, max_length=60, verbose_name='button text')),
                ('returns_at_once', models.BooleanField(default=False, verbose_name='go there right after payment')),
                ('custom_text_label', models.CharField(blank=True, max_length=80, verbose_name='custom text field label')),
                ('discount_code', models.CharField(blank=True, help_text='A NEXT Commerce coupon code, applied to every purchase automatically.', max_length=128, verbose_name='discount code')),
                ('accepts_codes', models.BooleanField(default=True, help_text="If off, shoppers can't use any other code.", verbose_name='accepts other codes')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(verbose_name='last opened or closed')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='payment_links', to='stores.store', verbose_name='store')),
            ],
            options={
                'verbose_name': 'payment link',
                'verbose_name_plural': 'payment links',
                'ordering': ['-created_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='LinkTag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40, verbose_name='tag')),
                ('link', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tags', to='catalog.paymentlink')),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='LinkQuestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('label', models.CharField(max_length=80, verbose_name='question')),
                ('kind', models.CharField(choices=[('text', 'text'), ('number', 'number'), ('choice', 'choice'), ('date', 'date')], default='text', max_length=8, verbose_name='answer')),
                ('is_required', models.BooleanField(default=False, verbose_name='required')),
                ('choices', models.TextField(blank=True, max_length=1000, verbose_name='choices')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('link', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='questions', to='catalog.paymentlink')),
            ],
            options={
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Product',
            fields=[
                ('id', stores.ids.IdField(max_length=40, prefix='prod', serialize=False)),
                ('slug', models.SlugField(max_length=120, verbose_name='slug')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('description', models.TextField(blank=True, verbose_name='description')),
                ('seo_title', models.CharField(blank=True, help_text='Leave blank to use the name.', max_length=200, verbose_name='title for search engines')),
                ('seo_description', models.CharField(blank=True, help_text='Leave blank to use the start of the description.', max_length=500, verbose_name='description for search engines')),
                ('active', models.BooleanField(default=True, verbose_name='active')),
                ('listed', models.BooleanField(default=True, help_text='If off, the product is sold only through payment links.', verbose_name='listed in the shop')),
                ('default_currency', models.CharField(default='USD', max_length=3, verbose_name='currency')),
                ('tax_code', models.CharField(blank=True, max_length=40, verbose_name='tax code')),
                ('tax_category', models.CharField(blank=True, max_length=100, verbose_name='tax category')),
                ('collect_shipping_address', models.BooleanField(default=True, verbose_name='needs shipping')),
                ('collect_tax_address', models.BooleanField(default=False, verbose_name='needs a tax address')),
                ('requires_selling_plan', models.BooleanField(default=False, verbose_name='subscription only')),
                ('allows_subscriptions', models.BooleanField(editable=False, null=True)),
                ('subscription_interval', models.CharField(blank=True, editable=False, max_length=5)),
                ('subscription_interval_counts', models.JSONField(default=list, editable=False)),
                ('metadata', models.JSONField(blank=True, default=dict, verbose_name='metadata')),
                ('search_text', models.TextField(default='', editable=False)),
                ('next_product_id', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='NEXT Commerce product ID')),
                ('hidden_by_sync', models.BooleanField(default=False, editable=False)),
                ('awaits_pictures', models.BooleanField(default=False, editable=False)),
                ('missing_since', models.DateTimeField(editable=False, null=True)),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated at')),
                ('categories', models.ManyToManyField(blank=True, related_name='products', to='catalog.category', verbose_name='categories')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='products', to='stores.store', verbose_name='store')),
            ],
            options={
                'verbose_name': 'product',
                'verbose_name_plural': 'products',
                'ordering': ['-created_at', '-id'],
            },
        ),
        migrations.AddField(
            model_name='paymentlink',
            name='product',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payment_links', to='catalog.product', verbose_name='product'),
        ),
        migrations.CreateModel(
            name='NextProductRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('values', models.JSONField(default=dict)),
                ('next_updated_at', models.DateTimeField(null=True)),
                ('product', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='next_record', to='catalog.product')),
            ],
        ),
        migrations.CreateModel(
            name='Media',
            fields=[
                ('id', stores.ids.IdField(max_length=40, prefix='med', serialize=False)),
                ('file', models.FileField(blank=True, upload_to='media/', verbose_name='file')),
                ('source_url', models.URLField(blank=True, max_length=500, verbose_name='source URL')),
                ('content_type', models.CharField(blank=True, editable=False, max_length=50)),
                ('alt_text', models.CharField(blank=True, max_length=250, verbose_name='alt text')),
                ('width', models.PositiveIntegerField(editable=False, null=True)),
                ('height', models.PositiveIntegerField(editable=False, null=True)),
                ('position', models.PositiveSmallIntegerField(editable=False, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='media', to='catalog.product')),
            ],
            options={
                'verbose_name': 'picture',
                'verbose_name_plural': 'pictures',
                'ordering': [models.OrderBy(models.F('position'), nulls_last=True), 'created_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='ProductOption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='option')),
                ('position', models.PositiveIntegerField(default=0, verbose_name='order')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='options', to='catalog.product')),
            ],
            options={
                'verbose_name': 'option',
                'verbose_name_plural': 'options',
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='OptionValue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('value', models.CharField(max_length=100, verbose_name='value')),
                ('position', models.PositiveIntegerField(default=0, verbose_name='order')),
                ('is_removed', models.BooleanField(default=False, editable=False)),
                ('swatch_type', models.CharField(blank=True, choices=[('', 'none'), ('color', 'color'), ('image', 'picture'), ('text', 'text')], max_length=5, verbose_name='swatch')),
                ('swatch_value', models.CharField(blank=True, max_length=100, verbose_name='color')),
                ('swatch_media', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='swatches', to='catalog.media', verbose_name='picture')),
                ('option', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='values', to='catalog.productoption')),
            ],
            options={
                'verbose_name': 'value',
                'verbose_name_plural': 'values',
                'ordering': ['option__position', 'option_id', 'position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='ProductSync',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cursor', models.CharField(blank=True, max_length=500)),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('due_at', models.DateTimeField(null=True)),
                ('failures', models.PositiveSmallIntegerField(default=0)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('listed', models.PositiveIntegerField(default=0)),
                ('added', models.PositiveIntegerField(default=0)),
                ('changed', models.PositiveIntegerField(default=0)),
                ('unchanged', models.PositiveIntegerField(default=0)),
                ('deactivated', models.PositiveIntegerField(default=0)),
                ('reactivated', models.PositiveIntegerField(default=0)),
                ('requested_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('store', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='product_sync', to='stores.store')),
            ],
        ),
        migrations.CreateModel(
            name='ProductSyncNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('reason', models.CharField(max_length=300)),
                ('sync', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='catalog.productsync')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='SeenNextProduct',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('next_product_id', models.PositiveBigIntegerField()),
                ('sync', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='seen_products', to='catalog.productsync')),
            ],
        ),
        migrations.CreateModel(
            name='SeenNextVariant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('next_variant_id', models.PositiveBigIntegerField()),
                ('seen_at', models.DateTimeField()),
                ('sync', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='seen_variants', to='catalog.productsync')),
            ],
        ),
        migrations.CreateModel(
            name='PricingPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('policy_type', models.CharField(choices=[('FIXED', 'Fixed'), ('RECURRING', 'Recurring')], max_length=9)),
                ('adjustment_type', models.CharField(choices=[('PERCENTAGE', 'percent off'), ('FIXED_AMOUNT', 'amount off'), ('PRICE', 'fixed price')], max_length=12)),
                ('adjustment_value', models.CharField(max_length=16)),
                ('after_cycle', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pricing_policies', to='catalog.sellingplan')),
            ],
            options={
                'verbose_name': 'price step',
                'verbose_name_plural': 'prices',
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='SellingPlanGroup',
            fields=[
                ('id', stores.ids.IdField(max_length=40, prefix='spg', serialize=False)),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('description', models.TextField(blank=True, verbose_name='description')),
                ('status', models.CharField(choices=[('active', 'active'), ('disabled', 'disabled')], default='active', max_length=10, verbose_name='status')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='selling_plan_groups', to='stores.store', verbose_name='store')),
            ],
            options={
                'verbose_name': 'selling plan group',
                'verbose_name_plural': 'selling plan groups',
                'ordering': ['-created_at', '-id'],
            },
        ),
        migrations.AddField(
            model_name='sellingplan',
            name='group',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='selling_plans', to='catalog.sellingplangroup', verbose_name='group'),
        ),
        migrations.CreateModel(
            name='SellingPlanGroupOption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='options', to='catalog.sellingplangroup')),
            ],
            options={
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Variant',
            fields=[
                ('id', stores.ids.IdField(max_length=40, prefix='var', serialize=False)),
                ('sku', models.CharField(blank=True, max_length=100, verbose_name='SKU')),
                ('gtin', models.CharField(blank=True, help_text='EAN or UPC.', max_length=20, verbose_name='GTIN')),
                ('combination', models.CharField(blank=True, editable=False, max_length=120)),
                ('price', models.DecimalField(decimal_places=2, max_digits=12, validators=[django.core.validators.MinValueValidator(0)], verbose_name='price')),
                ('next_price', models.DecimalField(decimal_places=2, editable=False, max_digits=12, null=True)),
                ('retail_price', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='retail price')),
                ('inventory_quantity', models.IntegerField(blank=True, null=True, verbose_name='stock')),
                ('stock_synced_at', models.DateTimeField(editable=False, null=True)),
                ('active', models.BooleanField(default=True, verbose_name='active')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('next_variant_id', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='NEXT Commerce variant ID')),
                ('hidden_by_sync', models.BooleanField(default=False, editable=False)),
                ('missing_since', models.DateTimeField(editable=False, null=True)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='variants', to='catalog.product')),
                ('store', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='stores.store')),
            ],
            options={
                'verbose_name': 'variant',
                'verbose_name_plural': 'variants',
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='ProductDifference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('field', models.CharField(max_length=40)),
                ('next_value', models.JSONField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='differences', to='catalog.product')),
                ('variant', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='differences', to='catalog.variant')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='PlanGroupUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='plan_group_uses', to='catalog.product')),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uses', to='catalog.sellingplangroup')),
                ('variant', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='plan_group_uses', to='catalog.variant')),
            ],
            options={
                'ordering': ['position', 'id'],
            },
        ),
        migrations.AddField(
            model_name='paymentlink',
            name='default_variant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.variant'),
        ),
        migrations.CreateModel(
            name='NextPicture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=500)),
                ('url', models.CharField(max_length=1000)),
                ('caption', models.CharField(blank=True, max_length=200)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('downloaded_at', models.DateTimeField(null=True)),
                ('due_at', models.DateTimeField(null=True)),
                ('failures', models.PositiveSmallIntegerField(default=0)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('media', models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='next_picture', to='catalog.media')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='next_pictures', to='catalog.product')),
                ('variants', models.ManyToManyField(related_name='next_pictures', to='catalog.variant')),
            ],
            options={
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='LinkVariant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_primary', models.BooleanField(default=True)),
                ('min_quantity', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('max_quantity', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('price', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0.01'))])),
                ('choice', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('link', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='link_variants', to='catalog.paymentlink')),
                ('variant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='link_variants', to='catalog.variant')),
            ],
            options={
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='ImportedPicture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('url', models.CharField(max_length=1000)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('downloaded_at', models.DateTimeField(null=True)),
                ('due_at', models.DateTimeField(null=True)),
                ('failures', models.PositiveSmallIntegerField(default=0)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('catalog_import', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='pictures', to='catalog.catalogimport')),
                ('media', models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='imported_picture', to='catalog.media')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='imported_pictures', to='catalog.product')),
                ('variants', models.ManyToManyField(related_name='imported_pictures', to='catalog.variant')),
            ],
            options={
                'ordering': ['position', 'id'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(db_index=True, max_length=40)),
                ('quantity', models.PositiveIntegerField()),
                ('network', models.CharField(blank=True, max_length=40)),
                ('state', models.CharField(choices=[('held', 'Held'), ('sold', 'Sold'), ('released', 'Released')], default='held', max_length=8)),
                ('expires_at', models.DateTimeField()),
                ('link', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='holds', to='catalog.paymentlink')),
                ('variant', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='holds', to='catalog.variant')),
            ],
        ),
        migrations.CreateModel(
            name='VariantMedia',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('media', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='variant_rows', to='catalog.media')),
                ('variant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='picture_rows', to='catalog.variant')),
            ],
            options={
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='VariantOptionValue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('value', models.ForeignKey(on_delete=django.db.models.deletion.RESTRICT, related_name='variant_rows', to='catalog.optionvalue')),
                ('variant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='value_rows', to='catalog.variant')),
            ],
        ),
        migrations.AddField(
            model_name='variant',
            name='values',
            field=models.ManyToManyField(related_name='variants', through='catalog.VariantOptionValue', to='catalog.optionvalue'),
        ),
        migrations.AddConstraint(
            model_name='category',
            constraint=models.UniqueConstraint(fields=('store', 'slug'), name='category_slug_once_in_a_store'),
        ),
        migrations.AddConstraint(
            model_name='category',
            constraint=models.UniqueConstraint(fields=('store', 'next_category_id'), name='next_category_once_in_a_store'),
        ),
        migrations.AddIndex(
            model_name='importedproduct',
            index=models.Index(fields=['catalog_import', 'kind', 'position'], name='imported_product_kind'),
        ),
        migrations.AddConstraint(
            model_name='importedproduct',
            constraint=models.UniqueConstraint(fields=('catalog_import', 'position'), name='imported_product_position'),
        ),
        migrations.AddIndex(
            model_name='linkvisitcount',
            index=models.Index(fields=['store', 'date'], name='link_visits_by_store'),
        ),
        migrations.AddConstraint(
            model_name='linkvisitcount',
            constraint=models.UniqueConstraint(fields=('link_id', 'date'), name='link_visits_once_a_day'),
        ),
        migrations.AddIndex(
            model_name='nextproductrefresh',
            index=models.Index(fields=['due_at'], name='next_product_refresh_due'),
        ),
        migrations.AddConstraint(
            model_name='nextproductrefresh',
            constraint=models.UniqueConstraint(fields=('store', 'next_product_id'), name='next_product_refreshed_once_in_a_store'),
        ),
        migrations.AddIndex(
            model_name='linktag',
            index=models.Index(fields=['name'], name='link_by_tag'),
        ),
        migrations.AddConstraint(
            model_name='linktag',
            constraint=models.UniqueConstraint(fields=('link', 'name'), name='tag_once_on_a_link'),
        ),
        migrations.AddConstraint(
            model_name='linkquestion',
            constraint=models.UniqueConstraint(fields=('link', 'label'), name='question_once_on_a_link'),
        ),
        migrations.AddIndex(
            model_name='product',
            index=models.Index(fields=['store', 'active', 'listed', '-created_at', '-id'], name='product_listing'),
        ),
        migrations.AddIndex(
            model_name='product',
            index=models.Index(fields=['store', '-created_at', '-id'], include=('active',), name='product_newest'),
        ),
        migrations.AddIndex(
            model_name='product',
            index=models.Index(fields=['store', 'name', 'id'], name='product_by_name'),
        ),
        migrations.AddIndex(
            model_name='product',
            index=models.Index(fields=['name', 'id'], name='product_by_name_of_all'),
        ),
        migrations.AddIndex(
            model_name='product',
            index=models.Index(condition=models.Q(('awaits_pictures', True)), fields=['store'], name='product_awaiting_pictures'),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.UniqueConstraint(fields=('store', 'slug'), name='product_slug_once_in_a_store'),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.UniqueConstraint(fields=('store', 'next_product_id'), name='next_product_once_in_a_store'),
        ),
        migrations.AddConstraint(
            model_name='productoption',
            constraint=models.UniqueConstraint(fields=('product', 'name'), name='option_name_once_in_a_product'),
        ),
        migrations.AddConstraint(
            model_name='optionvalue',
            constraint=models.UniqueConstraint(fields=('option', 'value'), name='value_once_in_an_option'),
        ),
        migrations.AddIndex(
            model_name='productsync',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='product_sync_due'),
        ),
        migrations.AddConstraint(
            model_name='seennextproduct',
            constraint=models.UniqueConstraint(fields=('sync', 'next_product_id'), name='next_product_seen_once_in_a_sync'),
        ),
        migrations.AddConstraint(
            model_name='seennextvariant',
            constraint=models.UniqueConstraint(fields=('sync', 'next_variant_id'), name='next_variant_seen_once_in_a_sync'),
        ),
        migrations.AddConstraint(
            model_name='pricingpolicy',
            constraint=models.UniqueConstraint(fields=('plan', 'after_cycle'), name='pricing_policy_once_after_a_cycle'),
        ),
        migrations.AddConstraint(
            model_name='pricingpolicy',
            constraint=models.UniqueConstraint(condition=models.Q(('policy_type', 'FIXED')), fields=('plan',), name='pricing_policy_fixed_once_in_a_plan'),
        ),
        migrations.AddConstraint(
            model_name='pricingpolicy',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('after_cycle', None), ('policy_type', 'FIXED')), models.Q(('after_cycle__isnull', False), ('policy_type', 'RECURRING')), _connector='OR'), name='pricing_policy_recurs_after_a_cycle'),
        ),
        migrations.AddConstraint(
            model_name='sellingplan',
            constraint=models.CheckConstraint(condition=models.Q(('interval_count__gte', 1)), name='plan_interval_count_positive'),
        ),
        migrations.AddConstraint(
            model_name='productdifference',
            constraint=models.UniqueConstraint(fields=('product', 'variant', 'field'), name='difference_once_in_a_variant'),
        ),
        migrations.AddConstraint(
            model_name='productdifference',
            constraint=models.UniqueConstraint(condition=models.Q(('variant', None)), fields=('product', 'field'), name='difference_once_in_a_product'),
        ),
        migrations.AddConstraint(
            model_name='plangroupuse',
            constraint=models.UniqueConstraint(fields=('group', 'product', 'variant'), name='plan_group_used_once_by_a_variant'),
        ),
        migrations.AddConstraint(
            model_name='plangroupuse',
            constraint=models.UniqueConstraint(condition=models.Q(('variant', None)), fields=('group', 'product'), name='plan_group_used_once_by_a_product'),
        ),
        migrations.AddIndex(
            model_name='paymentlink',
            index=models.Index(fields=['store', 'active', '-created_at', '-id'], include=('is_personal',), name='link_list'),
        ),
        migrations.AddIndex(
            model_name='paymentlink',
            index=models.Index(fields=['store', '-created_at', '-id'], include=('is_personal',), name='link_newest'),
        ),
        migrations.AddIndex(
            model_name='paymentlink',
            index=models.Index(fields=['-created_at', '-id'], name='link_newest_of_all'),
        ),
        migrations.AddConstraint(
            model_name='paymentlink',
            constraint=models.UniqueConstraint(fields=('store', 'slug'), name='link_slug_once_in_a_store', violation_error_message='Another link of this store has this address.'),
        ),
        migrations.AddConstraint(
            model_name='paymentlink',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('max_amount', None), ('min_amount', None)), models.Q(('max_amount', None), ('min_amount__isnull', False)), ('max_amount__gte', models.F('min_amount')), _connector='OR'), name='link_most_not_below_least'),
        ),
        migrations.AddIndex(
            model_name='nextpicture',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='next_picture_due'),
        ),
        migrations.AddConstraint(
            model_name='nextpicture',
            constraint=models.UniqueConstraint(fields=('product', 'key'), name='next_picture_once_in_a_product'),
        ),
        migrations.AddConstraint(
            model_name='linkvariant',
            constraint=models.UniqueConstraint(fields=('link', 'variant'), name='variant_once_on_a_link'),
        ),
        migrations.AddConstraint(
            model_name='linkvariant',
            constraint=models.CheckConstraint(condition=models.Q(('choice', None), models.Q(('is_primary', False), ('min_quantity', models.F('max_quantity'))), _connector='OR'), name='choices_are_for_what_is_included'),
        ),
        migrations.AddConstraint(
            model_name='linkvariant',
            constraint=models.CheckConstraint(condition=models.Q(('is_primary', False), models.Q(('max_quantity', None), ('min_quantity', None)), _connector='OR'), name='limits_are_for_add_ons'),
        ),
        migrations.AddConstraint(
            model_name='linkvariant',
            constraint=models.CheckConstraint(condition=models.Q(('min_quantity', None), ('max_quantity', None), ('max_quantity__gte', models.F('min_quantity')), _connector='OR'), name='add_on_max_not_below_min'),
        ),
        migrations.AddIndex(
            model_name='importedpicture',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='imported_picture_due'),
        ),
        migrations.AddConstraint(
            model_name='importedpicture',
            constraint=models.UniqueConstraint(fields=('product', 'url'), name='imported_picture_once_in_a_product'),
        ),
        migrations.AddIndex(
            model_name='hold',
            index=models.Index(condition=models.Q(('state', 'held')), fields=['expires_at'], name='hold_expiry'),
        ),
        migrations.AddIndex(
            model_name='hold',
            index=models.Index(condition=models.Q(('state', 'held'), models.Q(('network', ''), _negated=True)), fields=['network'], name='hold_by_network'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(('variant', None), ('link', None), _connector='XOR'), name='hold_has_variant_or_link'),
        ),
        migrations.AddConstraint(
            model_name='variantmedia',
            constraint=models.UniqueConstraint(fields=('variant', 'media'), name='picture_once_in_a_variant'),
        ),
        migrations.AddConstraint(
            model_name='variantoptionvalue',
            constraint=models.UniqueConstraint(fields=('variant', 'value'), name='value_once_in_a_variant'),
        ),
        migrations.AddIndex(
            model_name='variant',
            index=models.Index(django.db.models.functions.text.Upper('sku'), name='variant_by_sku'),
        ),
        migrations.AddConstraint(
            model_name='variant',
            constraint=models.UniqueConstraint(fields=('product', 'combination'), name='variant_combination_once'),
        ),
        migrations.AddConstraint(
            model_name='variant',
            constraint=models.UniqueConstraint(fields=('store', 'next_variant_id'), name='next_variant_once_in_a_store'),
        ),
        migrations.AddConstraint(
            model_name='variant',
            constraint=models.CheckConstraint(condition=models.Q(('price__gte', 0)), name='variant_price_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='variant',
            constraint=models.CheckConstraint(condition=models.Q(('inventory_quantity', None), ('inventory_quantity__gte', 0), _connector='OR'), name='variant_stock_not_negative'),
        ),
    ]
