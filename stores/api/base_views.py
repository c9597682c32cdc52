"""The base class of all API views."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

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
        return response

    @property
    def store(self) -> Store:
        return self.request.auth.store  # type: ignore[union-attr]

    def read_body(self, serializer_class: type[serializers.Serializer]) -> dict[str, Any]:
        """Return the validated body. Raises ValidationError (400) if it is invalid."""
        return _validate_data(serializer_class, self._json_body())

    def read_query(self, serializer_class: type[serializers.Serializer]) -> dict[str, Any]:
        """Return the validated query parameters.

        A JSON body can hold them too, but the query string takes precedence (X3). Empty means missing.
        Raises ValidationError (400) if one is invalid.
        """
        query = {name: value for name, value in self.request.query_params.items() if value != ""}
        return _validate_data(serializer_class, {**self._json_body(), **query})

    def _json_body(self) -> Mapping[str, Any]:
        # For an empty body with a form content type, DRF returns a QueryDict.
        return self.request.data if type(self.request.data) is dict else {}


def _validate_data(serializer_class: type[serializers.Serializer], data: Mapping[str, Any]) -> dict[str, Any]:
    serializer = serializer_class(data=data)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data
