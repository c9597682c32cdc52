"""A store's coupons and offers: what the control API receives."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from rest_framework import serializers

from .tax_settings import validate_settings


class DiscountKind(StrEnum):
    """What a discount takes off: the products in its range, the whole cart, or shipping."""

    PERCENT = "percent"
    AMOUNT = "amount"
    CART_PERCENT = "cart_percent"
    FREE_SHIPPING = "free_shipping"
    SHIPPING_PERCENT = "shipping_percent"
    SHIPPING_AMOUNT = "shipping_amount"
    SHIPPING_PRICE = "shipping_price"


class UnusedCodes(StrEnum):
    """What happens to a code that is unknown or gives nothing."""

    IGNORE = "ignore"
    REFUSE = "refuse"


class DiscountSerializer(serializers.Serializer[Any]):
    """A benefit and its conditions. An empty range is all products."""

    name = serializers.CharField(max_length=128)
    description = serializers.CharField(default="", allow_blank=True)
    kind = serializers.ChoiceField(choices=list(DiscountKind))
    value = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=0, default=Decimal(0))
    currency = serializers.RegexField(r"^[A-Z]{3}$", default=None, allow_null=True)
    products = serializers.ListField(child=serializers.IntegerField(), default=list)
    categories = serializers.ListField(child=serializers.CharField(), default=list)
    min_quantity = serializers.IntegerField(default=0, min_value=0)
    min_total = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=0, default=Decimal(0))
    only_subscriptions = serializers.BooleanField(default=False)
    first_order_only = serializers.BooleanField(default=True)
    start = serializers.DateTimeField(default=datetime(2020, 1, 1, tzinfo=UTC))
    end = serializers.DateTimeField(default=datetime(2100, 1, 1, tzinfo=UTC))
    max_uses = serializers.IntegerField(default=None, allow_null=True, min_value=0)
    once_per_customer = serializers.BooleanField(default=False)


class CouponSerializer(DiscountSerializer):
    code = serializers.RegexField(re.compile(r"^\S+$"), max_length=128)
    name = serializers.CharField(required=False, max_length=128)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return {"name": attrs["code"], **attrs}


class OfferSerializer(DiscountSerializer):
    """``is_site_offer`` applies it to carts by itself."""

    id = serializers.IntegerField(min_value=1)
    is_site_offer = serializers.BooleanField(default=False)


class DiscountSettingsSerializer(serializers.Serializer[Any]):
    """``custom_prices`` says whether discounts reach lines whose price the request named."""

    coupons = CouponSerializer(many=True, default=list)
    offers = OfferSerializer(many=True, default=list)
    coupon_limit = serializers.IntegerField(default=None, allow_null=True, min_value=0)
    cart_codes = serializers.ChoiceField(choices=list(UnusedCodes), default=UnusedCodes.IGNORE)
    order_codes = serializers.ChoiceField(choices=list(UnusedCodes), default=UnusedCodes.REFUSE)
    custom_prices = serializers.BooleanField(default=True)
    site_offers_on_orders = serializers.BooleanField(default=False)
    net_into_lines = serializers.BooleanField(default=False)

    def to_internal_value(self, data: Any) -> Any:
        unknown = set(data) - set(self.fields) if isinstance(data, dict) else set()
        if unknown:
            raise serializers.ValidationError({key: ["No such discount setting."] for key in unknown})
        return super().to_internal_value(data)


def default_discount_settings() -> dict[str, Any]:
    """Return the settings of a store without coupons and offers."""
    return validate_settings(DiscountSettingsSerializer, {})
