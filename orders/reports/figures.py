"""Figures that add up day by day: from the tables of their sums, and of all other days from the rows.

A day that is over is added up once in the background (`summing`). Today, days that haven't been added up, and
days whose rows changed since are counted when somebody looks, so what is shown is always true.
"""

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import reduce
from itertools import chain
from operator import or_
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import DecimalField, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from orders.models import DailyFigures
from orders.reports.periods import Period
from stores.models import Store

ZERO = Decimal("0.00")
# More conditions than this take a database longer than reading a few days too many.
MAX_RUNS = 20
# Before the name of a sum, because the rows have columns of the same names.
SUM = "sum_"
Key = tuple[Any, ...]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Days:
    """Days of a store, as periods of days that follow each other."""

    store: Store
    runs: tuple[Period, ...]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.store.time_zone)

    def cover(self, field: str) -> Q:
        """Return a condition that a time is on one of the days."""
        return reduce(or_, (run.covers(field) for run in self.runs))

    def cover_date(self, field: str) -> Q:
        """Return a condition that a date is one of the days."""
        return reduce(or_, (run.covers_date(field) for run in self.runs))

    def find_date(self, field: str) -> TruncDate:
        """Return an expression for the day of a time."""
        return TruncDate(field, tzinfo=self.zone)


@dataclass(frozen=True)
class FigureKind:
    """Figures by day and by `keys`: the table of their sums, and the queries that count them.

    Each query yields `date`, `is_test`, the keys, and some of the figures, their names after `SUM`.
    """

    model: type[DailyFigures]
    keys: tuple[str, ...]
    count: Callable[[Days], Iterable[QuerySet[Any, Any]]]

    @property
    def zeros(self) -> dict[str, Any]:
        """The names of the figures, each with 0 of its kind."""
        told_apart_by = {"id", "store", "date", "is_test", *self.keys}
        return {
            field.name: ZERO if isinstance(field, DecimalField) else 0
            for field in self.model._meta.concrete_fields
            if field.name not in told_apart_by
        }


def read_figures(
    kind: FigureKind, period: Period, by: tuple[str, ...], *, with_before: bool = False
) -> dict[Key, dict[str, Any]]:
    """Return the period's figures by date or keys, those of the period before included if asked for."""
    summed, counted = _split_days(period, with_before=with_before)
    rows: list[Iterable[Row]] = []
    if summed.runs:
        found = kind.model._default_manager.filter(
            summed.cover_date("date"), period.is_of_mode(), store=period.store
        )
        sums = {f"{SUM}{name}": Sum(name) for name in kind.zeros}
        rows.append(found.order_by().values(*by).annotate(**sums))
    if counted.runs:
        rows += [query.filter(period.is_of_mode()) for query in kind.count(counted)]
    return add_up(kind, chain.from_iterable(rows), by)


def add_up(kind: FigureKind, rows: Iterable[Row], by: tuple[str, ...]) -> dict[Key, dict[str, Any]]:
    """Return the sums of the rows, by the columns of `by`."""
    sums: dict[Key, dict[str, Any]] = {}
    zeros = kind.zeros
    for row in rows:
        of_key = sums.setdefault(tuple(row[name] for name in by), dict(zeros))
        for name in zeros:
            of_key[name] += row.get(f"{SUM}{name}") or 0
    return sums


def _split_days(period: Period, *, with_before: bool) -> tuple[Days, Days]:
    """Return the days whose sums can be read, and those whose rows must be counted."""
    whole = period.with_before if with_before else period
    dates = [whole.first + datetime.timedelta(days=number) for number in range(whole.days)]
    counted = [date for date in dates if date not in period.summed_days]
    runs = _join_days(period, counted)
    if len(runs) > MAX_RUNS:
        runs = (replace(period, first=counted[0], last=counted[-1]),)
    summed = [date for date in dates if not any(run.first <= date <= run.last for run in runs)]
    return Days(period.store, _join_days(period, summed)), Days(period.store, runs)


def _join_days(period: Period, dates: Iterable[datetime.date]) -> tuple[Period, ...]:
    runs: list[Period] = []
    for date in dates:
        if runs and date - runs[-1].last == datetime.timedelta(days=1):
            runs[-1] = replace(runs[-1], last=date)
        else:
            runs.append(replace(period, first=date, last=date))
    return tuple(runs)
