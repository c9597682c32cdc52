"""Serializer fields of the REST API. In requests they are strict: no type is converted silently."""

import datetime
import re
from decimal import Decimal
from typing import Any

from babel.numbers import list_currencies
from django.core.validators import EmailValidator
from drf_spectacular.drainage import set_override
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from stores.money import MAX_AMOUNT, round_money
from stores.typed_text import clean_email

MAX_BIG_INTEGER = 9_223_372_036_854_775_807
_DECIMAL_PATTERN = re.compile(r"\d+(\.\d+)?", re.ASCII)
_MAX_KEY_LENGTH, _MAX_VALUE_LENGTH, _MAX_KEYS = 100, 500, 50


class StrictCharField(serializers.CharField):
    """A string. Numbers and booleans are not converted."""

    def __init__(self, **kwargs: Any) -> None:
        if not kwargs.get("required", True) or "default" in kwargs:
            kwargs.setdefault("allow_blank", True)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class EmailTextField(StrictCharField):
    """An email address, in the form of `stores.typed_text.clean_email`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=254, validators=[EmailValidator()], **kwargs)

    def to_internal_value(self, data: Any) -> str:
        return clean_email(super().to_internal_value(data))


class OpaqueIdField(StrictCharField):
    """An id. Ids are opaque, so any short string is valid (X2); empty means none (W12)."""

    def __init__(self, prefix: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 64)
        kwargs.setdefault("help_text", f"Starts with `{prefix}_`." if prefix else "")
        super().__init__(**kwargs)


class StrictBooleanField(serializers.BooleanField):
    """true or false, or the same words in a query string."""

    TRUE_VALUES = {True, "true", "True", "1"}
    FALSE_VALUES = {False, "false", "False", "0"}

    def to_internal_value(self, data: Any) -> bool:
        if isinstance(data, int | float) and not isinstance(data, bool):
            self.fail("invalid", input=data)
        return bool(super().to_internal_value(data))


class StrictIntegerField(serializers.IntegerField):
    """An integer, or its digits as a string, as in selling plans (W16)."""

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
    """An amount of money with at most two decimals: a number, or a string as the Go client sends it (W8)."""

    default_error_messages = {"invalid": "Must be an amount of money, such as 29.99."}

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
    """An ISO 4217 code, converted to uppercase. Empty means none."""

    default_error_messages = {"unknown": "Must be a currency code, such as USD."}

    def to_internal_value(self, data: Any) -> str:
        code = super().to_internal_value(data).upper()
        if code and code not in list_currencies():
            self.fail("unknown")
        return code


@extend_schema_field({"type": "integer", "format": "int64", "description": "Unix seconds."})
class UnixTimeField(serializers.Field):
    """A time in Unix seconds (R13)."""

    default_error_messages = {"invalid": "Must be a time in Unix seconds."}

    def to_internal_value(self, data: Any) -> datetime.datetime | None:
        if isinstance(data, bool) or not isinstance(data, int) or not 0 <= data < 10_000_000_000:
            self.fail("invalid")
        # The Go client sends zero for an unset time.
        return datetime.datetime.fromtimestamp(data, tz=datetime.UTC) if data else None

    def to_representation(self, value: datetime.datetime) -> int:
        return int(value.timestamp())


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
class StringMapField(serializers.Field):
    """An object with string values only (R61, W16)."""

    default_error_messages = {
        "invalid": (
            f"Must be an object with at most {_MAX_KEYS} string values, keys of at most {_MAX_KEY_LENGTH} "
            f"characters, and values of at most {_MAX_VALUE_LENGTH} characters."
        )
    }

    def to_internal_value(self, data: Any) -> dict[str, str]:
        if not isinstance(data, dict) or len(data) > _MAX_KEYS:
            self.fail("invalid")
        for key, value in data.items():
            if not isinstance(value, str) or len(key) > _MAX_KEY_LENGTH or len(value) > _MAX_VALUE_LENGTH:
                self.fail("invalid")
        return data

    def to_representation(self, value: dict[str, str]) -> dict[str, str]:
        return value


@extend_schema_field({"type": "object", "additionalProperties": True})
class JsonObjectField(serializers.Field):
    """A free-form JSON object, stored and returned unchanged."""

    default_error_messages = {"invalid": "Must be a JSON object."}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("invalid")
        return data

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        return value


@extend_schema_field({"type": "string", "format": "decimal", "examples": ["29.99"]})
class AmountStringField(serializers.Field):
    """An amount of money as a string with two decimals, in responses."""

    def to_representation(self, value: Decimal | str) -> str:
        return format(round_money(value), "f")


class ConstantField(serializers.Field):
    """A value that is the same in every response."""

    def __init__(self, value: str | bool | None, **kwargs: Any) -> None:
        super().__init__(source="*", **kwargs)
        self.value = value
        types = {str: "string", bool: "boolean", type(None): "null"}
        set_override(self, "field", {"type": types[type(value)], "const": value})

    def to_representation(self, value: Any) -> str | bool | None:
        return self.value


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class StringListField(serializers.Field):
    """A list of strings, in responses."""

    def to_representation(self, value: list[str]) -> list[str]:
        return value


@extend_schema_field(
    {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}
)
class MessagesField(serializers.Field):
    """Messages by field name, in errors."""

    def to_representation(self, value: dict[str, list[str]]) -> dict[str, list[str]]:
        return value
