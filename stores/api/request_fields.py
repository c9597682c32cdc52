"""Fields of requests: strict about types, lenient about what is left out.

The official clients send `null`, and zero values, for what they do not set (W7, W10, W14): null is missing.
"""

import datetime
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from babel.numbers import list_currencies
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from stores.money import MAX_AMOUNT

_DECIMAL_PATTERN = re.compile(r"\d+(\.\d+)?", re.ASCII)
_MAX_KEY_LENGTH, _MAX_VALUE_LENGTH, _MAX_KEYS = 100, 500, 50


class QuerySerializer(serializers.Serializer):
    """The parameters of a request. Null is missing; unknown keys are ignored."""

    # Where null is a value of its own.
    nullable: ClassVar[tuple[str, ...]] = ()

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            data = {key: value for key, value in data.items() if value is not None or key in self.nullable}
        return super().to_internal_value(data)


class BodySerializer(QuerySerializer):
    """The same for an object of a body, where null can be written."""

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        for field in fields.values():
            field.allow_null = field.allow_null or not field.required
        return fields


class StrictCharField(serializers.CharField):
    """A text, and nothing that could be made into one."""

    def __init__(self, **kwargs: Any) -> None:
        if not kwargs.get("required", True) or "default" in kwargs:
            kwargs.setdefault("allow_blank", True)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class OpaqueIdField(StrictCharField):
    """An id: opaque, so any short text may be one (X2). Empty means none (W12)."""

    def __init__(self, prefix: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 64)
        kwargs.setdefault("help_text", f"Begins with `{prefix}_`." if prefix else "")
        super().__init__(**kwargs)


class StrictBooleanField(serializers.BooleanField):
    """true or false; the same words in a query."""

    TRUE_VALUES = {True, "true", "True", "1"}
    FALSE_VALUES = {False, "false", "False", "0"}

    def to_internal_value(self, data: Any) -> bool:
        if isinstance(data, int | float) and not isinstance(data, bool):
            self.fail("invalid", input=data)
        return bool(super().to_internal_value(data))


class StrictIntegerField(serializers.IntegerField):
    """A whole number, or its digits: in plans the guide has them as text."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", 0)
        kwargs.setdefault("max_value", 2_147_483_647)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool | float):
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field(
    {"oneOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^\d+(\.\d+)?$"}]}
)
class AmountField(serializers.Field):
    """An amount of money, at most two places: a number, or a text as the Go client sends it (W8)."""

    default_error_messages = {"invalid": "Not an amount of money, such as 29.99."}

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool) or not isinstance(data, str | int | float):
            self.fail("invalid")
        if isinstance(data, str) and not _DECIMAL_PATTERN.fullmatch(data):
            self.fail("invalid")
        amount = Decimal(str(data))
        if not amount.is_finite() or not 0 <= amount <= MAX_AMOUNT or amount != round(amount, 2):
            self.fail("invalid")
        return amount


@extend_schema_field({"type": "string", "pattern": "^([A-Za-z]{3})?$", "examples": ["USD"]})
class CurrencyCodeField(StrictCharField):
    """An ISO 4217 code, kept in capitals. Empty means none."""

    default_error_messages = {"unknown": "Not a currency, such as USD."}

    def to_internal_value(self, data: Any) -> str:
        code = super().to_internal_value(data).upper()
        if code and code not in list_currencies():
            self.fail("unknown")
        return code


class MoneyBody(BodySerializer):
    """`{"amount": 29.99, "asset_id": "USD"}` (R14)."""

    amount = AmountField()
    asset_id = CurrencyCodeField(default="")


@extend_schema_field({"type": "integer", "description": "Unix seconds."})
class UnixTimeField(serializers.Field):
    """A time in Unix seconds (R13)."""

    default_error_messages = {"invalid": "Not a time in Unix seconds."}

    def to_internal_value(self, data: Any) -> datetime.datetime | None:
        if isinstance(data, bool) or not isinstance(data, int) or not 0 <= data < 10_000_000_000:
            self.fail("invalid")
        # Zero is how the Go client says "none".
        return datetime.datetime.fromtimestamp(data, tz=datetime.UTC) if data else None


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
class StringMapField(serializers.Field):
    """A map from texts to texts (R61, W16)."""

    default_error_messages = {"invalid": "A map of texts to texts, at most 50, none too long."}

    def to_internal_value(self, data: Any) -> dict[str, str]:
        if not isinstance(data, dict) or len(data) > _MAX_KEYS:
            self.fail("invalid")
        for key, value in data.items():
            if not isinstance(value, str) or len(key) > _MAX_KEY_LENGTH or len(value) > _MAX_VALUE_LENGTH:
                self.fail("invalid")
        return data


@extend_schema_field({"type": "object", "additionalProperties": True})
class JsonObjectField(serializers.Field):
    """An object that is kept as it is and given back as it was."""

    default_error_messages = {"invalid": "An object."}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("invalid")
        return data
