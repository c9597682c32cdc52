"""Response types, and the OpenAPI document built from them.

Every response is a TypedDict: mypy checks the code against it, and it becomes a component of the document,
with its docstring as the description.
"""

import datetime
import inspect
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
# Filled by `build_schema`: the components of the OpenAPI document by name.
_component_schemas: dict[str, JsonSchema] = {}


class MoneyResponse(TypedDict):
    """An amount in major units of its currency."""

    amount: float
    asset_id: str


class DeletedResponse(TypedDict):
    """Confirms a deletion."""

    id: str
    deleted: Literal[True]


class ListResponse(TypedDict, Generic[ItemType]):
    """A page of a list, starting at `offset`."""

    data: list[ItemType]
    total: int
    offset: int
    limit: int


def serialize_list(
    found: QuerySetSlice[ModelType], serialize: Callable[[ModelType], ItemType], *, offset: int, limit: int
) -> ListResponse[ItemType]:
    """Serialize a slice of rows."""
    return {
        "data": [serialize(row) for row in found.rows],
        "total": found.total,
        "offset": offset,
        "limit": limit,
    }


def serialize_deleted(deleted_id: str) -> DeletedResponse:
    """Return the response of a DELETE, which is never empty (R105, W4)."""
    return {"id": deleted_id, "deleted": True}


def serialize_money(amount: Any, currency: str) -> MoneyResponse:
    """Serialize an amount, as a JSON number (W8), with its currency."""
    return {"amount": float(round_money(amount)), "asset_id": currency}


def to_unix_seconds(moment: datetime.datetime | None) -> int | None:
    """Return a time in Unix seconds (R13), or None."""
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
    """Describe a view method in the OpenAPI document; its docstring is the description.

    `response` is the type of `data`. `bytes` means a PDF, which has no envelope.
    """
    responses: dict[Any, Any] = (
        {(200, "application/pdf"): OpenApiTypes.BINARY}
        if response is bytes
        else {200: _json_response("Success.", _envelope_schema(build_schema(response)))}
    )
    responses |= {
        status: _json_response(_STATUS_DESCRIPTIONS[status], {"$ref": "#/components/schemas/ErrorResponse"})
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
    """Add the response components to the document: a postprocessing hook of drf-spectacular."""
    components = result.setdefault("components", {}).setdefault("schemas", {})
    components |= _component_schemas | {"ErrorResponse": _ERROR_SCHEMA}
    return result


def _add_component(response_type: Any) -> JsonSchema:
    name = response_type.__name__
    if name not in _component_schemas:
        _component_schemas[name] = {}  # set first, since a type may contain itself
        _component_schemas[name] |= _object_schema(response_type, get_type_hints(response_type))
    return {"$ref": f"#/components/schemas/{name}"}


def _add_list_component(list_type: Any, item_type: Any) -> JsonSchema:
    """Add a list, named after its items: `ListResponse[OrderResponse]` is `OrderListResponse`."""
    name = f"{item_type.__name__.removesuffix('Response')}ListResponse"
    hints = get_type_hints(list_type) | {"data": list[item_type]}
    _component_schemas[name] = _object_schema(list_type, hints)
    return {"$ref": f"#/components/schemas/{name}"}


def _object_schema(response_type: Any, hints: dict[str, Any]) -> JsonSchema:
    return {
        "type": "object",
        "description": inspect.getdoc(response_type) or "",
        "properties": {key: build_schema(hint) for key, hint in hints.items()},
        "required": sorted(response_type.__required_keys__),
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
    "description": "An error. `errors` maps each invalid field to messages about it.",
    "properties": {
        "code": {"type": "integer", "description": "The HTTP status."},
        "error_code": {"type": "string"},
        "msg": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    },
    "required": ["code", "error_code", "msg"],
}
_STATUS_DESCRIPTIONS = {
    400: "The request is invalid.",
    401: "The API key is missing or invalid.",
    403: "It belongs to another merchant.",
    404: "Not found in this store.",
    409: "It has changed since you read it, or its current state doesn't allow this.",
    413: "The request body is too large.",
    503: "NEXT Commerce could not be reached. The request is completed later.",
}
