"""Parse JSON so that PostgreSQL can store it: no NUL, no lone surrogate, no NaN (S30)."""

import json
import math
import re
from typing import Any

# NUL and lone surrogates can only come from an escape sequence.
_SUSPECT_ESCAPE = re.compile(r"\\u(?:0000|d[89a-f])", re.IGNORECASE)


def parse_json(content: bytes) -> Any:
    """Return the parsed JSON, with U+FFFD for characters that can't be stored and null for NaN and infinity.

    Raises ValueError for invalid JSON or bytes that are not UTF-8, and RecursionError for deep nesting.
    """
    text = content.decode("utf-8-sig")
    data = json.loads(text, parse_constant=lambda _name: None, parse_float=_parse_finite_float)
    return _clean_value(data) if _SUSPECT_ESCAPE.search(text) else data


def _parse_finite_float(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _clean_value(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_clean_value(item) for item in value]
    if isinstance(value, dict):
        return {_clean_value(name): _clean_value(item) for name, item in value.items()}
    return value
