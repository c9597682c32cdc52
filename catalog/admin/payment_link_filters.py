"""Filters and search of the payment link list."""

import re
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy

from catalog.link_state import LinkState, filter_by_state
from catalog.models import LinkTag, PaymentLink
from stores.staff_stores import filter_by_chosen_store

MAX_TAGS_LISTED = 60
LINK_PATH = re.compile(r"/link/([^/?#\s]+)|/(plink_[0-9A-Za-z]+)")


class LinkStateFilter(admin.SimpleListFilter):
    """Links by whether they sell now."""

    title = gettext_lazy("status")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(LinkState.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[PaymentLink]) -> QuerySet[PaymentLink]:
        if self.value() not in LinkState.values:
            return queryset
        return queryset.filter(filter_by_state(str(self.value()), now=timezone.now()))


class LinkTagFilter(admin.SimpleListFilter):
    """Links with a tag."""

    title = gettext_lazy("tag")
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        tags = filter_by_chosen_store(request, LinkTag.objects.order_by("name"))
        names = tags.values_list("name", flat=True).distinct()
        return [(name, name) for name in names[:MAX_TAGS_LISTED]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[PaymentLink]) -> QuerySet[PaymentLink]:
        return queryset.filter(tags__name=self.value()) if self.value() else queryset


def read_pasted_address(term: str) -> str:
    """Return the id or short address in a pasted URL of a link; any other term unchanged."""
    found = LINK_PATH.search(term)
    return found[1] or found[2] if found else term
