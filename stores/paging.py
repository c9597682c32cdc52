"""Pages of long lists. What a page costs doesn't grow with the list: counting a million rows takes longer."""

import hashlib
from typing import Any

from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.core.paginator import EmptyPage, Page, PageNotAnInteger, Paginator
from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.functional import cached_property

from stores.search import MAX_FEW

# A total this large may be slightly old: counting a million rows costs more than reading the page.
LARGE_TOTAL = 10_000
LARGE_TOTAL_SECONDS = 30


def count_total(rows: QuerySet[Any]) -> int:
    """Return the number of rows. A large one may be half a minute old."""
    try:
        sql, params = rows.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return 0
    key = f"total:{hashlib.sha256(repr((sql, params)).encode()).hexdigest()}"
    cached: int | None = cache.get(key)
    if cached is not None:
        return cached
    total = rows.order_by().count()
    if total >= LARGE_TOTAL:
        cache.set(key, total, LARGE_TOTAL_SECONDS)
    return total


class CappedPaginator(Paginator):
    """Counts up to `MAX_COUNT` rows, and has no pages beyond."""

    MAX_COUNT = 5_000

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[: self.MAX_COUNT].count()

    @property
    def has_more(self) -> bool:
        """Return True if there may be more rows than were counted."""
        return self.count >= self.MAX_COUNT

    @property
    def count_text(self) -> str:
        """The number of rows for people: `312`, or `5,000+`."""
        return _format_count(self.count) + ("+" if self.has_more else "")


class LookAheadPaginator(CappedPaginator):
    """Counts nothing: it reads one row more than a page shows, to find out whether there is a next page.

    For lists of at least `at_least` rows that take long to find. `count` includes the row after the page.
    """

    def __init__(self, object_list: Any, per_page: int, *, at_least: int = 0, **kwargs: Any) -> None:
        super().__init__(object_list, per_page, **kwargs)
        self.at_least = at_least
        self.is_last_page_read = False

    @cached_property
    def count(self) -> int:
        # Pages replace it as they are read.
        return len(self._read(0))

    def page(self, number: int | float | str) -> Page[Any]:
        try:
            number = int(number)
        except (TypeError, ValueError):
            raise PageNotAnInteger(self.error_messages["invalid_page"]) from None
        start = (number - 1) * self.per_page
        found = self._read(start) if 0 <= start < self.MAX_COUNT else []
        if not found and number != 1:
            raise EmptyPage(self.error_messages["no_results"])
        self.count, self.is_last_page_read = start + len(found), len(found) <= self.per_page
        return Page(found[: self.per_page], number, self)

    def get_page(self, number: int | float | str | None) -> Page[Any]:
        """Return the page, or the first one if there is no such page."""
        try:
            return self.page(number or 1)
        except (EmptyPage, PageNotAnInteger):
            return self.page(1)

    @property
    def has_more(self) -> bool:
        return not self.is_last_page_read or self.count >= self.MAX_COUNT

    @property
    def count_text(self) -> str:
        if self.is_last_page_read:
            return super().count_text
        return f"{_format_count(max(self.at_least, self.count - 1))}+"

    def _read(self, start: int) -> list[Any]:
        return list(self.object_list[start : min(start + self.per_page + 1, self.MAX_COUNT)])


def make_paginator(
    rows: QuerySet[Any], per_page: int, *, are_many: bool, is_filtered: bool = False
) -> CappedPaginator:
    """Return the paginator for what a search found (`stores.search.FoundRows`), and a filter left of it."""
    if not are_many:
        return CappedPaginator(rows, per_page)
    return LookAheadPaginator(rows, per_page, at_least=0 if is_filtered else MAX_FEW)


def _format_count(count: int) -> str:
    return number_format(count, force_grouping=True)
