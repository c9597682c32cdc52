"""Where the shopper may come from, and go to."""

from django.conf import settings
from django.http import HttpRequest


def guess_country(request: HttpRequest) -> str:
    """Return the country of the browser's first language, as `en-GB` names one, or nothing."""
    first = request.headers.get("Accept-Language", "").split(",")[0].partition(";")[0]
    region = first.strip().rpartition("-")[2]
    return region.upper() if len(region) == 2 and "-" in first else ""


def form_action_sources() -> list[str]:
    """Where the checkout's answer may send the browser: any store is on https, a sandbox on this machine."""
    loopback = ["http://localhost:*", "http://127.0.0.1:*"] if settings.NEXT_API_ALLOW_HTTP else []
    return ["'self'", "https:", *loopback]
