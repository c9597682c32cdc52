"""The OpenAPI document, and the page to read it and try the API."""

import functools
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from rest_framework.renderers import JSONRenderer


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """Describes `ApiKeyAuthentication` in the OpenAPI document."""

    target_class = "stores.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "basic",
            "description": "The API key is the user name; the password is empty.",
        }


def describe_success_responses(
    result: dict[str, Any], generator: object, request: object, public: bool
) -> dict[str, Any]:
    """Describe the envelope of `EnvelopeRenderer`: a postprocessing hook of drf-spectacular."""
    for operations in result["paths"].values():
        for operation in operations.values():
            content = operation["responses"]["200"]["content"].get("application/json")
            if content:
                content["schema"] = _envelope_schema(content["schema"])
    return result


def _envelope_schema(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "error_code": {"type": "string", "const": "success"},
            "msg": {"type": "string"},
            "data": data,
        },
        "required": ["error_code", "msg", "data"],
    }


@functools.cache
def render_openapi_document() -> bytes:
    """Generate the document of the API, once in the life of a process."""
    generator = SchemaGenerator()
    with translation.override("en"):
        return JSONRenderer().render(generator.get_schema(request=None, public=True))


@require_safe
def openapi_document_view(request: HttpRequest) -> HttpResponse:
    """`/v1/openapi.json`, public."""
    response = HttpResponse(render_openapi_document(), content_type="application/json")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def api_docs_view(request: HttpRequest) -> HttpResponse:
    """`/v1/docs`: the document as an interactive page that loads everything from this host."""
    return render(request, "api/docs.html")
