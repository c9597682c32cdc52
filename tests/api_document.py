"""Validates responses of the API against the OpenAPI document."""

import functools
import re
from typing import Any

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

# Statuses that any endpoint may return, so that the document doesn't list them for each.
COMMON_STATUSES = {401, 403, 405, 413, 429, 500}


def check_response(method: str, path: str, response: HttpResponse) -> None:
    """Assert that the document describes the response, with every field. Ignores unknown URLs and PDFs."""
    operations = find_operations(path.partition("?")[0])
    if operations is None or not response["Content-Type"].startswith("application/json"):
        return
    operation = operations.get(method.lower())
    described = operation and operation["responses"].get(str(response.status_code))
    if described:
        schema = described["content"]["application/json"]["schema"]
    else:
        assert response.status_code in COMMON_STATUSES, (method, path, response.status_code)
        schema = {"$ref": "#/components/schemas/ErrorResponse"}
    validator = Draft202012Validator({**schema, "components": build_document()["components"]})
    errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(response.json())]
    assert not errors, (method, path, errors)


def find_operations(path: str) -> dict[str, Any] | None:
    """Return the operations of a path. A literal path comes before one with parameters."""
    paths = build_document()["paths"]
    for template in sorted(paths, key=lambda template: template.count("{")):
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            return paths[template]
    return None


@functools.cache
def build_document() -> dict[str, Any]:
    """Return the OpenAPI document, but allow no keys that it doesn't describe."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    forbid_unknown_keys(document)
    return document


def forbid_unknown_keys(node: Any) -> None:
    if isinstance(node, list):
        for item in node:
            forbid_unknown_keys(item)
    elif isinstance(node, dict):
        if node.get("type") == "object" and "properties" in node:
            node.setdefault("additionalProperties", False)
        for item in node.values():
            forbid_unknown_keys(item)
