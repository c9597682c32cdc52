"""The bodies and parameters of the catalogue's API, field by field."""

from typing import Any

from django.core.validators import URLValidator
from rest_framework import serializers

from stores.api.pagination import OptionalZeroBasedPage, ZeroBasedPage
from stores.api.request_fields import (
    Amount,
    Body,
    Currency,
    Flag,
    FreeObject,
    Id,
    Moment,
    MoneyBody,
    Query,
    Text,
    TextMap,
    Whole,
)

_SMALL = 32767
_LARGE = 9_223_372_036_854_775_807


class AddOnBody(Body):
    """An add-on (R21)."""

    variant_id = Id("var")
    min_quantity = Whole(max_value=_SMALL, required=False)
    max_quantity = Whole(max_value=_SMALL, required=False)


class NewLinkBody(Body):
    """A payment link to be made (R18 to R22); keys from `metadata` on are additions to the guide."""

    product_id = Id("prod")
    default_variant_id = Id("var")
    primary_variant_ids = serializers.ListField(child=Id("var"), allow_empty=False, max_length=250)
    addon_variants = AddOnBody(many=True, required=False)
    variant_config = FreeObject(required=False)
    metadata = TextMap(required=False)
    opens_at = Moment(required=False)
    expires_at = Moment(required=False)
    closed_message = Text(max_length=300, required=False)
    max_quantity = Whole(max_value=_SMALL, required=False)
    uses_left = Whole(required=False)
    prefilled_email = serializers.EmailField(max_length=254, required=False, allow_blank=True)
    return_url = Text(max_length=500, required=False, validators=[URLValidator(["http", "https"])])
    custom_text_label = Text(max_length=80, required=False)


class LinkChangeBody(Body):
    """The one thing about a link that changes (R96, R97)."""

    active = Flag()

    def to_internal_value(self, data: Any) -> Any:
        """Refuse what is known and final; ignore what is unknown (X37)."""
        final = set(NewLinkBody().fields)
        sent = (
            [key for key in data if key in final and data[key] is not None] if isinstance(data, dict) else []
        )
        if sent:
            raise serializers.ValidationError(dict.fromkeys(sent, "This cannot be changed."))
        return super().to_internal_value(data)


class LinkListQuery(ZeroBasedPage):
    """The list of links (R83 to R87, X4)."""

    active = Flag(required=False)
    product = Id("prod", required=False)
    product_id = Id("prod", required=False, help_text="The same as `product`.")


class ProductListQuery(ZeroBasedPage):
    """The list of products."""

    active = Flag(required=False)


class ProductQuery(Query):
    """One product."""

    expand = Text(max_length=100, required=False, help_text="`selling_plans`")


class SwatchBody(Body):
    """How an option's value looks (R65)."""

    type = serializers.ChoiceField(choices=["color", "image", "text"])
    value = Text(max_length=100, required=False)
    media_id = Id("med", required=False)


class OptionValueBody(Body):
    """A value of an option."""

    value = Text(max_length=100)
    sort_order = Whole(required=False)
    swatch = SwatchBody(required=False)


class OptionBody(Body):
    """An option (R64)."""

    name = Text(max_length=100)
    sort_order = Whole(required=False)
    values = OptionValueBody(many=True)


class VariantBody(Body):
    """A variant (R66). Without an `id` it is known by its values; without a price it has the product's.

    With the `version` that was read, another stock is refused where it has moved since.
    """

    nullable = ("inventory_quantity",)

    id = Id("var", required=False)
    option_values = TextMap(required=False)
    price = MoneyBody(required=False)
    active = Flag(default=True)
    inventory_quantity = Whole(required=False, help_text="Null: not counted. Left out: as it was.")
    media_order = serializers.ListField(child=Id("med"), required=False, max_length=100)
    selling_plan_group_ids = serializers.ListField(child=Id("spg"), required=False, max_length=50)
    version = Whole(required=False)
    sku = Text(max_length=100, required=False)
    next_variant_id = Whole(
        min_value=1,
        max_value=_LARGE,
        required=False,
        help_text="Its id in the NEXT store, without which it cannot be bought. Left out: as it was.",
    )


