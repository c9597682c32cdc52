"""The REST API under /v1; no address ends with a slash (R1)."""

from django.urls import URLPattern, URLResolver, include, path, re_path, register_converter

from stores.api.converters import IdConverter
from stores.api.errors import unknown_address
from stores.api.schema import OpenApiDocument, docs

register_converter(IdConverter, "api_id")

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/openapi.json", OpenApiDocument.as_view(), name="openapi"),
    path("v1/docs", docs, name="api_docs"),
    path("v1/", include("orders.api.urls")),
    re_path(r"^v1(?:/(?P<path>.*))?$", unknown_address),  # last
]
