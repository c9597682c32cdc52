"""Parsers for single values of a NEXT response. An invalid value becomes None or an empty default."""

import datetime
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

JsonMapping = Mapping[str, Any]

# Larger numbers don't fit our columns: ten digits before the decimal point, and 64-bit integers.
_AMOUNT_LIMIT = Decimal(10**10)
_INTEGER_LIMIT = 2**63


def parse_text(value: Any) -> str:
    """Return the value as text; None becomes the empty string."""
    return value if isinstance(value, str) else "" if value is None else str(value)


def parse_amount(value: Any) -> Decimal | None:
    """Return a decimal string or number as a Decimal, or None if it is invalid or too large."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < _AMOUNT_LIMIT else None


def parse_integer(value: Any) -> int | None:
    """Return an integer that fits 64 bits, or None."""
    is_valid = isinstance(value, int) and not isinstance(value, bool) and abs(value) < _INTEGER_LIMIT
    return value if is_valid else None


def parse_timestamp(value: Any) -> datetime.datetime | None:
    """Return an ISO 8601 time as an aware datetime, or None. A naive time is read as UTC."""
    try:
        parsed = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if parsed is not None and timezone.is_naive(parsed):
        return parsed.replace(tzinfo=datetime.UTC)
    return parsed


def parse_mapping(value: Any) -> dict[str, Any]:
    """Return a JSON object, or an empty dict for any other value."""
    return value if isinstance(value, dict) else {}


def iter_objects(value: Any) -> Iterator[JsonMapping]:
    """Yield the JSON objects in a list; other items, and values that are not a list, are skipped."""
    return (item for item in (value if isinstance(value, list) else []) if isinstance(item, dict))
