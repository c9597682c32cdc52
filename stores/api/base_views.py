"""What every API view has in common."""

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
    """A view that speaks for the store of the request's API key (R17), in English: codes and sentences
    are part of the contract."""

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
        """Return the checked body. Errors: ValidationError, 400."""
        return _validate_data(serializer_class, self._json_body())

    def read_query(self, serializer_class: type[serializers.Serializer]) -> dict[str, Any]:
        """Return the checked parameters of a list: the query wins over a JSON body (X3), empty is missing."""
        query = {name: value for name, value in self.request.query_params.items() if value != ""}
        return _validate_data(serializer_class, {**self._json_body(), **query})

    def _json_body(self) -> Mapping[str, Any]:
        # Without a body and with a form's content type, there is a QueryDict instead.
        return self.request.data if type(self.request.data) is dict else {}


def _validate_data(serializer_class: type[serializers.Serializer], data: Mapping[str, Any]) -> dict[str, Any]:
    serializer = serializer_class(data=data)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data
