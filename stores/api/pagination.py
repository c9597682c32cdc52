"""The two habits of paging in the guide: links count from zero and ask for a size, orders do neither."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

from stores.api.request_fields import QuerySerializer, StrictIntegerField

ModelType = TypeVar("ModelType", bound=Model)
_MAX_PAGE = 1_000_000_000


class ZeroBasedPageQuery(QuerySerializer):
    """`page` from 0, `page_size` required, 1 to 50 (R83, R84, X40)."""

    page = StrictIntegerField(min_value=0, max_value=_MAX_PAGE, default=0)
    page_size = StrictIntegerField(min_value=1, max_value=50)


class ZeroBasedDefaultSizePageQuery(QuerySerializer):
    """The same with `page_size` 10 where none is given, or 0, as the Go client sends it (W11, W13)."""

    page = StrictIntegerField(min_value=0, max_value=_MAX_PAGE, default=0)
    page_size = StrictIntegerField(min_value=0, max_value=50, default=10)

    def validate_page_size(self, page_size: int) -> int:
        return page_size or 10


class OneBasedPageQuery(QuerySerializer):
    """`page` from 1, where 0 means 1 too; `page_size` 10 unless given, at most 100 (R165, R166, X5, W5)."""

    page = StrictIntegerField(min_value=0, max_value=_MAX_PAGE, default=1)
    page_size = StrictIntegerField(min_value=1, max_value=100, default=10)

    def validate_page(self, page: int) -> int:
        return max(page, 1)


class OffsetLimitQuery(QuerySerializer):
    """`offset` and `limit`; a `limit` of 0 means none was given (W11)."""

    offset = StrictIntegerField(min_value=0, max_value=_MAX_PAGE, default=0)
    limit = StrictIntegerField(min_value=0, max_value=100, default=10)

    def validate_limit(self, limit: int) -> int:
        return limit or 10


@dataclass(frozen=True)
class QuerySetSlice(Generic[ModelType]):
    """Some rows of a list, and how many there are in all."""

    rows: Sequence[ModelType]
    total: int


def slice_queryset(queryset: QuerySet[ModelType], *, offset: int, limit: int) -> QuerySetSlice[ModelType]:
    """Return `limit` rows from `offset` on: two queries, or one beyond the end."""
    total = queryset.count()
    if offset >= total:
        return QuerySetSlice(rows=[], total=total)
    # By their ids: of those passed over, however many, an index is read and nothing else.
    ids = queryset.values("pk")[offset : offset + limit]
    return QuerySetSlice(rows=list(queryset.filter(pk__in=ids)), total=total)


def paginate_queryset(
    queryset: QuerySet[ModelType], *, page: int, page_size: int
) -> QuerySetSlice[ModelType]:
    """Return one page, counted from 0."""
    return slice_queryset(queryset, offset=page * page_size, limit=page_size)
