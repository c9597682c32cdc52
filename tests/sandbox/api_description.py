"""The published description of the Admin API, and validators for its schemas.

The description is not part of this repository. ``ADMIN_API_DESCRIPTION`` is the path of a copy; without
one, the tests that need it are skipped.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import requests
import yaml
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.sandbox_process import ROOT

DEFAULT_PATH = ROOT.parent / "shared" / "facts" / "admin-api-2024-04-01.yaml"
DESCRIPTION_PATH = Path(os.environ.get("ADMIN_API_DESCRIPTION", DEFAULT_PATH))
# The description declares one object for these; they are lists.
LIST_OPERATIONS = {"productsVariantList", "ordersFulfillmentsRetrieve", "usersOrdersRetrieve"}
BASE_VALIDATOR = jsonschema.Draft202012Validator


def _validate_type(validator: Any, types: Any, instance: Any, schema: dict[str, Any]) -> Iterator[Any]:
    """Validate ``type``, and accept null for ``nullable``, which the description keeps from OpenAPI 3.0."""
    if instance is None and schema.get("nullable"):
        return
    yield from BASE_VALIDATOR.VALIDATORS["type"](validator, types, instance, schema)


def _validate_required(validator: Any, names: Any, instance: Any, schema: dict[str, Any]) -> Iterator[Any]:
    """Validate ``required`` for a request, where read-only properties are never required (OpenAPI 3.1)."""
    properties = schema.get("properties", {})
    writable = [name for name in names if not properties.get(name, {}).get("readOnly")]
    yield from BASE_VALIDATOR.VALIDATORS["required"](validator, writable, instance, schema)


ResponseValidator = jsonschema.validators.extend(BASE_VALIDATOR, {"type": _validate_type})
RequestValidator = jsonschema.validators.extend(ResponseValidator, {"required": _validate_required})


class ApiDescription:
    def __init__(self, path: Path = DESCRIPTION_PATH) -> None:
        with path.open() as file:
            self.document: dict[str, Any] = yaml.load(file, Loader=yaml.CSafeLoader)
        resource = Resource.from_contents(self.document, default_specification=DRAFT202012)
        self.registry: Registry[Any] = Registry().with_resource("urn:admin-api", resource)
        self.operations = {
            operation["operationId"]: (path, method, operation)
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
            if isinstance(operation, dict) and "operationId" in operation
        }

    def check(self, value: Any, *where: str, validator: Any = ResponseValidator) -> None:
        """Validate ``value`` against the schema at the path ``where`` in the document."""
        pointer = "/".join(part.replace("~", "~0").replace("/", "~1") for part in where)
        validator(
            {"$ref": f"urn:admin-api#/{pointer}"},
            registry=self.registry,
            format_checker=jsonschema.FormatChecker(),
        ).validate(value)

    def check_response(self, operation: str, response: requests.Response) -> None:
        """Validate the status and body of an operation's successful response."""
        path, method, described = self.operations[operation]
        status = str(response.status_code)
        assert status in described["responses"], f"{operation} returned {status}: {response.text}"
        if "content" not in described["responses"][status]:
            assert response.content == b""
            return
        where = ("paths", path, method, "responses", status, "content", "application/json")
        values = response.json() if operation in LIST_OPERATIONS else [response.json()]
        assert values
        for value in values:
            self.check(value, *where, "schema")

    def check_request(self, operation: str, body: Any) -> None:
        """Validate a body sent to an operation."""
        path, method, _ = self.operations[operation]
        where = ("paths", path, method, "requestBody", "content", "application/json", "schema")
        self.check(body, *where, validator=RequestValidator)
