"""Admin lists: of the store that staff work in, and of tables that grow with every sale."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from stores.staff_stores import filter_by_chosen_store, find_store_lookups, get_staff_stores


class CappedPaginator(Paginator):
    """Counts at most a hundred pages of rows: counting a million takes longer than showing fifty."""

    MAX_COUNT = 5_000

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[: self.MAX_COUNT].count()


class FixedValuesFilter(admin.SimpleListFilter):
    """A filter with fixed values. Django's own filter scans all rows to find the values."""

    values: Sequence[str] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, value) for value in self.values]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{str(self.parameter_name): self.value()}) if self.value() else queryset


class StoreChangeList(ChangeList):
    """Lists the rows of the chosen store."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        self.root_queryset = filter_by_chosen_store(request, self.root_queryset)
        return super().get_queryset(request, exclude_parameters)


class StoreListAdmin(admin.ModelAdmin):
    """Lists the rows of the store that staff work in. Pages of single rows show those of any store."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return StoreChangeList

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Leave out the filter by store if the list has rows of one store only."""
        filters = super().get_list_filter(request)
        if get_staff_stores(request).chosen is None:
            return filters
        return [name for name in filters if name not in find_store_lookups(self.model)]

    def get_list_display(self, request: HttpRequest) -> Any:
        """Leave out the store's column likewise."""
        columns = super().get_list_display(request)
        if get_staff_stores(request).chosen is None:
            return columns
        return [name for name in columns if name != "store"]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Say in which time zone a time is typed."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(db_field, models.DateTimeField):
            zone = _("In the time zone %(zone)s.") % {"zone": timezone.get_current_timezone_name()}
            field.help_text = " ".join(filter(None, (str(field.help_text), zone)))
        return field


class EmptyAwareChangeList(StoreChangeList):
    """Skips the query for rows after a count of zero, which would scan the table a second time."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.result_count:
            self.result_list = self.queryset.none()


class LargeTableAdmin(StoreListAdmin):
    """A list that stays fast at a million rows. Its model needs an index in the list's order.

    Subclasses must not use `date_hierarchy` or filters over all values of a column, and can sort only by the
    list's own order: anything else scans all rows.
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
    """Rows that only code writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
