"""Request bodies of the control API."""

from enum import StrEnum
from typing import Any
from zoneinfo import available_timezones

from rest_framework import serializers

from sandbox.admin_api.request_serializers import OrderShippingAddressSerializer, OrderUserSerializer
from sandbox.catalog import CatalogSerializer, CountField, MoneyField
from sandbox.discount_settings import DiscountSettingsSerializer
from sandbox.models.store import default_wallet
from sandbox.tax_settings import TaxSettingsSerializer


class WalletSerializer(serializers.Serializer[Any]):
    """Who pays when an order names neither a customer nor an address."""

    user = OrderUserSerializer()
    shipping_address = OrderShippingAddressSerializer()


class StoreSettingsSerializer(serializers.Serializer[Any]):
    """The body of ``PUT /sandbox/stores/{name}``. A ``rate_limit`` of 0 means no limit."""

    token = serializers.CharField(max_length=200)
    currency = serializers.RegexField(r"^[A-Z]{3}$")
    name = serializers.CharField(required=False, max_length=200)
    webhook_secret = serializers.CharField(default="", allow_blank=True, max_length=200)
    timezone = serializers.ChoiceField(choices=sorted(available_timezones()), default="UTC")
    rate_limit = serializers.IntegerField(default=4, min_value=0)
    page_size = serializers.IntegerField(default=20, min_value=1, max_value=100)
    catalogue = CatalogSerializer(default=dict)  # codespell:ignore
    taxes = TaxSettingsSerializer(default=dict)
    discounts = DiscountSettingsSerializer(default=dict)
    wallet = WalletSerializer(default=default_wallet)
    # Where a new store's clock begins; it only moves forward from there.
    starts_at = serializers.DateTimeField(required=False, write_only=True)


class PaymentAction(StrEnum):
    PAY = "pay"
    DECLINE = "decline"
    ABANDON = "abandon"


class PaymentActionSerializer(serializers.Serializer[Any]):
    action = serializers.ChoiceField(choices=list(PaymentAction))
    post_return = serializers.BooleanField(default=False)


class AdvanceClockSerializer(serializers.Serializer[Any]):
    """An empty body moves nothing but still runs what is due."""

    advance_seconds = serializers.FloatField(default=0, min_value=0)
    advance_days = serializers.FloatField(default=0, min_value=0)
    to = serializers.DateTimeField(required=False)


class OrderEditRefundSerializer(serializers.Serializer[Any]):
    """Without an amount, refund all that is left. External: no money moves through the store."""

    amount = MoneyField(required=False)
    is_external = serializers.BooleanField(default=False)


class OrderEditCancelSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(default="Edited in the dashboard")
    full_refund = serializers.BooleanField(default=False)


class LineQuantitySerializer(serializers.Serializer[Any]):
    line_id = serializers.IntegerField()
    quantity = CountField()


class OrderEditFulfillmentSerializer(serializers.Serializer[Any]):
    """Without lines, fulfill all that is left."""

    lines = LineQuantitySerializer(many=True, required=False)
    tracking_code = serializers.CharField(default="", allow_blank=True)
    tracking_link = serializers.URLField(default="", allow_blank=True)
    tracking_carrier = serializers.CharField(default="", allow_blank=True)


class OrderEditAddLineSerializer(serializers.Serializer[Any]):
    product_id = serializers.IntegerField()
    quantity = CountField()
    price = MoneyField(required=False, min_value=0)


class OrderEditSerializer(serializers.Serializer[Any]):
    """Each key is one edit. Several are applied in this order."""

    add_line = OrderEditAddLineSerializer(required=False)
    remove_line = LineQuantitySerializer(required=False)
    refund = OrderEditRefundSerializer(required=False)
    cancel = OrderEditCancelSerializer(required=False)
    fulfil = OrderEditFulfillmentSerializer(required=False)  # codespell:ignore
    settle = serializers.BooleanField(required=False)  # let the bank pay a pending order
    delivery_status = serializers.CharField(required=False)
    status = serializers.CharField(required=False)
    payment_status = serializers.CharField(required=False)
    fulfillment_status = serializers.CharField(required=False)
    tags = serializers.ListField(child=serializers.CharField(), required=False)
    shipping_address = serializers.DictField(required=False)
