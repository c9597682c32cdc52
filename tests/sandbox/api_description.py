"""The published description of the Admin API, and validators for what it says.

It is not copied into the project; tests read it beside the checkout and say when it is absent.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import requests
import yaml
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.sandbox_process import ROOT

DESCRIPTION_PATH = ROOT.parent / "shared" / "facts" / "admin-api-2024-04-01.yaml"
# The description types these as one object and says in words that they are lists.
LIST_OPERATIONS = {"productsVariantList", "ordersFulfillmentsRetrieve", "usersOrdersRetrieve"}
BASE_VALIDATOR = jsonschema.Draft202012Validator


def _validate_type(validator: Any, types: Any, instance: Any, schema: dict[str, Any]) -> Iterator[Any]:
    """``type``, with the ``nullable`` that the description still carries from OpenAPI 3.0."""
    if instance is None and schema.get("nullable"):
        return
    yield from BASE_VALIDATOR.VALIDATORS["type"](validator, types, instance, schema)


def _validate_required(validator: Any, names: Any, instance: Any, schema: dict[str, Any]) -> Iterator[Any]:
    """``required``, which for a read-only property speaks of answers alone (OpenAPI 3.1)."""
    properties = schema.get("properties", {})
    sent = [name for name in names if not properties.get(name, {}).get("readOnly")]
    yield from BASE_VALIDATOR.VALIDATORS["required"](validator, sent, instance, schema)


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
        """``value`` against the schema at a place of the document."""
        pointer = "/".join(part.replace("~", "~0").replace("/", "~1") for part in where)
        validator(
            {"$ref": f"urn:admin-api#/{pointer}"},
            registry=self.registry,
            format_checker=jsonschema.FormatChecker(),
        ).validate(value)

    def check_response(self, operation: str, answer: requests.Response) -> None:
        """A successful answer of an operation: its status and its body."""
        path, method, described = self.operations[operation]
        status = str(answer.status_code)
        assert status in described["responses"], f"{operation} answered {status}: {answer.text}"
        if "content" not in described["responses"][status]:
            assert answer.content == b""
            return
        place = ("paths", path, method, "responses", status, "content", "application/json")
        values = answer.json() if operation in LIST_OPERATIONS else [answer.json()]
        assert values
        for value in values:
            self.check(value, *place, "schema")

    def check_request(self, operation: str, body: Any) -> None:
        """A body that is sent to an operation."""
        path, method, _ = self.operations[operation]
        place = ("paths", path, method, "requestBody", "content", "application/json", "schema")
        self.check(body, *place, validator=RequestValidator)
