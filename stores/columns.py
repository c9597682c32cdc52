"""Fitting values from outside to the columns that store them."""

import datetime
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.operations import BaseDatabaseOperations
from django.utils import timezone

# Beyond these years a time cannot be converted to every time zone, and no order has one.
_FIRST_YEAR, _LAST_YEAR = 1970, 2200


def fit_to_columns(model: type[models.Model], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values`, by field name, as the model's columns can hold them.

    Text is cut and loses NUL characters, and a URL that is too long or invalid becomes empty. Amounts are
    rounded to the column's places. A number or time that doesn't fit becomes None where the column allows
    null, and is left out otherwise, so that the row keeps what it has.
    """
    fitted = {}
    for name, value in values.items():
        field = model._meta.get_field(name)
        try:
            fitted[name] = _fit_value(field, value)
        except ValueError:
            if field.null:
                fitted[name] = None
    return fitted


def _fit_value(field: Any, value: Any) -> Any:
    """Return the value as the field can hold it. Raises ValueError if it can't."""
    if value is None:
        if not field.null:
            raise ValueError
        return None
    if isinstance(field, models.URLField):
        return _fit_url(field, str(value))
    if isinstance(field, models.CharField | models.TextField):
        return str(value).replace("\0", "")[: field.max_length]
    if isinstance(field, models.DecimalField):
        return _fit_amount(field, value)
    if isinstance(field, models.DateTimeField):
        return _fit_time(value)
    if isinstance(field, models.IntegerField):
        return _fit_integer(field, value)
    return value


def _fit_url(field: "models.URLField[str, str]", url: str) -> str:
    try:
        field.run_validators(url)
    except ValidationError:
        return ""
    return url


def _fit_amount(field: "models.DecimalField[Decimal, Decimal]", value: Any) -> Decimal:
    amount = Decimal(value)
    limit = Decimal(10) ** (field.max_digits - field.decimal_places)
    if not amount.is_finite() or abs(amount) >= limit:
        raise ValueError(value)
    rounded = amount.quantize(Decimal(1).scaleb(-field.decimal_places), rounding=ROUND_HALF_UP)
    if abs(rounded) >= limit:
        raise ValueError(value)
    return rounded


def _fit_time(value: datetime.datetime) -> datetime.datetime:
    if timezone.is_naive(value) or not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ValueError(value)
    return value


def _fit_integer(field: "models.IntegerField[int, int]", value: int) -> int:
    lowest, highest = BaseDatabaseOperations.integer_field_ranges[field.get_internal_type()]
    if not lowest <= value <= highest:
        raise ValueError(value)
    return value
