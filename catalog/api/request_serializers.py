"""The bodies and parameters of the catalog's API, field by field."""

from typing import Any

from django.core.validators import URLValidator
from rest_framework import serializers

from stores.api.pagination import ZeroBasedDefaultSizePageQuery, ZeroBasedPageQuery
from stores.api.request_fields import (
    AmountField,
    BodySerializer,
    CurrencyCodeField,
    JsonObjectField,
    MoneyBody,
    OpaqueIdField,
    QuerySerializer,
    StrictBooleanField,
    StrictCharField,
    StrictIntegerField,
    StringMapField,
    UnixTimeField,
)

_MAX_SMALL_INTEGER = 32767
_MAX_BIG_INTEGER = 9_223_372_036_854_775_807


class AddOnBody(BodySerializer):
    """An add-on (R21)."""

    variant_id = OpaqueIdField("var")
    min_quantity = StrictIntegerField(max_value=_MAX_SMALL_INTEGER, required=False)
    max_quantity = StrictIntegerField(max_value=_MAX_SMALL_INTEGER, required=False)


class CreatePaymentLinkBody(BodySerializer):
    """A payment link to be made (R18 to R22); keys from `metadata` on are additions to the guide."""

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
    prefilled_email = serializers.EmailField(max_length=254, required=False, allow_blank=True)
    return_url = StrictCharField(max_length=500, required=False, validators=[URLValidator(["http", "https"])])
    custom_text_label = StrictCharField(max_length=80, required=False)


class UpdatePaymentLinkBody(BodySerializer):
    """The one thing about a link that changes (R96, R97)."""

    active = StrictBooleanField()

    def to_internal_value(self, data: Any) -> Any:
        """Refuse what is known and final; ignore what is unknown (X37)."""
        final = set(CreatePaymentLinkBody().fields)
        sent = (
            [key for key in data if key in final and data[key] is not None] if isinstance(data, dict) else []
        )
        if sent:
            raise serializers.ValidationError(dict.fromkeys(sent, "This cannot be changed."))
        return super().to_internal_value(data)


class PaymentLinkListQuery(ZeroBasedPageQuery):
    """The list of links (R83 to R87, X4)."""

    active = StrictBooleanField(required=False)
    product = OpaqueIdField("prod", required=False)
    product_id = OpaqueIdField("prod", required=False, help_text="The same as `product`.")


class ProductListQuery(ZeroBasedPageQuery):
    """The list of products."""

    active = StrictBooleanField(required=False)


class ProductDetailQuery(QuerySerializer):
    """One product."""

    expand = StrictCharField(max_length=100, required=False, help_text="`selling_plans`")


class SwatchBody(BodySerializer):
    """How an option's value looks (R65)."""

    type = serializers.ChoiceField(choices=["color", "image", "text"])
    value = StrictCharField(max_length=100, required=False)
    media_id = OpaqueIdField("med", required=False)


class OptionValueBody(BodySerializer):
    """A value of an option."""

    value = StrictCharField(max_length=100)
    sort_order = StrictIntegerField(required=False)
    swatch = SwatchBody(required=False)


class OptionBody(BodySerializer):
    """An option (R64)."""

    name = StrictCharField(max_length=100)
    sort_order = StrictIntegerField(required=False)
    values = OptionValueBody(many=True)


class VariantBody(BodySerializer):
    """A variant (R66). Without an `id` it is known by its values; without a price it has the product's.

    With the `version` that was read, another stock is refused where it has moved since.
    """

    nullable = ("inventory_quantity",)

    id = OpaqueIdField("var", required=False)
    option_values = StringMapField(required=False)
    price = MoneyBody(required=False)
    active = StrictBooleanField(default=True)
    inventory_quantity = StrictIntegerField(
        required=False, help_text="Null: not counted. Left out: as it was."
    )
    media_order = serializers.ListField(child=OpaqueIdField("med"), required=False, max_length=100)
    selling_plan_group_ids = serializers.ListField(child=OpaqueIdField("spg"), required=False, max_length=50)
    version = StrictIntegerField(required=False)
    sku = StrictCharField(max_length=100, required=False)
    next_variant_id = StrictIntegerField(
        min_value=1,
        max_value=_MAX_BIG_INTEGER,
        required=False,
        help_text="Its id in the NEXT store, without which it cannot be bought. Left out: as it was.",
    )


