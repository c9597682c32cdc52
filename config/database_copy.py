"""Copies all rows from one database to another, for example from SQLite to PostgreSQL, and compares them."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import DatabaseError, connections, models, transaction
from django.db.models.sql import InsertQuery

from catalog.models import VariantPrice
from orders.models import DailyFigures, FigureChange, StoreFigures, SummedDay
from wording.sentence import Sentence

BATCH_ROWS = 500
# `migrate` fills these itself. The source's rows take their place, because others refer to their ids.
FILLED_BY_MIGRATE = {"contenttypes.ContentType", "auth.Permission"}
# Sums of other rows. The reconciler adds them up again.
DERIVED = (FigureChange, StoreFigures, SummedDay, *DailyFigures.__subclasses__())


class CopyError(Exception):
    """Why nothing was copied. The message says what to do."""


@dataclass
class TableSummary:
    """What the rows of a table add up to: equal for equal rows, in whatever order and database."""

    name: str
    rows: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)
    digest: int = 0

    def add(self, columns: Sequence["models.Field[Any, Any]"], values: Sequence[Any]) -> None:
        self.rows += 1
        for column, value in zip(columns, values, strict=True):
            if _is_number(column):
                self.sums[column.name] = self.sums.get(column.name, Decimal()) + (value or 0)
        content = json.dumps([_normalize(value) for value in values], sort_keys=True, default=str)
        self.digest ^= int.from_bytes(hashlib.sha256(content.encode()).digest()[:16], "big")


def _is_number(column: "models.Field[Any, Any]") -> bool:
    is_key = column.primary_key or column.is_relation
    return isinstance(column, models.DecimalField | models.IntegerField) and not is_key


def _normalize(value: Any) -> Any:
    """Return the value in the form that all databases share: 10 and 10.00 are one amount."""
    if isinstance(value, Decimal):
        return str(value.normalize() + 0)
    if isinstance(value, Sentence):
        return value.to_json()
    if isinstance(value, memoryview | bytes):
        return bytes(value).hex()
    return value


def copied_models() -> list[type[models.Model]]:
    """Return the models with a table of their own, tables between two models included.

    What triggers write comes last.
    """
    models_with_tables = [
        model
        for model in apps.get_models(include_auto_created=True)
        if _has_own_table(model) and model not in DERIVED
    ]
    return sorted(models_with_tables, key=lambda model: model is VariantPrice)


def _has_own_table(model: type[models.Model]) -> bool:
    return bool(model._meta.managed and not model._meta.proxy)


def copied_columns(model: type[models.Model]) -> list["models.Field[Any, Any]"]:
    """Return the model's columns that the database doesn't compute."""
    return [column for column in model._meta.local_concrete_fields if not column.generated]


def copy_database(
    *, source: str, target: str, report: Callable[[str], None] = lambda _line: None
) -> list[TableSummary]:
    """Copy all rows between two migrated databases, given by alias. Return what was copied, by table.

    Raises CopyError, with the target unchanged, if it has rows already, if it refuses a row, or if the copy
    differs from the source.
    """
    require_empty(target)
    summaries = []
    with transaction.atomic(using=source), transaction.atomic(using=target):
        for model in copied_models():
            if model._meta.label in FILLED_BY_MIGRATE:
                model._base_manager.using(target).all()._raw_delete(target)
        for model in copied_models():
            if model is VariantPrice:
                # Written by triggers while the variants were copied.
                model._base_manager.using(target).all()._raw_delete(target)
            expected = _copy_rows(model, source=source, target=target)
            _require_equal(expected, summarize_table(model, using=target))
            report(f"{expected.name}: {expected.rows}")
            summaries.append(expected)
        # Written by triggers while the orders were copied.
        FigureChange._base_manager.using(target).all()._raw_delete(target)
        _restart_sequences(target)
        connections[target].check_constraints()
    return summaries


def require_empty(target: str) -> None:
    """Raise CopyError if the database has rows that `migrate` didn't create."""
    for model in copied_models():
        rows = model._base_manager.using(target)
        if model._meta.label not in FILLED_BY_MIGRATE and rows.exists():
            raise CopyError(
                f"The new database already has rows in {model._meta.db_table}. Nothing was copied. "
                "Create an empty one, run `migrate`, and try again."
            )


def _copy_rows(model: type[models.Model], *, source: str, target: str) -> TableSummary:
    summary, columns = TableSummary(model._meta.db_table), copied_columns(model)
    rows_left = _iter_rows(model, source)
    while rows := list(islice(rows_left, BATCH_ROWS)):
        for row in rows:
            summary.add(columns, [getattr(row, column.attname) for column in columns])
        query = InsertQuery(model)
        # `raw` writes the values as they are, and no new times.
        query.insert_values(columns, rows, raw=True)
        try:
            query.get_compiler(using=target).execute_sql()
        except (DatabaseError, ValueError) as error:
            raise CopyError(f"{summary.name}: the new database refused a row: {error}") from error
    return summary


def summarize_table(model: type[models.Model], *, using: str) -> TableSummary:
    """Return what the model's rows add up to."""
    summary, columns = TableSummary(model._meta.db_table), copied_columns(model)
    for row in _iter_rows(model, using):
        summary.add(columns, [getattr(row, column.attname) for column in columns])
    return summary


def _iter_rows(model: type[models.Model], using: str) -> Iterator[Any]:
    names = [column.attname for column in copied_columns(model)]
    rows: Iterable[Any] = model._base_manager.using(using).only(*names).order_by("pk")
    return iter(rows.iterator(BATCH_ROWS))  # type: ignore[attr-defined]


def _require_equal(expected: TableSummary, found: TableSummary) -> None:
    for what in ("rows", "sums", "digest"):
        if getattr(expected, what) != getattr(found, what):
            raise CopyError(
                f"{expected.name}: the copy differs in its {what}. Nothing was copied. "
                "Are all processes stopped?"
            )


def _restart_sequences(target: str) -> None:
    """Let new rows continue after the copied ids."""
    connection = connections[target]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), copied_models()):
            cursor.execute(statement)
