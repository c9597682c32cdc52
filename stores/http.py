"""The request as our views see it."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_ipv46_address
from django.http import HttpRequest

from stores.models import Store


class ShopRequest(HttpRequest):
    """A request to a shop: `store` is set by `StoreMiddleware`."""

    store: Store


def client_ip(request: HttpRequest) -> str | None:
    """Return the shopper's address: behind a proxy that we trust, the last one it wrote down."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:
        address = request.headers.get("X-Forwarded-For", address).rpartition(",")[2].strip()
    try:
        validate_ipv46_address(address)
    except ValidationError:
        return None
    return address
