"""Filters by day: YYYY-MM-DD, in the store's timezone."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request


def days(*, request: Request, zone: ZoneInfo, names: dict[str, str]) -> dict[str, datetime]:
    """Look-ups for the day filters of a request; ``__gte`` starts a day, ``__lte`` ends it."""
    return {
        lookup: _edge(name, request.query_params[name], last=lookup.endswith("__lte"), zone=zone)
        for name, lookup in names.items()
        if request.query_params.get(name)
    }


def _edge(name: str, value: str, *, last: bool, zone: ZoneInfo) -> datetime:
    try:
        day = serializers.DateField().run_validation(value)
    except ValidationError as error:
        raise ValidationError({name: error.detail}) from error
    return datetime.combine(day, time.max if last else time.min, tzinfo=zone)