class CreateProductBody(BodySerializer):
    """A product to be made. Read-only keys that clients send (`id`, `created_at`, …) are ignored (W14)."""

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
        max_value=_MAX_BIG_INTEGER,
        required=False,
        help_text="The product's id in the NEXT store. Left out: as it was.",
    )


class UpdateProductBody(CreateProductBody):
    """The whole product again, with the `version` that was read."""

    version = StrictIntegerField(min_value=1)


class SellingPlanGroupBody(BodySerializer):
    """A selling plan group."""

    name = StrictCharField(max_length=200)
    description = StrictCharField(max_length=20_000, required=False)
    options = serializers.ListField(child=StrictCharField(max_length=100), required=False, max_length=20)
    status = serializers.ChoiceField(choices=["active", "disabled"], default="active")


class BillingPolicyBody(BodySerializer):
    """How often one pays (2.2)."""

    interval = serializers.ChoiceField(choices=["day", "week", "month", "year"])
    interval_count = StrictIntegerField(min_value=1, max_value=1000, default=1)
    min_cycles = StrictIntegerField(max_value=120, required=False)


class PricingPolicyBody(BodySerializer):
    """A step of the price (2.2): FIXED without `after_cycle`, RECURRING with it."""

    policy_type = serializers.ChoiceField(choices=["FIXED", "RECURRING"])
    adjustment_type = serializers.ChoiceField(choices=["PERCENTAGE", "FIXED_AMOUNT", "PRICE"])
    adjustment_value = AmountField()
    after_cycle = StrictIntegerField(max_value=1200, required=False)


class UpdateSellingPlanBody(BodySerializer):
    """A selling plan as a whole; with a `version`, only if that is still the plan's."""

    name = StrictCharField(max_length=200)
    description = StrictCharField(max_length=20_000, required=False)
    billing_policy_type = serializers.ChoiceField(choices=["RECURRING", "PREPAID"], default="RECURRING")
    billing_policy = BillingPolicyBody()
    pricing_policy = PricingPolicyBody(many=True, required=False)
    trial_period_days = StrictIntegerField(max_value=730, default=0)
    trial_price = AmountField(
        required=False, help_text="Of one unit, paid at checkout for the trial; left out: the trial is free."
    )
    valid_from = UnixTimeField(required=False)
    valid_until = UnixTimeField(required=False)
    priority = StrictIntegerField(max_value=_MAX_SMALL_INTEGER, default=0)
    status = serializers.ChoiceField(choices=["active", "disabled"], default="active")
    version = StrictIntegerField(required=False)


class CreateSellingPlanBody(UpdateSellingPlanBody):
    """A selling plan to be made in a group."""

    selling_plan_group_id = OpaqueIdField("spg")


class SellingPlanGroupListQuery(ZeroBasedDefaultSizePageQuery):
    """The list of groups (W13)."""

    status = serializers.ChoiceField(choices=["active", "disabled"], required=False)


class SellingPlanListQuery(SellingPlanGroupListQuery):
    """The list of plans (W13)."""

    selling_plan_group_id = OpaqueIdField("spg", required=False)


class CalculatePlanPriceBody(BodySerializer):
    """Which price to calculate; without `base_price`, the variant's."""

    variant_id = OpaqueIdField("var")
    plan_id = OpaqueIdField("sp")
    base_price = AmountField(required=False)
    currency = CurrencyCodeField(required=False)
