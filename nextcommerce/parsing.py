"""Parsers for single values of a NEXT response. An invalid value becomes None or an empty default."""

import datetime
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

JsonMapping = Mapping[str, Any]

# Larger numbers don't fit our columns: ten digits before the decimal point, 32-bit and 64-bit integers.
_MAX_AMOUNT = Decimal("9999999999.99")
_QUANTITY_LIMIT = 2**31
_INTEGER_LIMIT = 2**63
# An exponent beyond this would make a number of many megabytes once written out.
_MAX_EXPONENT = 20
# Times outside these years can't be converted to every time zone, and no order has one.
_FIRST_YEAR, _LAST_YEAR = 1970, 2200
# What is safe in the path of a URL and fits our columns.
_ORDER_NUMBER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CURRENCY = re.compile(r"[A-Za-z]{3}")
# More than any order or product has.
_MAX_ITEMS = 10_000
_MAX_METADATA_KEYS = 100


def parse_text(value: Any) -> str:
    """Return text that any column can store, an integer as its digits, and "" for any other value."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    return "" if (number := parse_integer(value)) is None else str(number)


def parse_order_number(value: Any) -> str:
    """Return an order number that can be requested and stored, or ""."""
    number = parse_text(value)
    return number if _ORDER_NUMBER.fullmatch(number) else ""


def parse_currency(value: Any) -> str:
    """Return a currency code of three letters, in capitals, or ""."""
    return value.upper() if isinstance(value, str) and _CURRENCY.fullmatch(value) else ""


def parse_amount(value: Any) -> Decimal | None:
    """Return a decimal string or number as a Decimal, or None if it is invalid or too large."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except (InvalidOperation, ValueError):
        return None
    exponent = number.as_tuple().exponent
    is_valid = isinstance(exponent, int) and abs(exponent) <= _MAX_EXPONENT and abs(number) <= _MAX_AMOUNT
    return number if is_valid else None


def parse_price(value: Any) -> Decimal | None:
    """Return an amount of zero or more, or None."""
    amount = parse_amount(value)
    return None if amount is None or amount < 0 else amount


def parse_integer(value: Any) -> int | None:
    """Return an integer that fits 64 bits, or None."""
    is_valid = isinstance(value, int) and not isinstance(value, bool) and abs(value) < _INTEGER_LIMIT
    return value if is_valid else None


def parse_id(value: Any) -> int | None:
    """Return a positive integer that fits 64 bits, or None."""
    number = parse_integer(value)
    return None if number is None or number < 1 else number


def parse_quantity(value: Any) -> int | None:
    """Return an integer of zero or more that fits 32 bits, or None."""
    number = parse_integer(value)
    return None if number is None or not 0 <= number < _QUANTITY_LIMIT else number


def parse_timestamp(value: Any) -> datetime.datetime | None:
    """Return an ISO 8601 time with its UTC offset, or None if it has none or an impossible year."""
    try:
        parsed = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if parsed is None or timezone.is_naive(parsed) or not _FIRST_YEAR <= parsed.year <= _LAST_YEAR:
        return None
    return parsed


def parse_mapping(value: Any) -> dict[str, Any]:
    """Return a JSON object, or an empty dict for any other value."""
    return value if isinstance(value, dict) else {}


def parse_metadata(value: Any) -> dict[str, str | int]:
    """Return the texts and integers of a JSON object by key; other values are left out."""
    return {
        parse_text(name): parse_text(item) if isinstance(item, str) else item
        for name, item in islice(parse_mapping(value).items(), _MAX_METADATA_KEYS)
        if isinstance(item, str) or parse_integer(item) is not None
    }


def parse_list(value: Any) -> list[Any]:
    """Return a JSON list, without what follows its first 10,000 items, or [] for any other value."""
    return value[:_MAX_ITEMS] if isinstance(value, list) else []


def parse_texts(value: Any) -> tuple[str, ...]:
    """Return the texts in a list, or a single text, without empty ones."""
    texts = (parse_text(item) for item in (value if isinstance(value, list) else [value]))
    return tuple(text for text in islice(texts, _MAX_ITEMS) if text)


def iter_objects(value: Any) -> Iterator[JsonMapping]:
    """Yield the JSON objects in a list; other items, and values that are not a list, are skipped."""
    return (item for item in parse_list(value) if isinstance(item, dict))
