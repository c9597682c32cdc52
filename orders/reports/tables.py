"""A report's table, as people and spreadsheets read it."""

import csv
import datetime
import io
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from orders.reports.periods import Period, Unit
from stores.money import format_money
from stores.table_export import escape_formula

# Spreadsheets take a CSV file without it for another encoding.
BYTE_ORDER_MARK = "\ufeff"


class Kind(StrEnum):
    TEXT = "text"
    DATE = "date"
    NUMBER = "number"
    MONEY = "money"
    PERCENT = "percent"


@dataclass(frozen=True)
class Column:
    title: str | Promise
    kind: Kind = Kind.NUMBER


@dataclass(frozen=True)
class Bar:
    """One pair of a chart: the value, and the one of the period before."""

    label: str
    value: Decimal
    before: Decimal


@dataclass(frozen=True)
class ReportTable:
    """Rows of plain values, one for each column, with a row of totals if they add up."""

    period: Period
    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    totals: tuple[Any, ...] | None = None
    bars: list[Bar] = field(default_factory=list)
    # What a reader must know to understand the figures.
    note: str | Promise = ""

    @property
    def shown_rows(self) -> list[list[tuple[str, bool]]]:
        """The rows as text, with whether each cell is a figure."""
        return [self._show(row) for row in self.rows]

    @property
    def shown_totals(self) -> list[tuple[str, bool]]:
        return self._show(self.totals) if self.totals else []

    @property
    def headings(self) -> list[tuple[str | Promise, bool]]:
        return [(column.title, column.kind not in {Kind.TEXT, Kind.DATE}) for column in self.columns]

    def _show(self, row: tuple[Any, ...]) -> list[tuple[str, bool]]:
        return [
            (self._format_cell(column.kind, cell), column.kind not in {Kind.TEXT, Kind.DATE})
            for column, cell in zip(self.columns, row, strict=True)
        ]

    def _format_cell(self, kind: Kind, cell: Any) -> str:
        if cell is None:
            return "–"
        if kind == Kind.MONEY:
            return format_money(cell, self.period.store.currency)
        if kind == Kind.DATE and isinstance(cell, datetime.date):
            return format_bucket(cell, self.period.unit)
        return f"{cell}%" if kind == Kind.PERCENT else str(cell)

    def to_csv(self) -> str:
        """Return the table as CSV: dates in ISO 8601, amounts as plain decimals with a currency column."""
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        writer.writerow([*(str(column.title) for column in self.columns), _("Currency")])
        for row in self.rows:
            cells = [_to_csv_cell(*pair) for pair in zip(self.columns, row, strict=True)]
            writer.writerow([*cells, self.period.store.currency])
        return BYTE_ORDER_MARK + buffer.getvalue()


def _to_csv_cell(column: Column, cell: Any) -> Any:
    if cell is None:
        return ""
    if column.kind == Kind.MONEY:
        return f"{cell:.2f}"
    return escape_formula(cell) if isinstance(cell, str) else cell


def format_bucket(date: datetime.date, unit: Unit) -> str:
    """Return a day, the first day of a week, or a month, as text."""
    return date_format(date, "YEAR_MONTH_FORMAT" if unit == Unit.MONTH else "DATE_FORMAT")


def percent_of(part: int | Decimal, whole: int | Decimal) -> int | None:
    """Return the rounded percentage, or None of nothing."""
    return round(100 * part / whole) if whole else None
