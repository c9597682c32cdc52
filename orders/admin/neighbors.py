"""The orders before and after one, in the list that staff came from."""

from copy import copy
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict

from orders.models import Order
from stores.admin_changelists import LargeChangeList

# The list's own parameter for where a page was opened from.
FILTERS = "_changelist_filters"


class UncountedList(LargeChangeList):
    """The list's filters and search, without a page of it."""

    def get_results(self, request: HttpRequest) -> None:
        """Read nothing."""


def find_neighbors(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, order: Order
) -> tuple[str | None, str | None]:
    """Return the ids of the orders above and below this one in the list, in two queries."""
    query = QueryDict(request.GET.get(FILTERS, "")).copy()
    is_ascending = query.get("o", "").strip().isdecimal()  # the list has one column to sort by
    for name in ("o", "p", "e", "all"):
        query.pop(name, None)
    try:
        orders = _list_orders(model_admin, request, query)
    except IncorrectLookupParameters:
        return None, None
    newer = Q(created_at__gt=order.created_at) | Q(created_at=order.created_at, pk__gt=order.pk)
    older = Q(created_at__lt=order.created_at) | Q(created_at=order.created_at, pk__lt=order.pk)
    above = orders.filter(newer).order_by("created_at", "pk").values_list("pk", flat=True).first()
    below = orders.filter(older).order_by("-created_at", "-pk").values_list("pk", flat=True).first()
    return (below, above) if is_ascending else (above, below)


def _list_orders(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, query: QueryDict
) -> QuerySet[Any]:
    listing = copy(request)
    listing.GET = query  # type: ignore[assignment]
    changelist = UncountedList(
        listing,
        Order,
        list_display=("number",),
        list_display_links=("number",),
        list_filter=model_admin.get_list_filter(listing),
        date_hierarchy=None,
        search_fields=model_admin.get_search_fields(listing),
        list_select_related=False,
        list_per_page=1,
        list_max_show_all=1,
        list_editable=(),
        model_admin=model_admin,
        sortable_by=(),
        search_help_text=None,
    )
    return changelist.queryset.prefetch_related(None)


def get_list_query(request: HttpRequest) -> str:
    """Return what the addresses of an order's pages repeat, so that the way back stays known."""
    filters = request.GET.get(FILTERS, "")
    if not filters:
        return ""
    query = QueryDict(mutable=True)
    query[FILTERS] = filters
    return f"?{query.urlencode()}"
