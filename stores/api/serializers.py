"""Base classes of the API's serializers, and the serializers that all apps share.

A serializer is the one source of what a request or a response contains: it validates or represents the data,
and becomes a component of the OpenAPI document, with its docstring as the description.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from operator import attrgetter
from typing import Any, ClassVar, NamedTuple

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from stores.api.fields import AmountField, ConstantField, CurrencyCodeField, MessagesField
from stores.money import round_money

Getter = Callable[[Any], Any]


class QuerySerializer(serializers.Serializer):
    """Query parameters. Null means missing; unknown keys are ignored.

    The official clients send null and zero values for what they don't set (W7, W10, W14).
    """

    # Fields for which null is a value, not missing.
    nullable: ClassVar[tuple[str, ...]] = ()

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            data = {key: value for key, value in data.items() if value is not None or key in self.nullable}
        return super().to_internal_value(data)


class BodySerializer(QuerySerializer):
    """A JSON body. Optional fields accept null."""

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        for field in fields.values():
            field.allow_null = field.allow_null or not field.required
        return fields


# The values of these fields are already of the type, and a conversion by Python itself is the fastest check.
_PLAIN_TYPES: dict[type[serializers.Field], Callable[[Any], Any]] = {
    serializers.BooleanField: bool,
    serializers.CharField: str,
    serializers.ChoiceField: str,
    serializers.IntegerField: int,
}


class _Step(NamedTuple):
    """How to represent one field of a response."""

    name: str
    read: Getter
    represent: Callable[[Any], Any]
    is_required: bool


class ResponseSerializer(serializers.Serializer):
    """A response, from an object or a dict.

    A field's value comes from its `source`, or from a method `compute_<field>`. A field with `required=False`
    is left out if its value is None. The getters of all fields are built once for a list: DRF looks each
    field up anew for each row, which makes long lists several times slower.
    """

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        for field in fields.values():
            for text in (field, getattr(field, "child", None)):
                if isinstance(text, serializers.CharField):
                    text.allow_blank = True  # so that the document doesn't promise a minimum length
        return fields

    def to_representation(self, instance: Any) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for name, read, represent, is_required in (
            self._dict_steps if isinstance(instance, dict) else self._object_steps
        ):
            value = read(instance)
            if value is not None:
                data[name] = represent(value)
            elif is_required:
                data[name] = None
        return data

    @cached_property
    def _object_steps(self) -> list[_Step]:
        return [self._build_step(field, attrgetter) for field in self.fields.values()]

    @cached_property
    def _dict_steps(self) -> list[_Step]:
        return [self._build_step(field, _dict_getter) for field in self.fields.values()]

    def _build_step(self, field: serializers.Field, make_getter: Callable[[str], Getter]) -> _Step:
        name, source = str(field.field_name), str(field.source)
        read = getattr(self, f"compute_{name}", None) or (_identity if source == "*" else make_getter(source))
        represent = _PLAIN_TYPES.get(type(field), field.to_representation)
        return _Step(name, read, represent, field.required)


class MoneyBody(BodySerializer):
    """An amount with its currency. Without `asset_id`, the currency of the product."""

    amount = AmountField()
    asset_id = CurrencyCodeField(default="")


class MoneyResponse(ResponseSerializer):
    """An amount in major units of its currency."""

    amount = serializers.FloatField()
    asset_id = serializers.CharField()


@extend_schema_field(MoneyResponse)
class MoneyField(serializers.Field):
    """A `MoneyResponse` of two attributes of the object: an amount, and a currency."""

    def __init__(self, amount: str, *, currency: str = "currency", **kwargs: Any) -> None:
        super().__init__(source="*", **kwargs)
        self._read = attrgetter(amount, currency)

    def to_representation(self, value: Any) -> dict[str, Any]:
        return represent_money(*self._read(value))


def make_list_response(item: type[ResponseSerializer]) -> type[ResponseSerializer]:
    """Return the serializer of a page of a list. For `InvoiceResponse` it is named `InvoiceListResponse`."""
    fields: dict[str, Any] = {
        "__doc__": "A page of a list, starting at `offset`.",
        "data": item(many=True),
        "total": serializers.IntegerField(),
        "offset": serializers.IntegerField(),
        "limit": serializers.IntegerField(),
    }
    return type(f"{item.__name__.removesuffix('Response')}ListResponse", (ResponseSerializer,), fields)


class DeletedResponse(ResponseSerializer):
    """Confirms a deletion."""

    id = serializers.CharField(source="*")  # no response is empty (R105, W4)
    deleted = ConstantField(True)


class ErrorResponse(ResponseSerializer):
    """An error. `errors` maps each invalid field to messages about it."""

    code = serializers.IntegerField(help_text="The HTTP status.")
    error_code = serializers.CharField()
    msg = serializers.CharField()
    errors = MessagesField(required=False)  # type: ignore[assignment]


def represent_money(amount: Any, currency: str) -> dict[str, Any]:
    """Return a `MoneyResponse`, with the amount as a JSON number (W8)."""
    return {"amount": float(round_money(amount)), "asset_id": currency}


def _dict_getter(key: str) -> Getter:
    return lambda row: row.get(key)


def _identity(instance: Any) -> Any:
    return instance
