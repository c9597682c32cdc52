"""Long lists of what belongs to orders: found by what people know of the order."""

from typing import Any

from django.db.models import IntegerField, Q, QuerySet
from django.http import HttpRequest

from orders.models import Order
from orders.search import search_orders
from stores.admin_changelists import ReadOnlyAdmin


class OrderRelatedAdmin(ReadOnlyAdmin):
    """Rows with an `order`: found by what names them whole, else by any part of their order.

    Django's own search would look through every row, joined to its order.
    """

    search_fields = ("order__number",)  # so that there is a field to type in; `get_search_results` does it
    exact_search_fields: tuple[str, ...] = ("id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        named = Q()
        for name in self.exact_search_fields:
            if not isinstance(self.opts.get_field(name), IntegerField) or is_whole_number(text):
                named |= Q(**{name: text})
        if named and queryset.filter(named).exists():
            return queryset.filter(named), False
        return queryset.filter(order__in=search_orders(orders=Order.objects.order_by(), text=text)), False


def is_whole_number(text: str) -> bool:
    """Tell whether it is one that a database can compare a column with."""
    return text.isascii() and text.isdecimal() and len(text) < 19
