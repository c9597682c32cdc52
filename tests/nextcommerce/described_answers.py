"""Answers of the Admin API as hypothesis strategies, generated from its published description.

Each generated answer is valid by the description, and few are sensible: that is the point.
"""

import datetime
from typing import Any

from hypothesis import strategies as st

from tests.sandbox.api_description import ApiDescription

# Objects nested deeper than this are empty, so that answers stay small.
MAX_DEPTH = 6
ODD_TEXTS = ["", "\0", "0", "-1", "NaN", "1e400", "x" * 3000, "🛒" * 200, "<script>", "https://[", "{}"]
ODD_NUMBERS = [0, -1, 1, 2**31, 2**63 - 1, 2**63, 10**30]
ODD_AMOUNTS = ["0.00", "-5.00", "0.005", "9999999999.99", "12345678901234.56", "54.00"]
ODD_TIMES = [
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z",
    "2026-02-30T00:00:00Z",
    "2026-11-28T12:00:00",
    "2126-01-01T00:00:00+14:00",
]


def describe_answers(description: ApiDescription, operation: str) -> st.SearchStrategy[Any]:
    """Return a strategy of bodies that the operation may answer with 200 or 201."""
    _path, _method, described = description.operations[operation]
    responses = described["responses"]
    answer = next(responses[status] for status in ("200", "201") if status in responses)
    return _strategy_of(answer["content"]["application/json"]["schema"], description, depth=0)


def _strategy_of(
    schema: dict[str, Any], description: ApiDescription, *, depth: int
) -> st.SearchStrategy[Any]:
    while "$ref" in schema:
        schema = _follow(schema["$ref"], description)
    if parts := schema.get("allOf") or schema.get("oneOf") or schema.get("anyOf"):
        strategy = st.one_of([_strategy_of(part, description, depth=depth) for part in parts])
    elif "enum" in schema:
        strategy = st.sampled_from(schema["enum"])
    else:
        strategy = _strategy_of_type(schema, description, depth=depth)
    return st.one_of(st.none(), strategy) if schema.get("nullable") else strategy


def _follow(reference: str, description: ApiDescription) -> dict[str, Any]:
    found: Any = description.document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def _strategy_of_type(
    schema: dict[str, Any], description: ApiDescription, *, depth: int
) -> st.SearchStrategy[Any]:
    kind = schema.get("type", "object")
    if kind == "string":
        return _texts(schema)
    if kind == "integer":
        return st.sampled_from(ODD_NUMBERS) | st.integers(0, 10**6)
    if kind == "number":
        return st.sampled_from(ODD_NUMBERS) | st.floats(allow_nan=False, allow_infinity=False)
    if kind == "boolean":
        return st.booleans()
    if depth >= MAX_DEPTH:
        return st.just([] if kind == "array" else {})
    if kind == "array":
        items = _strategy_of(schema.get("items", {}), description, depth=depth + 1)
        return st.lists(items, max_size=3)
    return _objects(schema, description, depth=depth)


def _objects(schema: dict[str, Any], description: ApiDescription, *, depth: int) -> st.SearchStrategy[Any]:
    fields = {
        name: st.deferred(lambda part=part: _strategy_of(part, description, depth=depth + 1))  # type: ignore[misc]
        for name, part in schema.get("properties", {}).items()
    }
    required = set(schema.get("required", ()))
    return st.fixed_dictionaries(
        {name: strategy for name, strategy in fields.items() if name in required},
        optional={name: strategy for name, strategy in fields.items() if name not in required},
    )


def _texts(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    if schema.get("format") == "date-time":
        times = st.datetimes(timezones=st.just(datetime.UTC)).map(datetime.datetime.isoformat)
        return st.sampled_from(ODD_TIMES) | times
    if schema.get("format") == "decimal" or "pattern" in schema:
        return st.sampled_from(ODD_AMOUNTS)
    return st.sampled_from(ODD_TEXTS) | st.text(max_size=20)
