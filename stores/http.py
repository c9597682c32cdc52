"""The request class for type annotations, and the client's IP address."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_ipv46_address
from django.http import HttpRequest

from stores.models import Store


class ShopRequest(HttpRequest):
    """A request to a shop; `StoreMiddleware` sets `store`."""

    store: Store


def client_ip(request: HttpRequest) -> str | None:
    """Return the client's IP address, or None if invalid; behind a trusted proxy, the one that it reports."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:
        address = request.headers.get("X-Forwarded-For", address).rpartition(",")[2].strip()
    try:
        validate_ipv46_address(address)
    except ValidationError:
        return None
    return address
