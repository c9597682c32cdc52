"""The filter of lists in which each row is open until staff close it."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class OpenStateFilter(admin.SimpleListFilter):
    """Show the open rows unless others are chosen. The model has `resolved_at`."""

    title = _("status")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("closed", _("closed")), ("all", _("all"))]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for value, title in ((None, _("open")), *self.lookup_choices):
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": title,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "closed":
            return queryset.exclude(resolved_at=None)
        return queryset if self.value() == "all" else queryset.filter(resolved_at=None)
