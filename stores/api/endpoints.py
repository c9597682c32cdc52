"""The declaration of an API endpoint: its serializers, and what the OpenAPI document says about it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema

from stores.api.serializers import BodySerializer, ErrorResponse, QuerySerializer, ResponseSerializer

ViewMethod = TypeVar("ViewMethod", bound=Callable[..., Any])
_STATUS_DESCRIPTIONS = {
    400: "The request is invalid.",
    401: "The API key is missing or invalid.",
    403: "It belongs to another merchant.",
    404: "Not found in this store.",
    409: "It has changed since you read it, or its current state doesn't allow this.",
    413: "The request body is too large.",
    503: "NEXT Commerce could not be reached. The request is completed later.",
}


@dataclass(frozen=True)
class Endpoint:
    """The serializers of one method of an API view; `response` None means a PDF, which has no envelope."""

    response: type[ResponseSerializer] | None
    body: type[BodySerializer] | None = None
    query: type[QuerySerializer] | None = None


def declare_endpoint(
    *,
    operation_id: str,
    summary: str,
    response: type[ResponseSerializer] | None,
    body: type[BodySerializer] | None = None,
    query: type[QuerySerializer] | None = None,
    errors: tuple[int, ...] = (400, 401),
) -> Callable[[ViewMethod], ViewMethod]:
    """Declare what a view method reads and returns.

    `StoreApiView` reads and responds with these serializers, and the OpenAPI document is generated from them;
    the docstring of the method is its description there.
    """
    responses: dict[Any, Any] = (
        {200: OpenApiResponse(response, description="Success.")}
        if response
        else {(200, "application/pdf"): OpenApiTypes.BINARY}
    )
    responses |= {
        status: OpenApiResponse(ErrorResponse, description=_STATUS_DESCRIPTIONS[status]) for status in errors
    }

    def decorate(method: ViewMethod) -> ViewMethod:
        method.endpoint = Endpoint(response=response, body=body, query=query)  # type: ignore[attr-defined]
        return extend_schema(
            operation_id=operation_id,
            summary=summary,
            request={"application/json": body} if body else None,
            parameters=[query] if query else None,
            responses=responses,
        )(method)

    return decorate
