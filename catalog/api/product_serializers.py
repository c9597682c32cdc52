"""API responses about products (R69) and variants (R46, R66). `prefetching` loads the rows beforehand.

The `with_plans` of the context includes selling plans and their prices.
"""

from typing import Any

from rest_framework import serializers

from catalog.api.selling_plan_serializers import (
    SellingPlanGroupResponse,
    SellingPlanPricingResponse,
    build_plan_pricing,
)
from catalog.models import Media, PlanGroupUse, Product, SellingPlanGroup, Variant
from catalog.options import serialize_options
from catalog.pictures import ordered_media
from catalog.pricing import price_range
from stores.api.fields import MAX_BIG_INTEGER, StringListField, StringMapField, UnixTimeField
from stores.api.serializers import MoneyField, MoneyResponse, ResponseSerializer, represent_money

SWATCH_TYPES = ("color", "image", "text")


class MediaResponse(ResponseSerializer):
    """A picture."""

    id = serializers.CharField()
    url = serializers.CharField(help_text="An absolute URL.")
    content_type = serializers.CharField()
    alt_text = serializers.CharField()
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)

    def compute_url(self, media: Media) -> str:
        """Return an absolute URL (R51)."""
        return f"{self.context['store'].origin}{media.url}" if media.url.startswith("/") else media.url


class IncludesResponse(ResponseSerializer):
    """The objects that ids elsewhere in the response refer to."""

    media = MediaResponse(many=True)

    def compute_media(self, product: Product) -> list[Media]:
        return ordered_media(product)


class SwatchResponse(ResponseSerializer):
    """How an option value looks: a color, an image, or text."""

    type = serializers.ChoiceField(choices=SWATCH_TYPES)
    value = serializers.CharField(required=False)
    media_id = serializers.CharField(required=False)


class OptionValueResponse(ResponseSerializer):
    """A value of an option. The `swatch` key is absent if there is none."""

    value = serializers.CharField()
    sort_order = serializers.IntegerField()
    swatch = SwatchResponse(required=False)


class OptionResponse(ResponseSerializer):
    """A choice that shoppers make, such as a size."""

    name = serializers.CharField()
    sort_order = serializers.IntegerField()
    values = OptionValueResponse(many=True)


class VariantResponse(ResponseSerializer):
    """A combination of option values that is for sale.

    If `inventory_quantity` is null, stock is not tracked. If `next_variant_id` is null, NEXT Commerce
    does not have the variant, and shoppers can't buy it.
    """

    id = serializers.CharField()
    sku = serializers.CharField()
    active = serializers.BooleanField()
    version = serializers.IntegerField()
    inventory_quantity = serializers.IntegerField(allow_null=True)
    option_values = StringMapField()
    price = MoneyField("price", currency="product.default_currency")
    media_order = StringListField()
    selling_plan_group_ids = StringListField()
    selling_plan_groups = SellingPlanGroupResponse(many=True)
    selling_plan_pricing = SellingPlanPricingResponse(many=True)
    next_variant_id = serializers.IntegerField(allow_null=True, max_value=MAX_BIG_INTEGER)

    def compute_selling_plan_group_ids(self, variant: Variant) -> list[str]:
        return [use.group_id for use in _list_own_uses(variant)]

    def compute_selling_plan_groups(self, variant: Variant) -> list[SellingPlanGroup]:
        return [use.group for use in _list_own_uses(variant)] if self.context["with_plans"] else []

    def compute_selling_plan_pricing(self, variant: Variant) -> list[dict[str, Any]]:
        return build_plan_pricing(variant) if self.context["with_plans"] else []


class ProductResponse(ResponseSerializer):
    """A product with all its variants."""

    id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    active = serializers.BooleanField()
    listed = serializers.BooleanField()
    slug = serializers.CharField()
    default_currency = serializers.CharField()
    created_at = UnixTimeField()
    updated_at = UnixTimeField()
    version = serializers.IntegerField()
    collect_shipping_address = serializers.BooleanField()
    collect_tax_address = serializers.BooleanField()
    tax_code = serializers.CharField()
    requires_selling_plan = serializers.BooleanField()
    selling_plan_group_ids = StringListField()
    selling_plan_groups = SellingPlanGroupResponse(many=True)
    metadata = StringMapField()
    price = MoneyResponse()
    media_order = StringListField()
    options = OptionResponse(many=True)
    variants = VariantResponse(many=True)
    includes = IncludesResponse(source="*")
    next_product_id = serializers.IntegerField(allow_null=True, max_value=MAX_BIG_INTEGER)

    def compute_selling_plan_group_ids(self, product: Product) -> list[str]:
        return [use.group_id for use in _list_product_uses(product)]

    def compute_selling_plan_groups(self, product: Product) -> list[SellingPlanGroup]:
        return [use.group for use in _list_product_uses(product)] if self.context["with_plans"] else []

    def compute_price(self, product: Product) -> dict[str, Any]:
        """Return the lowest price of the active variants, or of all if none is active."""
        variants = list(product.variants.all())
        lowest, _highest = price_range([variant for variant in variants if variant.active] or variants)
        return represent_money(lowest, product.default_currency)

    def compute_options(self, product: Product) -> list[Any]:
        return serialize_options(product)

    def compute_variants(self, product: Product) -> list[Variant]:
        variants = list(product.variants.all())
        for variant in variants:
            variant.product = product  # with its plans, which are prefetched
        return variants


class ProductPageResponse(ResponseSerializer):
    """A page of products."""

    page = serializers.IntegerField()
    page_size = serializers.IntegerField()
    total = serializers.IntegerField()
    products = ProductResponse(many=True)


def _list_product_uses(product: Product) -> list[PlanGroupUse]:
    return [use for use in product.plan_group_uses.all() if use.variant_id is None]


def _list_own_uses(variant: Variant) -> list[PlanGroupUse]:
    """Return the plan groups of the variant itself, which replace those of the product (R143)."""
    return [use for use in variant.product.plan_group_uses.all() if use.variant_id == variant.pk]
