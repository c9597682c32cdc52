"""The REST API under /v1; no address ends with a slash (R1)."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
