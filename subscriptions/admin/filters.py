"""The filters of the subscription list."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from subscriptions.models import Subscription


class StatusFilter(admin.SimpleListFilter):
    title, parameter_name = _("status"), "status__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(value, capfirst(label)) for value, label in Subscription.Status.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Subscription]) -> QuerySet[Subscription]:
        return queryset.filter(status=self.value()) if self.value() else queryset


class YesNoFilter(admin.SimpleListFilter):
    """Subscriptions that meet a condition, or don't."""

    condition = Q()
    words: tuple[str | Promise, str | Promise] = ("", "")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        yes, no = self.words
        return [("yes", yes), ("no", no)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Subscription]) -> QuerySet[Subscription]:
        if self.value() == "yes":
            return queryset.filter(self.condition)
        return queryset.exclude(self.condition) if self.value() == "no" else queryset


class PendingFilter(YesNoFilter):
    title, parameter_name = _("pending change"), "pending"
    condition = ~Q(pending_action="")
    words = (_("Not confirmed yet"), _("None"))


class ProblemFilter(YesNoFilter):
    title, parameter_name = _("problem"), "problem"
    condition = ~Q(sync_error__code="")
    words = (_("NEXT Commerce refused a change"), _("None"))


class DuplicateFilter(YesNoFilter):
    title, parameter_name = _("duplicate"), "duplicate"
    condition = Q(duplicate_of__isnull=False)
    words = (_("Possible duplicates"), _("Not a duplicate"))
