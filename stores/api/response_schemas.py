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

from stores.api.pagination import Row, Slice
from stores.money import cents

Item = TypeVar("Item")
Schema = dict[str, Any]
_BASIC: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    Any: {},
}
# Every shape met so far, by name: the components of the OpenAPI document.
_shapes: dict[str, Schema] = {}


class MoneyShape(TypedDict):
    """An amount in whole units of its currency (R14)."""

    amount: float
    asset_id: str


class DeletedShape(TypedDict):
    """What is gone (R105)."""

    id: str
    deleted: Literal[True]


class ListShape(TypedDict, Generic[Item]):
    """One slice of a list (W13)."""

    data: list[Item]
    total: int
    offset: int
    limit: int


def list_shape(
    found: Slice[Row], shape: Callable[[Row], Item], *, offset: int, limit: int
) -> ListShape[Item]:
    """Return a slice of rows, each in its shape."""
    return {
        "data": [shape(row) for row in found.rows],
        "total": found.total,
        "offset": offset,
        "limit": limit,
    }


def deleted_shape(gone: str) -> DeletedShape:
    """Return what a delete answers (R105, W4)."""
    return {"id": gone, "deleted": True}


def money(amount: Any, currency: str) -> MoneyShape:
    """Return a money object; the amount is a JSON number (W8)."""
    return {"amount": float(cents(amount)), "asset_id": currency}


def seconds(moment: datetime.datetime | None) -> int | None:
    """Return a time in Unix seconds (R13)."""
    return None if moment is None else int(moment.timestamp())


def described(
    *,
    operation_id: str,
    summary: str,
    answer: Any,
    body: type[serializers.Serializer] | None = None,
    query: type[serializers.Serializer] | None = None,
    errors: tuple[int, ...] = (400, 401),
) -> Callable[[Any], Any]:
    """Describe a view's method for the OpenAPI document; the summary is its first words to a reader.

    `answer` is what stands in `data`; bytes are a PDF, without an envelope.
    """
    responses: dict[Any, Any] = (
        {(200, "application/pdf"): OpenApiTypes.BINARY}
        if answer is bytes
        else {200: _json("Done.", _envelope(schema_of(answer)))}
    )
    responses |= {
        status: _json(_REASONS[status], {"$ref": "#/components/schemas/Error"}) for status in errors
    }
    return extend_schema(
        operation_id=operation_id,
        summary=summary,
        request={"application/json": body} if body else None,
        parameters=[query] if query else None,
        responses=responses,
    )


def schema_of(hint: Any) -> Schema:
    """Return the JSON Schema of a type; a TypedDict becomes a component."""
    if is_typeddict(hint):
        return _component(hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if is_typeddict(origin):
        return _list_component(origin, arguments[0])
    if origin is list:
        return {"type": "array", "items": schema_of(arguments[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema_of(arguments[1]) or True}
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in {Union, types.UnionType}:
        return {"anyOf": [schema_of(argument) for argument in arguments]}
    return dict(_BASIC[hint])


def add_shapes(result: Schema, generator: Any, request: Any, public: bool) -> Schema:
    """Postprocessing hook of drf-spectacular: the components that answers are made of."""
    components = result.setdefault("components", {}).setdefault("schemas", {})
    components |= _shapes | {"Error": _ERROR}
    return result


def _component(shape: Any) -> Schema:
    name = shape.__name__.removesuffix("Shape")
    if name not in _shapes:
        _shapes[name] = {}  # a shape may hold itself
        _shapes[name] |= _object_schema(shape, get_type_hints(shape))
    return {"$ref": f"#/components/schemas/{name}"}


def _list_component(shape: Any, item: Any) -> Schema:
    """The component of a list, named by what is in it: `ListShape[OrderShape]` is `OrderList`."""
    name = f"{item.__name__.removesuffix('Shape')}List"
    hints = get_type_hints(shape) | {"data": list[item]}
    _shapes[name] = _object_schema(shape, hints)
    return {"$ref": f"#/components/schemas/{name}"}


def _object_schema(shape: Any, hints: dict[str, Any]) -> Schema:
    return {
        "type": "object",
        "description": (shape.__doc__ or "").strip(),
        "properties": {key: schema_of(hint) for key, hint in hints.items()},
        "required": sorted(shape.__required_keys__),
    }


def _envelope(data: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {
            "error_code": {"const": "success"},
            "msg": {"type": "string"},
            "data": data,
        },
        "required": ["error_code", "msg", "data"],
    }


def _json(description: str, schema: Schema) -> Any:
    return OpenApiResponse(response=schema, description=description)


_ERROR: Schema = {
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
_REASONS = {
    400: "Something in the request is wrong.",
    401: "No valid API key.",
    403: "Not yours.",
    404: "There is no such thing, or it is not yours.",
    409: "It changed meanwhile, or its state does not allow this.",
    413: "The body is too large.",
    503: "The store was not reached; it is done as soon as it is.",
}
