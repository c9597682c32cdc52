"""API responses about payment links. `catalog.api.prefetching` loads the rows beforehand."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from catalog.api.product_serializers import IncludesResponse, ProductResponse, VariantResponse
from catalog.models import LinkVariant, PaymentLink
from stores.api.fields import JsonObjectField, StringMapField, UnixTimeField
from stores.api.serializers import MoneyResponse, ResponseSerializer, represent_money


class LinkVariantResponse(ResponseSerializer):
    """A variant on a payment link: a primary variant, or an add-on with quantity limits.

    `link_price` is the link's own price for one unit. Of add-ons with one `choice`, shoppers take one.
    """

    variant_id = serializers.CharField()
    is_primary = serializers.BooleanField()
    quantity = serializers.IntegerField()
    min_quantity = serializers.IntegerField(allow_null=True)
    max_quantity = serializers.IntegerField(allow_null=True)
    variant = VariantResponse()
    link_price = MoneyResponse(required=False)
    choice = serializers.IntegerField(required=False)

    def compute_link_price(self, row: LinkVariant) -> dict[str, Any] | None:
        if row.price is None:
            return None
        return represent_money(row.price, row.variant.product.default_currency)


class PriceRangeResponse(ResponseSerializer):
    """The lowest and highest price of the primary variants."""

    min = MoneyResponse()
    max = MoneyResponse()


class PaymentLinkResponse(ResponseSerializer):
    """A payment link with everything it sells."""

    id = serializers.CharField()
    active = serializers.BooleanField()
    created_at = UnixTimeField()
    updated_at = UnixTimeField()
    url = serializers.URLField()
    variant_config = JsonObjectField()
    product = ProductResponse()
    primary_variants = LinkVariantResponse(many=True)
    addon_variants = LinkVariantResponse(many=True)
    price_range = PriceRangeResponse()
    includes = IncludesResponse(source="product")
    product_id = serializers.CharField()
    default_variant_id = serializers.CharField()
    primary_variant_id = serializers.CharField(source="default_variant_id")
    metadata = StringMapField()
    opens_at = UnixTimeField(allow_null=True)
    expires_at = UnixTimeField(allow_null=True)
    closed_message = serializers.CharField()
    max_quantity = serializers.IntegerField(allow_null=True)
    uses_left = serializers.IntegerField(allow_null=True)
    prefilled_email = serializers.CharField()
    return_url = serializers.CharField()
    custom_text_label = serializers.CharField()
    fixed_quantity = serializers.IntegerField(required=False)

    def compute_primary_variants(self, link: PaymentLink) -> list[LinkVariant]:
        return [row for row in link.link_variants.all() if row.is_primary]

    def compute_addon_variants(self, link: PaymentLink) -> list[LinkVariant]:
        return [row for row in link.link_variants.all() if not row.is_primary]

    def compute_price_range(self, link: PaymentLink) -> dict[str, Any]:
        prices = [row.unit_price for row in self.compute_primary_variants(link)] or [Decimal("0.00")]
        lowest, highest = min(prices), max(prices)
        currency = link.product.default_currency
        return {"min": represent_money(lowest, currency), "max": represent_money(highest, currency)}


class PaymentLinkPageResponse(ResponseSerializer):
    """A page of payment links."""

    page = serializers.IntegerField()
    page_size = serializers.IntegerField()
    total = serializers.IntegerField()
    payment_links = PaymentLinkResponse(many=True)
