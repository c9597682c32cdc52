"""Routes of the REST API under /v1; none ends with a slash (R1). Each app routes its own."""

from django.urls import URLPattern, URLResolver, include, path, re_path, register_converter

from stores.api.errors import api_not_found_view
from stores.api.openapi import api_docs_view, openapi_document_view
from stores.ids import PublicIdConverter

register_converter(PublicIdConverter, "api_id")

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/openapi.json", openapi_document_view, name="openapi"),
    path("v1/docs", api_docs_view, name="api_docs"),
    path("v1/", include("catalog.api.urls")),
    path("v1/", include("orders.api.urls")),
    path("v1/", include("subscriptions.api.urls")),
    path("v1/", include("checkout.api.urls")),
    # Catches every other path below /v1, even one that contains a line break.
    re_path(r"^v1(?:/(?P<path>(?s:.*)))?\Z", api_not_found_view, name="api_not_found"),
]
