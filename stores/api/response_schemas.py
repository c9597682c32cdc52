"""The shapes of answers as TypedDicts: mypy holds the code to them, and they make the OpenAPI document."""

import datetime
import types
from collections.abc import Callable
from typing import (
    Any,
    Generic,
    Literal,
    TypedDict,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers

from stores.api.pagination import ModelType, QuerySetSlice
from stores.money import round_money

ItemType = TypeVar("ItemType")
JsonSchema = dict[str, Any]
_PRIMITIVE_SCHEMAS: dict[Any, JsonSchema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    Any: {},
}
# Every shape met so far, by name: the components of the OpenAPI document.
_component_schemas: dict[str, JsonSchema] = {}


class MoneyResponse(TypedDict):
    """An amount in whole units of its currency (R14)."""

    amount: float
    asset_id: str


class DeletedResponse(TypedDict):
    """What is gone (R105)."""

    id: str
    deleted: Literal[True]


class ListResponse(TypedDict, Generic[ItemType]):
    """One slice of a list (W13)."""

    data: list[ItemType]
    total: int
    offset: int
    limit: int


def serialize_list(
    found: QuerySetSlice[ModelType], shape: Callable[[ModelType], ItemType], *, offset: int, limit: int
) -> ListResponse[ItemType]:
    """Return a slice of rows, each in its shape."""
    return {
        "data": [shape(row) for row in found.rows],
        "total": found.total,
        "offset": offset,
        "limit": limit,
    }


def serialize_deleted(gone: str) -> DeletedResponse:
    """Return what a delete answers (R105, W4)."""
    return {"id": gone, "deleted": True}


def serialize_money(amount: Any, currency: str) -> MoneyResponse:
    """Return a money object; the amount is a JSON number (W8)."""
    return {"amount": float(round_money(amount)), "asset_id": currency}


def to_unix_seconds(moment: datetime.datetime | None) -> int | None:
    """Return a time in Unix seconds (R13)."""
    return None if moment is None else int(moment.timestamp())


def describe_endpoint(
    *,
    operation_id: str,
    summary: str,
    response: Any,
    body: type[serializers.Serializer] | None = None,
    query: type[serializers.Serializer] | None = None,
    errors: tuple[int, ...] = (400, 401),
) -> Callable[[Any], Any]:
    """Describe a view's method for the OpenAPI document; the summary is its first words to a reader.

    `response` is what stands in `data`; bytes are a PDF, without an envelope.
    """
    responses: dict[Any, Any] = (
        {(200, "application/pdf"): OpenApiTypes.BINARY}
        if response is bytes
        else {200: _json_response("Done.", _envelope_schema(build_schema(response)))}
    )
    responses |= {
        status: _json_response(_STATUS_DESCRIPTIONS[status], {"$ref": "#/components/schemas/Error"})
        for status in errors
    }
    return extend_schema(
        operation_id=operation_id,
        summary=summary,
        request={"application/json": body} if body else None,
        parameters=[query] if query else None,
        responses=responses,
    )


def build_schema(hint: Any) -> JsonSchema:
    """Return the JSON Schema of a type; a TypedDict becomes a component."""
    if is_typeddict(hint):
        return _add_component(hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if is_typeddict(origin):
        return _add_list_component(origin, arguments[0])
    if origin is list:
        return {"type": "array", "items": build_schema(arguments[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": build_schema(arguments[1]) or True}
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in {Union, types.UnionType}:
        return {"anyOf": [build_schema(argument) for argument in arguments]}
    return dict(_PRIMITIVE_SCHEMAS[hint])


def add_response_components(result: JsonSchema, generator: Any, request: Any, public: bool) -> JsonSchema:
    """Postprocessing hook of drf-spectacular: the components that answers are made of."""
    components = result.setdefault("components", {}).setdefault("schemas", {})
    components |= _component_schemas | {"Error": _ERROR_SCHEMA}
    return result


def _add_component(shape: Any) -> JsonSchema:
    name = shape.__name__.removesuffix("Response")
    if name not in _component_schemas:
        _component_schemas[name] = {}  # a shape may hold itself
        _component_schemas[name] |= _object_schema(shape, get_type_hints(shape))
    return {"$ref": f"#/components/schemas/{name}"}


def _add_list_component(shape: Any, item: Any) -> JsonSchema:
    """The component of a list, named by what is in it: `ListResponse[OrderResponse]` is `OrderList`."""
    name = f"{item.__name__.removesuffix('Response')}List"
    hints = get_type_hints(shape) | {"data": list[item]}
    _component_schemas[name] = _object_schema(shape, hints)
    return {"$ref": f"#/components/schemas/{name}"}


def _object_schema(shape: Any, hints: dict[str, Any]) -> JsonSchema:
    return {
        "type": "object",
        "description": (shape.__doc__ or "").strip(),
        "properties": {key: build_schema(hint) for key, hint in hints.items()},
        "required": sorted(shape.__required_keys__),
    }


def _envelope_schema(data: JsonSchema) -> JsonSchema:
    return {
        "type": "object",
        "properties": {
            "error_code": {"const": "success"},
            "msg": {"type": "string"},
            "data": data,
        },
        "required": ["error_code", "msg", "data"],
    }


def _json_response(description: str, schema: JsonSchema) -> Any:
    return OpenApiResponse(response=schema, description=description)


_ERROR_SCHEMA: JsonSchema = {
    "type": "object",
    "description": "What went wrong (R5). `errors` names the wrong fields, where fields are wrong.",
    "properties": {
        "code": {"type": "integer", "description": "The HTTP status."},
        "error_code": {"type": "string"},
        "msg": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    },
    "required": ["code", "error_code", "msg"],
}
_STATUS_DESCRIPTIONS = {
    400: "Something in the request is wrong.",
    401: "No valid API key.",
    403: "Not yours.",
    404: "There is no such thing, or it is not yours.",
    409: "It changed meanwhile, or its state does not allow this.",
    413: "The body is too large.",
    503: "The store was not reached; it is done as soon as it is.",
}