class NewProductBody(Body):
    """A product to be made. Read-only keys that clients send (`id`, `created_at`, …) are ignored (W14)."""

    name = Text(max_length=200)
    description = Text(max_length=20_000, required=False)
    price = MoneyBody(required=False)
    active = Flag(default=True)
    default_currency = Currency(required=False)
    tax_code = Text(max_length=40, required=False)
    collect_shipping_address = Flag(default=False)
    collect_tax_address = Flag(default=False)
    requires_selling_plan = Flag(default=False)
    options = OptionBody(many=True, required=False)
    variants = VariantBody(many=True, required=False)
    media_order = serializers.ListField(child=Id("med"), required=False, max_length=100)
    metadata = TextMap(required=False)
    selling_plan_group_ids = serializers.ListField(child=Id("spg"), required=False, max_length=50)
    slug = serializers.SlugField(max_length=120, required=False)
    listed = Flag(required=False)
    next_product_id = Whole(
        min_value=1,
        max_value=_LARGE,
        required=False,
        help_text="The product's id in the NEXT store. Left out: as it was.",
    )


class ProductChangeBody(NewProductBody):
    """The whole product again, with the `version` that was read."""

    version = Whole(min_value=1)


class GroupBody(Body):
    """A selling plan group."""

    name = Text(max_length=200)
    description = Text(max_length=20_000, required=False)
    options = serializers.ListField(child=Text(max_length=100), required=False, max_length=20)
    status = serializers.ChoiceField(choices=["active", "disabled"], default="active")


class BillingPolicyBody(Body):
    """How often one pays (2.2)."""

    interval = serializers.ChoiceField(choices=["day", "week", "month", "year"])
    interval_count = Whole(min_value=1, max_value=1000, default=1)
    min_cycles = Whole(max_value=120, required=False)


class PricingPolicyBody(Body):
    """A step of the price (2.2): FIXED without `after_cycle`, RECURRING with it."""

    policy_type = serializers.ChoiceField(choices=["FIXED", "RECURRING"])
    adjustment_type = serializers.ChoiceField(choices=["PERCENTAGE", "FIXED_AMOUNT", "PRICE"])
    adjustment_value = Amount()
    after_cycle = Whole(max_value=1200, required=False)


class PlanChangeBody(Body):
    """A selling plan as a whole; with a `version`, only if that is still the plan's."""

    name = Text(max_length=200)
    description = Text(max_length=20_000, required=False)
    billing_policy_type = serializers.ChoiceField(choices=["RECURRING", "PREPAID"], default="RECURRING")
    billing_policy = BillingPolicyBody()
    pricing_policy = PricingPolicyBody(many=True, required=False)
    trial_period_days = Whole(max_value=730, default=0)
    trial_price = Amount(
        required=False, help_text="Of one unit, paid at checkout for the trial; left out: the trial is free."
    )
    valid_from = Moment(required=False)
    valid_until = Moment(required=False)
    priority = Whole(max_value=_SMALL, default=0)
    status = serializers.ChoiceField(choices=["active", "disabled"], default="active")
    version = Whole(required=False)


class NewPlanBody(PlanChangeBody):
    """A selling plan to be made in a group."""

    selling_plan_group_id = Id("spg")


class GroupListQuery(OptionalZeroBasedPage):
    """The list of groups (W13)."""

    status = serializers.ChoiceField(choices=["active", "disabled"], required=False)


class PlanListQuery(GroupListQuery):
    """The list of plans (W13)."""

    selling_plan_group_id = Id("spg", required=False)


class CalculatePriceBody(Body):
    """Which price to calculate; without `base_price`, the variant's."""

    variant_id = Id("var")
    plan_id = Id("sp")
    base_price = Amount(required=False)
    currency = Currency(required=False)
