"""Admin lists of rows that belong to orders, searched by their order."""

from typing import Any

from django.db.models import IntegerField, Q, QuerySet
from django.http import HttpRequest

from orders.models import Order
from orders.search import search_orders
from stores.admin_changelists import ReadOnlyAdmin


class OrderRelatedAdmin(ReadOnlyAdmin):
    """Search rows with an `order` by exact match on their own fields, else by any part of their order.

    Django's own search would scan every row, joined to its order.
    """

    search_fields = ("order__number",)  # shows the search box; see `get_search_results`
    exact_search_fields: tuple[str, ...] = ("id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        exact_match = Q()
        for name in self.exact_search_fields:
            if not isinstance(self.opts.get_field(name), IntegerField) or is_database_integer(text):
                exact_match |= Q(**{name: text})
        if exact_match and queryset.filter(exact_match).exists():
            return queryset.filter(exact_match), False
        return queryset.filter(self.match_text(text)), False

    def match_text(self, text: str) -> Q:
        """Return the condition for rows whose order has the text."""
        return Q(order__in=search_orders(orders=Order.objects.order_by(), text=text))


def is_database_integer(text: str) -> bool:
    """Return True if the text is a whole number that fits a database integer column."""
    return text.isascii() and text.isdecimal() and len(text) < 19
