"""API errors in their envelope, `{code, error_code, msg}` (R5, R6, X17).

An optional key, `errors`, maps each invalid field to messages about it. It is our addition.
"""

import logging
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from stores.api.parsers import RequestTooLarge
from stores.api.serializers import ErrorResponse
from stores.errors import Problem

INVALID_REQUEST = "invalid_request_error"
INVALID_PARAMETERS_MESSAGE = "Invalid parameters"  # R7
ERROR_CODES = {
    400: INVALID_REQUEST,
    401: "unauthorized",
    403: "forbidden",
    404: "resource_not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "request_too_large",
    429: "rate_limited",
    500: "internal_error",
}

logger = logging.getLogger(__name__)


def build_error_envelope(
    status: int, msg: str, *, error_code: str = "", errors: dict[str, list[str]] | None = None
) -> dict[str, Any]:
    """Return the error envelope; it has no `data` (R5)."""
    return ErrorResponse(
        {
            "code": status,
            "error_code": error_code or ERROR_CODES.get(status, INVALID_REQUEST),
            "msg": msg,
            "errors": errors or None,
        }
    ).data


def api_exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """Turn any exception into the error envelope. Unexpected ones are logged and become a 500."""
    set_rollback()
    if isinstance(error, Problem):
        fields = {error.field: [error.message]} if error.field else None
        return Response(
            build_error_envelope(error.status, error.message, error_code=error.code, errors=fields),
            status=error.status,
            headers=error.headers,
        )
    if isinstance(error, exceptions.ValidationError):
        return Response(
            build_error_envelope(
                400, INVALID_PARAMETERS_MESSAGE, errors=_group_errors_by_field(error.detail)
            ),
            status=400,
        )
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, RequestDataTooBig):
        error = RequestTooLarge()
    if isinstance(error, exceptions.APIException):
        response = Response(
            build_error_envelope(error.status_code, str(error.detail)), status=error.status_code
        )
        if header := getattr(error, "auth_header", None):
            response["WWW-Authenticate"] = header
        return response
    logger.error("Unhandled API error on %s", context["request"].path, exc_info=error)
    return Response(
        build_error_envelope(500, "Something went wrong on our end. Try again later."), status=500
    )


@csrf_exempt
def api_not_found_view(request: HttpRequest, path: str = "") -> JsonResponse:
    """Return the 404 envelope for unknown URLs under /v1."""
    return JsonResponse(build_error_envelope(404, "Unknown API endpoint."), status=404)


def _group_errors_by_field(detail: Any) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, message in _flatten_errors(detail):
        fields.setdefault(name or "body", []).append(message)
    return fields


def _flatten_errors(detail: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield (field, message). Nested fields are joined by dots: `addon_variants.0.variant_id`."""
    if isinstance(detail, dict):
        for key, item in detail.items():
            inner = name if key == "non_field_errors" else f"{name}.{key}" if name else str(key)
            yield from _flatten_errors(item, inner)
    elif isinstance(detail, list):
        nested = any(isinstance(item, dict) for item in detail)
        for number, item in enumerate(detail):
            yield from _flatten_errors(item, f"{name}.{number}" if nested else name)
    else:
        yield name, str(detail)
