"""Basic authentication with the API key as user name (R2)."""

from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission


class ApiKeyAuthentication(BaseAuthentication):
    """Finds the store an API key speaks for."""

    def authenticate(self, request: Any) -> Any:
        return None


class HasApiKey(BasePermission):
    """Only with a valid key."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return request.auth is not None
