"""How a store's orders are taxed: what the control API receives."""

from enum import StrEnum
from typing import Any

from rest_framework import serializers


class TaxMode(StrEnum):
    """Whether tax comes on top of prices or is part of them."""

    EXCLUSIVE = "exclusive"
    INCLUSIVE = "inclusive"


class TaxRounding(StrEnum):
    """What is rounded: the tax of a line, of a unit, or of all lines together."""

    LINE = "line"
    UNIT = "unit"
    ORDER = "order"


class RateFormat(StrEnum):
    """How tax lines state a rate of 19%: 0.19 or 19."""

    FRACTION = "fraction"
    PERCENT = "percent"


class TaxRateSerializer(serializers.Serializer[Any]):
    """One rate of a country, or of the named states. ``category`` limits it to a product category."""

    country = serializers.RegexField(r"^[A-Z]{2}$")
    states = serializers.ListField(child=serializers.CharField(max_length=255), default=list)
    percent = serializers.DecimalField(max_digits=7, decimal_places=4, min_value=0, max_value=100)
    title = serializers.CharField(max_length=255, default="Tax")
    taxes_shipping = serializers.BooleanField(default=False)
    is_compound = serializers.BooleanField(default=False)
    category = serializers.CharField(default="", allow_blank=True, max_length=255)


class TaxSettingsSerializer(serializers.Serializer[Any]):
    """``modes`` overrides ``mode`` by currency."""

    mode = serializers.ChoiceField(choices=list(TaxMode), default=TaxMode.EXCLUSIVE)
    modes = serializers.DictField(child=serializers.ChoiceField(choices=list(TaxMode)), default=dict)
    rounding = serializers.ChoiceField(choices=list(TaxRounding), default=TaxRounding.LINE)
    taxes_digital_products = serializers.BooleanField(default=True)
    rate_format = serializers.ChoiceField(choices=list(RateFormat), default=RateFormat.FRACTION)
    order_tax_lines_include_shipping = serializers.BooleanField(default=True)
    rates = TaxRateSerializer(many=True, default=list)

    def to_internal_value(self, data: Any) -> Any:
        unknown = set(data) - set(self.fields) if isinstance(data, dict) else set()
        if unknown:
            raise serializers.ValidationError({key: ["No such tax setting."] for key in unknown})
        return super().to_internal_value(data)


def default_tax_settings() -> dict[str, Any]:
    """Return the settings of a store without taxes."""
    return validate_settings(TaxSettingsSerializer, {})


def validate_settings(serializer_class: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    """Return settings as the store saves them. Raises ValidationError if they are invalid."""
    serializer = serializer_class(data=data)
    serializer.is_valid(raise_exception=True)
    settings: dict[str, Any] = serializer.data
    return settings
