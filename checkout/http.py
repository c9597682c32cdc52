"""What a request says about its shopper."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_ipv46_address
from django.http import HttpRequest


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


def likely_country(request: HttpRequest) -> str:
    """Return the country of the browser's first language, as `en-GB` names one, or nothing."""
    first = request.headers.get("Accept-Language", "").split(",")[0].partition(";")[0]
    region = first.strip().rpartition("-")[2]
    return region.upper() if len(region) == 2 and "-" in first else ""


def form_targets() -> list[str]:
    """Where the checkout's answer may send the browser: any store is on https, a sandbox on this machine."""
    loopback = ["http://localhost:*", "http://127.0.0.1:*"] if settings.ADMIN_API_ALLOW_HTTP else []
    return ["'self'", "https:", *loopback]
