"""JSON bodies as the official clients send them."""

import json
import math
from typing import Any

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

_MAX_DEPTH = 32


class RequestTooLarge(APIException):
    """The body is larger than any request here needs."""

    status_code = 413
    default_detail = "The body is too large."


class TolerantJSONParser(BaseParser):
    """A JSON object, whatever the content type says; an empty body is an empty object (W9).

    What no database column holds (NUL, lone surrogates, infinite numbers) is refused here, once for all.
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
            raise ParseError("The body is not JSON.") from None
        if not isinstance(body, dict):
            raise ParseError("The body must be a JSON object.")
        _check_json_values(body)
        return body


def _check_json_values(body: Any) -> None:
    waiting = [(body, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > _MAX_DEPTH:
            raise ParseError("The body is nested too deeply.")
        if isinstance(value, dict):
            waiting += ((item, depth + 1) for pair in value.items() for item in pair)
        elif isinstance(value, list):
            waiting += ((item, depth + 1) for item in value)
        elif isinstance(value, str) and not is_storable_text(value):
            raise ParseError("The body holds a character that cannot be stored.")
        elif isinstance(value, float) and not math.isfinite(value):
            raise ParseError("The body holds a number that is none.")


def is_storable_text(text: str) -> bool:
    """Tell whether a database can hold the text: no NUL, no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
