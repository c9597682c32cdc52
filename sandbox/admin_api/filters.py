"""List filters that need validation: dates, ids and amounts."""

from datetime import datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from sandbox.catalog import MAX_INTEGER, MoneyField


def parse_day_filters(*, request: Request, zone: ZoneInfo, names: dict[str, str]) -> dict[str, datetime]:
    """Return lookups for the date filters of a request (YYYY-MM-DD in the store's time zone).

    ``__gte`` means the start of the day, ``__lte`` its end. Raises ValidationError for other formats.
    """
    return {
        lookup: _get_day_boundary(name, request.query_params[name], last=lookup.endswith("__lte"), zone=zone)
        for name, lookup in names.items()
        if request.query_params.get(name)
    }


def parse_multiple_filters(*, request: Request, names: dict[str, str]) -> list[dict[str, list[Any]]]:
    """Return lookups for filters that may be repeated. Raises ValidationError if an id is not a number."""
    lookups = []
    for name, column in names.items():
        values: list[Any] = request.query_params.getlist(name)
        if column.endswith("_id"):
            values = [
                _validate_query_value(name, serializers.IntegerField(max_value=MAX_INTEGER), value)
                for value in values
            ]
        if values:
            lookups.append({f"{column}__in": values})
    return lookups


def parse_amount_filters(*, request: Request, names: dict[str, str]) -> dict[str, Decimal]:
    """Return lookups for amount filters. Raises ValidationError if one is not a decimal amount."""
    return {
        lookup: _validate_query_value(name, MoneyField(), request.query_params[name])
        for name, lookup in names.items()
        if request.query_params.get(name)
    }


def _get_day_boundary(name: str, value: str, *, last: bool, zone: ZoneInfo) -> datetime:
    day = _validate_query_value(name, serializers.DateField(), value)
    return datetime.combine(day, time.max if last else time.min, tzinfo=zone)


def _validate_query_value(name: str, field: "serializers.Field[Any, Any, Any, Any]", value: str) -> Any:
    try:
        return field.run_validation(value)
    except ValidationError as error:
        raise ValidationError({name: error.detail}) from error
