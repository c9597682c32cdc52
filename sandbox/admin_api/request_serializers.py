"""Bodies of order requests, validated by the schemas of the API description."""

import re
from typing import Any

from rest_framework import serializers

from sandbox.catalog import CountField, MoneyField
from sandbox.models import Order
from sandbox.payment_methods import REDIRECT_METHODS
from sandbox.wallet import is_express_order

LANGUAGES = ("en", "fr", "th", "de", "sv", "no", "it", "es", "nl", "pt", "da", "fi")
PAYMENT_METHODS = ("card_token", "saved_card", "external", *REDIRECT_METHODS)
# Card tokens that create test orders, directly or by redirect.
TEST_CARD = "test_card"
THREE_DS_TEST_CARD = "test_3ds_card"
COUNTRIES_WITH_STATE = ("US", "CA", "AU")
E164_PHONE = re.compile(r"^\+[1-9]\d{6,14}$")


def _optional_text_field(**kwargs: Any) -> serializers.CharField:
    return serializers.CharField(required=False, allow_blank=True, **kwargs)


def _nullable_text_field(**kwargs: Any) -> serializers.CharField:
    return _optional_text_field(allow_null=True, **kwargs)


class PositionalErrorListSerializer(serializers.ListSerializer[Any]):
    """Reports errors as a list with one entry for each row, in every release of DRF."""

    def to_internal_value(self, data: Any) -> list[Any]:
        try:
            return super().to_internal_value(data)
        except serializers.ValidationError as error:
            errors = error.detail
            if isinstance(errors, dict) and "non_field_errors" not in errors:
                by_position = {int(position): detail for position, detail in errors.items()}
                rows = [by_position.get(position, {}) for position in range(len(data))]
                raise serializers.ValidationError(rows) from error
            raise


class LineSubscriptionSerializer(serializers.Serializer[Any]):
    interval = serializers.ChoiceField(choices=("day", "week", "month", "year"))
    interval_count = CountField()
    price = MoneyField(required=False, min_value=0)


class OrderLineSerializer(serializers.Serializer[Any]):
    """``product_id`` is the variant's id, despite its name."""

    product_id = serializers.IntegerField()
    quantity = CountField()
    price = MoneyField(required=False, min_value=0)
    is_upsell = serializers.BooleanField(default=False)
    metadata = serializers.JSONField(required=False, allow_null=True)
    subscription = LineSubscriptionSerializer(required=False)

    class Meta:
        list_serializer_class = PositionalErrorListSerializer


class OrderUserSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField()
    first_name = _optional_text_field(max_length=255)
    last_name = _optional_text_field(max_length=255)
    phone_number = _nullable_text_field()
    language = serializers.ChoiceField(choices=LANGUAGES, required=False, allow_null=True, allow_blank=True)
    ip = serializers.IPAddressField(required=False, allow_null=True)
    user_agent = _nullable_text_field()
    accepts_marketing = serializers.BooleanField(default=False)
    tags = serializers.ListField(child=_nullable_text_field(), required=False)
    metadata = serializers.JSONField(required=False, allow_null=True)

    def validate_phone_number(self, value: str | None) -> str | None:
        if value and not E164_PHONE.match(value):
            raise serializers.ValidationError("The phone number entered is not valid.")
        return value or None


class OrderAddressSerializer(serializers.Serializer[Any]):
    """``line4`` is the city."""

    first_name = serializers.CharField(max_length=255)
    last_name = serializers.CharField(max_length=255)
    line1 = serializers.CharField(max_length=255)
    line2 = _optional_text_field(max_length=255)
    line3 = _optional_text_field(max_length=255)
    line4 = serializers.CharField(max_length=255)
    state = _optional_text_field(max_length=255)
    postcode = _optional_text_field(max_length=64)
    country = serializers.RegexField(r"^[A-Z]{2}$")
    phone_number = _optional_text_field(max_length=128)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["country"] in COUNTRIES_WITH_STATE and not attrs.get("state"):
            raise serializers.ValidationError({"state": ["`state` is required"]})
        return attrs


class OrderShippingAddressSerializer(OrderAddressSerializer):
    notes = _optional_text_field()


class OrderAttributionSerializer(serializers.Serializer[Any]):
    utm_source = _nullable_text_field()
    utm_medium = _nullable_text_field()
    utm_campaign = _nullable_text_field()
    utm_term = _nullable_text_field()
    utm_content = _nullable_text_field()
    gclid = _nullable_text_field()
    funnel = _nullable_text_field()
    affiliate = _nullable_text_field()
    subaffiliate1 = _nullable_text_field()
    subaffiliate2 = _nullable_text_field()
    subaffiliate3 = _nullable_text_field()
    subaffiliate4 = _nullable_text_field()
    subaffiliate5 = _nullable_text_field()
    agent = serializers.IntegerField(required=False, allow_null=True)
    metadata = serializers.JSONField(required=False, allow_null=True)


