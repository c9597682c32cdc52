"""Request bodies and query parameters of the catalog's API.

Their docstrings are the descriptions in the OpenAPI document.
"""

from typing import Any

from django.core.validators import URLValidator
from rest_framework import serializers

from catalog.api.product_serializers import SWATCH_TYPES
from catalog.models import SellingPlan
from catalog.models.selling_plan import AdjustmentType, PolicyType, SellingPlanStatus
from stores.api.fields import (
    MAX_BIG_INTEGER,
    AmountField,
    CurrencyCodeField,
    EmailTextField,
    JsonObjectField,
    OpaqueIdField,
    StrictBooleanField,
    StrictCharField,
    StrictIntegerField,
    StringMapField,
    UnixTimeField,
)
from stores.api.pagination import ZeroBasedDefaultSizePageQuery, ZeroBasedPageQuery
from stores.api.serializers import BodySerializer, MoneyBody, QuerySerializer

_MAX_SMALL_INTEGER = 32767


class AddOnBody(BodySerializer):
    """An add-on with its quantity limits. With equal limits, it comes with every purchase, as in a bundle."""

    variant_id = OpaqueIdField("var")
    min_quantity = StrictIntegerField(max_value=_MAX_SMALL_INTEGER, required=False)
    max_quantity = StrictIntegerField(max_value=_MAX_SMALL_INTEGER, required=False)
    link_price = MoneyBody(required=False, help_text="The link's own price for one unit.")
    choice = StrictIntegerField(
        min_value=1,
        max_value=_MAX_SMALL_INTEGER,
        required=False,
        help_text="Of the add-ons with the same number, shoppers take exactly one.",
    )


class CreatePaymentLinkBody(BodySerializer):
    """A new payment link."""

    product_id = OpaqueIdField("prod")
    default_variant_id = OpaqueIdField("var")
    primary_variant_ids = serializers.ListField(child=OpaqueIdField("var"), allow_empty=False, max_length=250)
    addon_variants = AddOnBody(many=True, required=False)
    variant_config = JsonObjectField(required=False)
    metadata = StringMapField(required=False)
    opens_at = UnixTimeField(required=False)
    expires_at = UnixTimeField(required=False)
    closed_message = StrictCharField(max_length=300, required=False)
    max_quantity = StrictIntegerField(max_value=_MAX_SMALL_INTEGER, required=False)
    uses_left = StrictIntegerField(required=False)
    prefilled_email = EmailTextField(required=False)
    return_url = StrictCharField(max_length=500, required=False, validators=[URLValidator(["http", "https"])])
    custom_text_label = StrictCharField(max_length=80, required=False)
    fixed_quantity = StrictIntegerField(
        max_value=_MAX_SMALL_INTEGER,
        required=False,
        help_text="Of the primary variant in each purchase. Shoppers can't change it.",
    )
    link_price = MoneyBody(
        required=False, help_text="The link's own price for one unit of each primary variant."
    )


class UpdatePaymentLinkBody(BodySerializer):
    """Whether the link is open, the only part of a link that can change."""

    active = StrictBooleanField()

    def to_internal_value(self, data: Any) -> Any:
        """Reject the final fields of a link; ignore unknown keys and nulls (X37)."""
        if isinstance(data, dict):
            final_fields = set(CreatePaymentLinkBody().fields)
            sent = [key for key in data if key in final_fields and data[key] is not None]
            if sent:
                raise serializers.ValidationError(dict.fromkeys(sent, "This field can't be changed."))
        return super().to_internal_value(data)


class PaymentLinkListQuery(ZeroBasedPageQuery):
    """Filters and paging of payment links."""

    active = StrictBooleanField(required=False)
    product = OpaqueIdField("prod", required=False)
    product_id = OpaqueIdField("prod", required=False, help_text="Alias of `product`.")


class ProductListQuery(ZeroBasedPageQuery):
    """Filters and paging of products."""

    active = StrictBooleanField(required=False)


class ProductDetailQuery(QuerySerializer):
    """Options for reading a product."""

    expand = StrictCharField(
        max_length=100,
        required=False,
        help_text="Send `selling_plans` to include selling plans and their prices.",
    )


class SwatchBody(BodySerializer):
    """How an option value looks: a color, an image, or text."""

    type = serializers.ChoiceField(choices=SWATCH_TYPES)
    value = StrictCharField(max_length=100, required=False)
    media_id = OpaqueIdField("med", required=False)


class OptionValueBody(BodySerializer):
    """A value of an option, such as Large."""

    value = StrictCharField(max_length=100)
    sort_order = StrictIntegerField(required=False)
    swatch = SwatchBody(required=False)


class OptionBody(BodySerializer):
    """An option, such as Size, with its values."""

    name = StrictCharField(max_length=100)
    sort_order = StrictIntegerField(required=False)
    values = OptionValueBody(many=True)


