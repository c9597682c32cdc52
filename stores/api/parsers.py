"""Parsing of JSON request bodies."""

import json
import math
from typing import Any

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

_MAX_DEPTH = 32


class RequestTooLarge(APIException):
    """The request body is over `DATA_UPLOAD_MAX_MEMORY_SIZE`."""

    status_code = 413
    default_detail = "The request body is too large."


class TolerantJSONParser(BaseParser):
    """Parses a JSON object, whatever the content type. An empty body is an empty object (W9).

    Rejects values that no database column can hold: NUL, lone surrogates, and infinite numbers.
    """

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        content = stream.read(limit + 1)
        if len(content) > limit:
            raise RequestTooLarge
        if not content.strip():
            return {}
        try:
            body = json.loads(content.decode())
        except (ValueError, RecursionError):
            raise ParseError("The request body is not valid JSON.") from None
        if not isinstance(body, dict):
            raise ParseError("The request body must be a JSON object.")
        _check_json_values(body)
        return body


def _check_json_values(body: Any) -> None:
    pending = [(body, 0)]
    while pending:
        value, depth = pending.pop()
        if depth > _MAX_DEPTH:
            raise ParseError("The request body is nested too deeply.")
        if isinstance(value, dict):
            pending += [(item, depth + 1) for item in (*value, *value.values())]
        elif isinstance(value, list):
            pending += [(item, depth + 1) for item in value]
        else:
            _check_json_scalar(value)


def _check_json_scalar(value: Any) -> None:
    if isinstance(value, str) and not is_storable_text(value):
        raise ParseError("The request body contains a character that can't be stored.")
    if isinstance(value, float) and not math.isfinite(value):
        raise ParseError("The request body contains NaN or an infinite number.")


def is_storable_text(text: str) -> bool:
    """Return True if a database can store the text: it has no NUL and no lone surrogates."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
