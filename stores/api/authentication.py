"""HTTP Basic authentication with the API key as the user name (R2)."""

import base64
import binascii
from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from stores.models import ApiKey
from stores.rate_limits import RateLimit, TooManyRequests, count_request, find_client_network

_LAST_USED_INTERVAL = timedelta(minutes=1)


class ApiKeyAuthentication(BaseAuthentication):
    """Finds the API key of a request. `request.auth.store` is the store it belongs to.

    Requests with a valid key are limited by key, those with an invalid one by IP address.
    Raises TooManyRequests.
    """

    def authenticate(self, request: Request) -> tuple[None, ApiKey] | None:
        scheme, _space, credentials = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        key = (
            ApiKey.objects.find_by_secret(_parse_username(credentials)) if scheme.lower() == "basic" else None
        )
        if key is None:
            _count_api_request(request, "api_address", find_client_network(request))
            raise AuthenticationFailed(
                "Invalid API key. Send your key as the user name, with an empty password."
            )
        _count_api_request(request, "api_key", str(key.pk))
        now = timezone.now()
        if key.last_used_at is None or now - key.last_used_at >= _LAST_USED_INTERVAL:
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
        return None, key

    def authenticate_header(self, request: Request) -> str:
        return 'Basic realm="api", charset="UTF-8"'


class HasApiKey(BasePermission):
    """Allows requests with a valid API key, and counts those without any key by IP address.

    Raises TooManyRequests.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if isinstance(request.auth, ApiKey):
            return True
        _count_api_request(request, "api_address", find_client_network(request))
        return False


def _count_api_request(request: Request, kind: str, client: str) -> None:
    """Count the request and keep its limit for the response's headers. Raises TooManyRequests."""
    rate_limit: RateLimit = count_request(kind, client=client)
    request.rate_limit = rate_limit  # type: ignore[attr-defined]
    if rate_limit.is_exceeded:
        raise TooManyRequests(rate_limit)


def _parse_username(credentials: str) -> str:
    try:
        text = base64.b64decode(credentials.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
    return text.partition(":")[0]
