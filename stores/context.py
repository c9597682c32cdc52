"""What every template sees."""

from typing import Any

from django.http import HttpRequest


def store(request: HttpRequest) -> dict[str, Any]:
    """Return the request's store, still unread until a template uses it."""
    return {"store": getattr(request, "store", None)}
