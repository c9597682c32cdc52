"""Finding orders: by any part of number, name or e-mail, by status, page by page, at any size of the shop.

A page costs two queries and its total one more at most, however many orders there are.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Count, Func, Q, QuerySet, TextField, Window
from django.utils.translation import gettext as _

from orders.models import Order
from stores.errors import NotFound, Problem
from stores.models import Store

NUMBER = re.compile(r"ORD-\d{4}-\d{5,12}", re.ASCII)
NUMBER_TAIL = re.compile(r"(?:(?:ord|rd|d)?-)?\d{0,4}-(\d{3,})", re.ASCII | re.IGNORECASE)
# A total this large may be a little old: counting a million rows for each page would cost more than the page.
LARGE_TOTAL = 10_000
LARGE_TOTAL_SECONDS = 30


class SearchText(Func):
    """Number, name and e-mail as one text; on PostgreSQL there is a trigram index on it (migration 0004)."""

    template = "(%(expressions)s)"
    arg_joiner = " || chr(10) || "

    def __init__(self) -> None:
        super().__init__("number", "name", "email", output_field=TextField())

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, arg_joiner=" || char(10) || ", **extra)


@dataclass(frozen=True)
class Page:
    """Some orders, newest first, and how many there are on all pages."""

    orders: list[Order]
    total: int


def matching(*, orders: QuerySet[Order], text: str) -> QuerySet[Order]:
    """Return the orders with `text` anywhere in number, name or e-mail, whatever its case (R167)."""
    orders = orders.alias(search_text=SearchText())
    if connection.vendor == "sqlite":
        # Its LIKE knows the case of ASCII letters alone.
        return orders.filter(search_text__iregex=re.escape(text))
    if tail := NUMBER_TAIL.fullmatch(text):
        # Every row has the beginning of a number: the index is asked for what sets it apart, the rest is
        # compared in what it finds.
        whole = Q(number__icontains=text) | Q(name__icontains=text) | Q(email__icontains=text)
        return orders.filter(whole, search_text__icontains=tail[1])
    return orders.filter(search_text__icontains=text)


def list_orders(
    *, store: Store, text: str = "", status: str = "", page: int = 1, page_size: int = 10
) -> Page:
    """Return one page of the store's orders with everything the list shows. `page` counts from 1."""
    orders = Order.objects.filter(store=store)
    if status:
        orders = orders.filter(status=status)
    text = text.strip()
    start = (page - 1) * page_size
    if text:
        ids, total = _search_page(matching(orders=orders, text=text), start, page_size)
    else:
        # Ids first: the index alone is walked however far the page is.
        ids = list(orders.values_list("pk", flat=True)[start : start + page_size])
        total = _total(orders, store=store, status=status)
        if len(ids) < page_size and (ids or not start):
            total = start + len(ids)  # the last page knows
    rows = Order.objects.prefetch_related("items").in_bulk(ids)
    return Page(orders=[rows[pk] for pk in ids], total=total)


def _search_page(orders: QuerySet[Order], start: int, size: int) -> tuple[list[str], int]:
    """All matches are found once, for the page and for its total alike."""
    found = list(orders.annotate(found=Window(Count("*"))).values_list("pk", "found")[start : start + size])
    if found:
        return [pk for pk, _found in found], found[0][1]
    return [], orders.count() if start else 0


def _total(orders: QuerySet[Order], *, store: Store, status: str) -> int:
    key = f"orders-total:{store.pk}:{status}"
    kept: int | None = cache.get(key)
    if kept is not None:
        return kept
    total = orders.order_by().count()
    if total >= LARGE_TOTAL:
        cache.set(key, total, LARGE_TOTAL_SECONDS)
    return total


def find_order(*, store: Store, number: str) -> Order:
    """Return the store's order with exactly this number, its items loaded (R185).

    Errors: NotFound; Problem 403 where only another store has it and API_FOREIGN_ORDER_STATUS is 403 (X16).
    """
    # What cannot be a number is not asked for.
    candidates = Order.objects.filter(number=number) if NUMBER.fullmatch(number) else Order.objects.none()
    order = candidates.filter(store=store).prefetch_related("items").first()
    if order is not None:
        return order
    if settings.API_FOREIGN_ORDER_STATUS == 403 and candidates.exists():
        raise Problem(_("This order belongs to another store."), code="forbidden", status=403)
    raise NotFound(_("Order not found"))
