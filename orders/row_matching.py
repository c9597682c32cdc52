"""Matching what NEXT lists for an order with the rows that record it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from django.db.models import Model

Row = TypeVar("Row")
ModelT = TypeVar("ModelT", bound=Model)
Entry = TypeVar("Entry")


class ListedEntry(Protocol):
    """An entry of a list in a NEXT order."""

    @property
    def id(self) -> int | None: ...


ListedT = TypeVar("ListedT", bound=ListedEntry)


def drop_repeated_ids(entries: Iterable[ListedT]) -> list[ListedT]:
    """Return the entries without those whose id an earlier one has. Entries without an id all stay."""
    by_id: dict[object, ListedT] = {}
    for position, entry in enumerate(entries):
        by_id.setdefault(("unnamed", position) if entry.id is None else entry.id, entry)
    return list(by_id.values())


def match_rows(
    *, entries: Sequence[Entry], rows: Iterable[Row], tests: Sequence[Callable[[Row, Entry], bool]]
) -> list[tuple[Entry, Row | None]]:
    """Return each entry with its row, or None. A row belongs to one entry at most.

    The first test is applied to all entries before the next one, so that a close match is never taken by a
    less close one.
    """
    unmatched = list(rows)
    matches: list[Row | None] = [None] * len(entries)
    for is_match in tests:
        for position, entry in enumerate(entries):
            if matches[position] is not None:
                continue
            row = next((row for row in unmatched if is_match(row, entry)), None)
            if row is not None:
                unmatched.remove(row)
                matches[position] = row
    return list(zip(entries, matches, strict=True))


def delete_unmatched_rows(
    *, entries: Sequence[Entry], rows: Iterable[ModelT], tests: Sequence[Callable[[ModelT, Entry], bool]]
) -> None:
    """Delete the rows that belong to no entry."""
    known = list(rows)
    matched = [row for _entry, row in match_rows(entries=entries, rows=known, tests=tests)]
    for row in known:
        if row not in matched:
            row.delete()


def save_changes(row: Model, values: Mapping[str, Any]) -> bool:
    """Save the row if it is new or a value differs; return whether that was so. None keeps what is known."""
    changes = {
        name: value for name, value in values.items() if value is not None and value != getattr(row, name)
    }
    for name, value in changes.items():
        setattr(row, name, value)
    if changes or row.pk is None:
        row.save()
        return True
    return False
