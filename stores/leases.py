"""Claiming work: of all processes that want a row, one gets it, and none that dies keeps it.

Each claim is one conditional update, so no row stays locked while the work is done.
"""

import datetime
from collections.abc import Iterator
from typing import TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils import timezone

LEASE = datetime.timedelta(minutes=2)

Row = TypeVar("Row", bound=Model)


def claim_due_rows(
    rows: QuerySet[Row], field: str, *, limit: int, lease: datetime.timedelta = LEASE
) -> Iterator[Row]:
    """Yield the rows that are due by the time in `field`, oldest first, each claimed before it is yielded.

    A claimed row is due again after `lease` unless the work moves `field`. Null means never due.
    """
    due = rows.filter(**{f"{field}__lte": timezone.now()}).order_by(field)
    for pk in due.values_list("pk", flat=True)[:limit]:
        is_claimed = claim_due_row(rows.filter(pk=pk), field, lease=lease)
        row = rows.filter(pk=pk).first() if is_claimed else None
        if row is not None:  # else it was deleted since
            yield row


def claim_due_row(row: QuerySet[Row], field: str, *, lease: datetime.timedelta = LEASE) -> bool:
    """Postpone the one row by `lease` if it is due. Return False if it isn't, or somebody else was first."""
    now = timezone.now()
    return bool(row.filter(**{f"{field}__lte": now}).update(**{field: now + lease}))


def claim_turn(row: QuerySet[Row], field: str, *, interval: datetime.timedelta) -> bool:
    """Set `field`, when the one row's turn was last taken, to now. Return False if `interval` has not passed.

    Null means that its turn was never taken.
    """
    now = timezone.now()
    is_free = Q(**{field: None}) | Q(**{f"{field}__lte": now - interval})
    return bool(row.filter(is_free).update(**{field: now}))