class OrderPaymentDetailsSerializer(serializers.Serializer[Any]):
    card_token = _nullable_text_field()
    # The API description asks for any URI. URLField would refuse hosts without a dot, such as a local one.
    payment_return_url = serializers.RegexField(
        r"^https?://[^\s/@]+(/\S*)?$", required=False, allow_null=True
    )
    payment_gateway = serializers.IntegerField(required=False, allow_null=True)
    payment_gateway_group = serializers.IntegerField(required=False, allow_null=True)
    paypal_account = serializers.IntegerField(required=False, allow_null=True)
    external_payment_method = _nullable_text_field()
    save_card = serializers.BooleanField(default=True)
    authorize_value = MoneyField(required=False)
    statement_descriptor = _nullable_text_field()
    language = serializers.ChoiceField(choices=LANGUAGES, required=False, allow_null=True, allow_blank=True)
    reference_transaction_id = _nullable_text_field()
    recache_card_cvv = serializers.IntegerField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Allow a gateway or a group, not both, and only the store's own."""
        gateway, group = attrs.get("payment_gateway"), attrs.get("payment_gateway_group")
        if gateway is not None and group is not None:
            raise serializers.ValidationError(
                "Only one of payment_gateway and payment_gateway_group is allowed."
            )
        catalog = self.context["catalog"]
        if gateway is not None and catalog.gateway(gateway) is None:
            raise _invalid_pk_error("payment_gateway", gateway)
        if group is not None and catalog.gateway_group(group) is None:
            raise _invalid_pk_error("payment_gateway_group", group)
        return attrs

    def validate_statement_descriptor(self, value: str | None) -> str | None:
        """Drop an invalid descriptor, as a real store does: silently."""
        return value if value and re.fullmatch(r"[A-Za-z0-9 &,.\-#]{1,22}", value) else None


def is_redirect_payment(method: str, card_token: str | None) -> bool:
    """Return True if the shopper pays on the hosted page."""
    return method in REDIRECT_METHODS or card_token == THREE_DS_TEST_CARD


def _invalid_pk_error(field: str, pk: int) -> serializers.ValidationError:
    return serializers.ValidationError({field: [f'Invalid pk "{pk}" - object does not exist.']})


class CurrencyField(serializers.CharField):
    """A currency of the store. Needs the store's ``catalog`` in its context."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=3, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        value: str = super().to_internal_value(data)
        if value not in self.context["catalog"].currencies:
            raise serializers.ValidationError("Currency is not available.")
        return value


class CreateOrderSerializer(serializers.Serializer[Any]):
    """The body of ordersCreate. Needs the store's ``catalog`` in its context.

    Express methods may leave ``user`` and the addresses to the wallet.
    """

    lines = OrderLineSerializer(many=True, allow_empty=False)
    currency = CurrencyField(required=False)
    user = OrderUserSerializer(required=False)
    shipping_address = OrderShippingAddressSerializer(required=False, allow_null=True)
    billing_address = OrderAddressSerializer(required=False, allow_null=True)
    billing_same_as_shipping_address = serializers.BooleanField(default=False)
    shipping_code = _nullable_text_field()
    shipping_price = MoneyField(required=False, min_value=0)
    payment_method = serializers.ChoiceField(choices=PAYMENT_METHODS)
    payment_details = OrderPaymentDetailsSerializer(required=False, allow_null=True)
    vouchers = serializers.ListField(child=serializers.CharField(), required=False, allow_null=True)
    offers = serializers.ListField(child=serializers.IntegerField(), required=False)
    tags = serializers.ListField(child=_nullable_text_field(), required=False)
    metadata = serializers.JSONField(required=False, allow_null=True)
    attribution = OrderAttributionSerializer(required=False)
    send_receipt = serializers.BooleanField(default=True)
    date_placed = serializers.DateTimeField(required=False, allow_null=True)
    status = serializers.ChoiceField(choices=Order.Status.values, required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "user" not in attrs and not is_express_order(attrs):
            raise serializers.ValidationError({"user": ["This field is required."]})
        details = attrs.get("payment_details") or {}
        redirects = is_redirect_payment(attrs["payment_method"], details.get("card_token"))
        if redirects and not details.get("payment_return_url"):
            raise serializers.ValidationError(
                {"payment_details": {"payment_return_url": ["This field is required."]}}
            )
        if attrs["payment_method"] == "card_token" and not details.get("card_token"):
            raise serializers.ValidationError(
                {"payment_details": {"card_token": ["This field is required."]}}
            )
        return attrs


class UpdateOrderSerializer(serializers.Serializer[Any]):
    """What PATCH may change in an order."""

    attribution = OrderAttributionSerializer(partial=True)
    billing_address = OrderAddressSerializer(allow_null=True)
    shipping_address = OrderShippingAddressSerializer(allow_null=True)
    metadata = serializers.JSONField(allow_null=True)
    status = serializers.ChoiceField(choices=Order.Status.values)
    fulfillment_status = serializers.ChoiceField(choices=Order.FulfillmentStatus.values)
    tags = serializers.ListField(child=_nullable_text_field())
