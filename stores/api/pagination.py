"""Paging of lists. Links count pages from 0 and require a page size; orders do neither (X5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

from stores.api.fields import StrictIntegerField
from stores.api.serializers import QuerySerializer
from stores.paging import count_total

ModelType = TypeVar("ModelType", bound=Model)
_MAX_PAGE = 1_000_000_000


class ZeroBasedPageQuery(QuerySerializer):
    """`page` from 0, `page_size` required, 1 to 50 (R83, R84, X40)."""

    page = StrictIntegerField(min_value=0, max_value=_MAX_PAGE, default=0)
    page_size = StrictIntegerField(min_value=1, max_value=50)


class ZeroBasedDefaultSizePageQuery(QuerySerializer):
    """The same, but `page_size` defaults to 10, also when 0, which the Go client sends (W11, W13)."""

    page = StrictIntegerField(min_value=0, max_value=_MAX_PAGE, default=0)
    page_size = StrictIntegerField(min_value=0, max_value=50, default=10)

    def validate_page_size(self, page_size: int) -> int:
        return page_size or 10


class OneBasedPageQuery(QuerySerializer):
    """`page` from 1, with 0 meaning 1; `page_size` defaults to 10, at most 100 (R165, R166, X5, W5)."""

    page = StrictIntegerField(min_value=0, max_value=_MAX_PAGE, default=1)
    page_size = StrictIntegerField(min_value=1, max_value=100, default=10)

    def validate_page(self, page: int) -> int:
        return max(page, 1)


class OffsetLimitQuery(QuerySerializer):
    """`offset` and `limit`, at most 100. A `limit` of 0 means the default of 10 (W11)."""

    offset = StrictIntegerField(min_value=0, max_value=_MAX_PAGE, default=0)
    limit = StrictIntegerField(min_value=0, max_value=100, default=10)

    def validate_limit(self, limit: int) -> int:
        return limit or 10


@dataclass(frozen=True)
class QuerySetSlice(Generic[ModelType]):
    """Some rows of a list, and the total number of rows."""

    rows: Sequence[ModelType]
    total: int


def slice_queryset(queryset: QuerySet[ModelType], *, offset: int, limit: int) -> QuerySetSlice[ModelType]:
    """Return `limit` rows from `offset`, with two queries, or one if `offset` is past the end."""
    total = count_total(queryset)
    if offset >= total:
        return QuerySetSlice(rows=[], total=total)
    # Select ids first, so that skipping rows reads only an index.
    ids = queryset.values("pk")[offset : offset + limit]
    rows = list(queryset.filter(pk__in=ids))
    if 0 < len(rows) < limit:
        total = offset + len(rows)  # the last page shows the exact total
    return QuerySetSlice(rows=rows, total=total)


def paginate_queryset(
    queryset: QuerySet[ModelType], *, page: int, page_size: int
) -> QuerySetSlice[ModelType]:
    """Return one page. Pages count from 0."""
    return slice_queryset(queryset, offset=page * page_size, limit=page_size)
