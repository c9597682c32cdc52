"""JSON from outside, made fit to keep: PostgreSQL takes no NUL, no half a character, and no NaN (S30)."""

import json
import math
import re
from typing import Any

# Only what is written as an escape can become one of these.
_SUSPECT = re.compile(r"\\u(?:0000|d[89a-f])", re.IGNORECASE)


def read_json(content: bytes) -> Any:
    """Return what the JSON says, with U+FFFD for what cannot be kept and null for NaN and infinities.

    Errors: ValueError (also for bytes that are no text), RecursionError.
    """
    text = content.decode("utf-8-sig")
    data = json.loads(text, parse_constant=lambda _name: None, parse_float=_finite)
    return _clean(data) if _SUSPECT.search(text) else data


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_clean(name): _clean(item) for name, item in value.items()}
    return value
