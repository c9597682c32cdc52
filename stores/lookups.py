"""Finding a row, or answering that there is none."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from stores.errors import NotFound

Row = TypeVar("Row", bound=Model)


def get_or_not_found(
    rows: QuerySet[Row], message: str, *, code: str = "resource_not_found", **lookup: Any
) -> Row:
    """Return the first of `rows` that matches `lookup`. Raises NotFound (404) with the message."""
    row = rows.filter(**lookup).first()
    if row is None:
        raise NotFound(message, code=code)
    return row