class VariantBody(BodySerializer):
    """A variant. Without an `id`, it is found by its option values. Without a price, it takes the product's.

    Send the `version` you last read to avoid overwriting stock that has sold since.
    """

    nullable = ("inventory_quantity",)

    id = OpaqueIdField("var", required=False)
    option_values = StringMapField(required=False)
    price = MoneyBody(required=False)
    active = StrictBooleanField(default=True)
    inventory_quantity = StrictIntegerField(
        required=False, help_text="Null means that stock is not tracked. If left out, stock stays unchanged."
    )
    media_order = serializers.ListField(child=OpaqueIdField("med"), required=False, max_length=100)
    selling_plan_group_ids = serializers.ListField(child=OpaqueIdField("spg"), required=False, max_length=50)
    version = StrictIntegerField(required=False)
    sku = StrictCharField(max_length=100, required=False)
    next_variant_id = StrictIntegerField(
        min_value=1,
        max_value=MAX_BIG_INTEGER,
        required=False,
        help_text="The variant's ID in NEXT Commerce, required to sell it. If left out, it stays unchanged.",
    )


class CreateProductBody(BodySerializer):
    """A new product. Read-only keys such as `id` and `created_at` are ignored."""

    name = StrictCharField(max_length=200)
    description = StrictCharField(max_length=20_000, required=False)
    price = MoneyBody(required=False)
    active = StrictBooleanField(default=True)
    default_currency = CurrencyCodeField(required=False)
    tax_code = StrictCharField(max_length=40, required=False)
    collect_shipping_address = StrictBooleanField(default=False)
    collect_tax_address = StrictBooleanField(default=False)
    requires_selling_plan = StrictBooleanField(default=False)
    options = OptionBody(many=True, required=False)
    variants = VariantBody(many=True, required=False)
    media_order = serializers.ListField(child=OpaqueIdField("med"), required=False, max_length=100)
    metadata = StringMapField(required=False)
    selling_plan_group_ids = serializers.ListField(child=OpaqueIdField("spg"), required=False, max_length=50)
    slug = serializers.SlugField(max_length=120, required=False)
    listed = StrictBooleanField(required=False)
    next_product_id = StrictIntegerField(
        min_value=1,
        max_value=MAX_BIG_INTEGER,
        required=False,
        help_text="The product's ID in NEXT Commerce. If left out, it stays unchanged.",
    )


class UpdateProductBody(CreateProductBody):
    """The whole product, with the `version` you last read."""

    version = StrictIntegerField(min_value=1)


class SellingPlanGroupBody(BodySerializer):
    """A selling plan group, new or replaced."""

    name = StrictCharField(max_length=200)
    description = StrictCharField(max_length=20_000, required=False)
    options = serializers.ListField(child=StrictCharField(max_length=100), required=False, max_length=20)
    status = serializers.ChoiceField(choices=SellingPlanStatus.values, default=SellingPlanStatus.ACTIVE.value)


class BillingPolicyBody(BodySerializer):
    """How often subscribers pay."""

    interval = serializers.ChoiceField(choices=SellingPlan.Interval.values)
    interval_count = StrictIntegerField(min_value=1, max_value=1000, default=1)
    min_cycles = StrictIntegerField(max_value=120, required=False)


class PricingPolicyBody(BodySerializer):
    """A step of the price. FIXED must not have `after_cycle`; RECURRING must."""

    policy_type = serializers.ChoiceField(choices=PolicyType.values)
    adjustment_type = serializers.ChoiceField(choices=AdjustmentType.values)
    adjustment_value = AmountField()
    after_cycle = StrictIntegerField(max_value=1200, required=False)


class UpdateSellingPlanBody(BodySerializer):
    """The whole selling plan. With a `version`, the update fails if the plan has changed since."""

    name = StrictCharField(max_length=200)
    description = StrictCharField(max_length=20_000, required=False)
    billing_policy_type = serializers.ChoiceField(
        choices=SellingPlan.Billing.values, default=SellingPlan.Billing.RECURRING.value
    )
    billing_policy = BillingPolicyBody()
    pricing_policy = PricingPolicyBody(many=True, required=False)
    trial_period_days = StrictIntegerField(max_value=730, default=0)
    trial_price = AmountField(
        required=False,
        help_text="Price of the trial per unit, paid at checkout. Without one, the trial is free. "
        "If an update leaves it out, it stays unchanged.",
    )
    valid_from = UnixTimeField(required=False)
    valid_until = UnixTimeField(required=False)
    priority = StrictIntegerField(max_value=_MAX_SMALL_INTEGER, default=0)
    status = serializers.ChoiceField(choices=SellingPlanStatus.values, default=SellingPlanStatus.ACTIVE.value)
    version = StrictIntegerField(required=False)


class CreateSellingPlanBody(UpdateSellingPlanBody):
    """A new selling plan in a group."""

    selling_plan_group_id = OpaqueIdField("spg")


class SellingPlanGroupListQuery(ZeroBasedDefaultSizePageQuery):
    """Filters and paging of selling plan groups."""

    status = serializers.ChoiceField(choices=SellingPlanStatus.values, required=False)


class SellingPlanListQuery(SellingPlanGroupListQuery):
    """Filters and paging of selling plans."""

    selling_plan_group_id = OpaqueIdField("spg", required=False)


class CalculatePlanPriceBody(BodySerializer):
    """The plan and variant to price. `base_price` defaults to the variant's price."""

    variant_id = OpaqueIdField("var")
    plan_id = OpaqueIdField("sp")
    base_price = AmountField(required=False)
    currency = CurrencyCodeField(required=False)
