"""The shapes of answers as TypedDicts: mypy holds the code to them, and they make the OpenAPI document."""

import types
from collections.abc import Callable
from typing import Any, Literal, TypedDict, Union, get_args, get_origin, get_type_hints, is_typeddict

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers

from stores.money import cents

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


def money(amount: Any, currency: str) -> MoneyShape:
    """Return a money object; the amount is a JSON number (W8)."""
    return {"amount": float(cents(amount)), "asset_id": currency}


def described(
    *,
    operation_id: str,
    summary: str,
    answer: Any,
    body: type[serializers.Serializer] | None = None,
    query: type[serializers.Serializer] | None = None,
    errors: tuple[int, ...] = (400, 401),
) -> Callable[[Any], Any]:
    """Describe a view's method for the OpenAPI document; the summary is its first words to a reader."""
    responses: dict[int, Any] = {200: _json("Done.", _envelope(schema_of(answer)))}
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
        hints = get_type_hints(shape)
        _shapes[name] |= {
            "type": "object",
            "description": (shape.__doc__ or "").strip(),
            "properties": {key: schema_of(hint) for key, hint in hints.items()},
            "required": sorted(shape.__required_keys__),
        }
    return {"$ref": f"#/components/schemas/{name}"}


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
}
