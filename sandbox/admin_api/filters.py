"""Filters of lists that can be written wrongly: days, numbers and amounts."""

from datetime import datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from sandbox.catalog import BIGGEST, MoneyField


def days(*, request: Request, zone: ZoneInfo, names: dict[str, str]) -> dict[str, datetime]:
    """Look-ups for the day filters of a request (YYYY-MM-DD in the store's timezone).

    ``__gte`` starts a day, ``__lte`` ends it.
    """
    return {
        lookup: _edge(name, request.query_params[name], last=lookup.endswith("__lte"), zone=zone)
        for name, lookup in names.items()
        if request.query_params.get(name)
    }


def several(*, request: Request, names: dict[str, str]) -> list[dict[str, list[Any]]]:
    """Look-ups for filters that may be given several times; ids must be numbers."""
    found = []
    for name, column in names.items():
        given: list[Any] = request.query_params.getlist(name)
        if column.endswith("_id"):
            given = [_checked(name, serializers.IntegerField(max_value=BIGGEST), value) for value in given]
        if given:
            found.append({f"{column}__in": given})
    return found


def amounts(*, request: Request, names: dict[str, str]) -> dict[str, Decimal]:
    """Look-ups for filters by amount."""
    return {
        lookup: _checked(name, MoneyField(), request.query_params[name])
        for name, lookup in names.items()
        if request.query_params.get(name)
    }


def _edge(name: str, value: str, *, last: bool, zone: ZoneInfo) -> datetime:
    day = _checked(name, serializers.DateField(), value)
    return datetime.combine(day, time.max if last else time.min, tzinfo=zone)


def _checked(name: str, field: "serializers.Field[Any, Any, Any, Any]", value: str) -> Any:
    try:
        return field.run_validation(value)
    except ValidationError as error:
        raise ValidationError({name: error.detail}) from error
