"""The base class of all API views."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from stores.api.endpoints import Endpoint
from stores.models import Store


class StoreApiView(APIView):
    """A view limited to the store of the request's API key (R17).

    Responses are always in English, because error messages are part of the contract.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with translation.override("en"):
            return super().dispatch(request, *args, **kwargs)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        rate_limit = getattr(request, "rate_limit", None)
        for name, value in rate_limit.headers.items() if rate_limit else ():
            response[name] = value
        return response

    @property
    def store(self) -> Store:
        return self.request.auth.store  # type: ignore[union-attr]

    def read_body(self) -> dict[str, Any]:
        """Return the validated body. Raises ValidationError (400) if it is invalid."""
        return _validate_data(self._endpoint.body, self._json_body())

    def read_query(self) -> dict[str, Any]:
        """Return the validated query parameters.

        A JSON body can hold them too, but the query string takes precedence (X3). Empty means missing.
        Raises ValidationError (400) if one is invalid.
        """
        query = {name: value for name, value in self.request.query_params.items() if value != ""}
        return _validate_data(self._endpoint.query, {**self._json_body(), **query})

    def respond(self, instance: Any, **context: Any) -> Response:
        """Return a success with the object, as the endpoint's response serializer represents it."""
        serializer = self._endpoint.response
        assert serializer is not None
        return Response(serializer(instance, context={"store": self.store, **context}).data)

    @property
    def _endpoint(self) -> Endpoint:
        """What `declare_endpoint` says about the method that handles the request."""
        method = self.request.method or ""
        return getattr(self, method.lower()).endpoint

    def _json_body(self) -> Mapping[str, Any]:
        # For an empty body with a form content type, DRF returns a QueryDict.
        return self.request.data if type(self.request.data) is dict else {}


def _validate_data(
    serializer_class: type[serializers.Serializer] | None, data: Mapping[str, Any]
) -> dict[str, Any]:
    assert serializer_class is not None
    serializer = serializer_class(data=data)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data
