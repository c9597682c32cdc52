"""What lists of the admin have in common where a table grows with every sale."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property


class CappedPaginator(Paginator):
    """Counts no further than a hundred pages: counting a million rows takes longer than showing fifty."""

    MAX_COUNT = 5_000

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[: self.MAX_COUNT].count()


class FixedValuesFilter(admin.SimpleListFilter):
    """A filter by values known beforehand; Django's own would look through all rows for them."""

    values: Sequence[str] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, value) for value in self.values]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{str(self.parameter_name): self.value()}) if self.value() else queryset


class EmptyAwareChangeList(ChangeList):
    """Looks for no rows where there are none: what took long to count would take as long again."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.result_count:
            self.result_list = self.queryset.none()


class LargeTableAdmin(admin.ModelAdmin):
    """A list that is as quick at a million rows; its model has an index in the list's order.

    No `date_hierarchy`, no filter by all values of a column, and no sorting by another column than the
    list's own: all of these look through all rows.
    """

    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50

    def get_sortable_by(self, request: HttpRequest) -> list[str | Callable[[Any], str | bool]]:
        first, *_rest = self.get_ordering(request) or self.opts.ordering or [""]
        return [str(first).removeprefix("-")]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return EmptyAwareChangeList


class ReadOnlyAdmin(LargeTableAdmin):
    """Rows that the programs write and people read."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
