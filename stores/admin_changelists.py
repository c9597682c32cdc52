"""Admin lists: of the store that staff work in, and of tables that grow with every sale."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import InvalidPage, Paginator
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from stores.paging import CappedPaginator, make_paginator
from stores.search import FoundRows
from stores.staff_stores import filter_by_chosen_store, find_store_lookups, get_staff_stores


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


class LargeChangeList(StoreChangeList):
    """Shows a page of a large table without a query that reads the whole table."""

    def get_results(self, request: HttpRequest) -> None:
        if finds_many(request):
            self._read_page_without_count()
            return
        super().get_results(request)
        if not self.result_count:
            # The query for rows would find nothing a second time.
            self.result_list = self.queryset.none()

    def _read_page_without_count(self) -> None:
        paginator = make_paginator(self.queryset, self.list_per_page, are_many=True)
        try:
            self.result_list = paginator.page(self.page_num).object_list
        except InvalidPage:
            raise IncorrectLookupParameters from None
        self.paginator = paginator
        self.result_count = paginator.count
        self.multi_page = paginator.num_pages > 1
        self.show_full_result_count = self.can_show_all = False
        self.show_admin_actions = True
        self.full_result_count = None


class LargeTableAdmin(StoreListAdmin):
    """A list that stays fast at a million rows. Its model needs an index in the list's order.

    Subclasses must not use `date_hierarchy` or filters over all values of a column, and can sort only by the
    list's own order: anything else scans all rows.
    """

    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50

    def get_paginator(
        self, request: HttpRequest, queryset: Any, per_page: int, *args: Any, **kwargs: Any
    ) -> Paginator:
        """Return a paginator for the list, or for the search in a field of another page."""
        if finds_many(request):
            return make_paginator(queryset, per_page, are_many=True)
        return super().get_paginator(request, queryset, per_page, *args, **kwargs)

    def get_sortable_by(self, request: HttpRequest) -> list[str | Callable[[Any], str | bool]]:
        first, *_rest = self.get_ordering(request) or self.opts.ordering or [""]
        return [str(first).removeprefix("-")]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LargeChangeList


class ReadOnlyAdmin(LargeTableAdmin):
    """Rows that only code writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def take_found_rows(request: HttpRequest, found: FoundRows[Any]) -> QuerySet[Any]:
    """Return the rows that the list's search found, and don't count them if they are many."""
    request.finds_many = found.are_many  # type: ignore[attr-defined]
    return found.rows


def finds_many(request: HttpRequest) -> bool:
    """Return True if the list's search found too many rows to count."""
    return getattr(request, "finds_many", False)
