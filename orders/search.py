"""Finding orders: by any part of number, name or e-mail, by status, page by page, at any size of the shop.

A page costs four queries at most, however many orders there are. On PostgreSQL three letters or more are
looked up in a trigram index. One or two are in no such index, and what most orders have is found sooner
without: an index that has the whole text is looked through, ready to be compared, newest first.
"""

import hashlib
import re
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Upper
from django.utils.translation import gettext as _

from orders.models import Order
from stores.errors import NotFound, Problem
from stores.models import Store

ORDER_NUMBER_PATTERN = re.compile(r"ORD-\d{4}-\d{5,12}", re.ASCII)
ORDER_NUMBER_TAIL_PATTERN = re.compile(r"(?:(?:ord|rd|d)?-)?\d{0,4}-(\d{3,})", re.ASCII | re.IGNORECASE)
# A total this large may be a little old: counting a million rows for each page would cost more than the page.
LARGE_TOTAL = 10_000
LARGE_TOTAL_SECONDS = 30
# What the list does not show and takes long to read.
DEFERRED_FIELDS = (
    *("search_text", "billing_address", "payment_link_details", "attribution", "fulfillments", "refunds"),
)


@dataclass(frozen=True)
class OrderPage:
    """Some orders, newest first, and how many there are on all pages."""

    orders: list[Order]
    total: int


def search_text_contains(text: str) -> Q:
    """Return the condition that `search_text` has this anywhere, whatever its case."""
    if "\n" in text:
        return Q(pk__in=[])  # what stands between its parts
    if connection.vendor == "sqlite":
        # Its LIKE knows the case of ASCII letters alone.
        return Q(search_text__iregex=re.escape(text))
    return Q(search_text__contains=Upper(Value(text)))


def search_orders(*, orders: QuerySet[Order], text: str) -> QuerySet[Order]:
    """Return the orders with `text` anywhere in number, name or e-mail, whatever its case (R167)."""
    tail = ORDER_NUMBER_TAIL_PATTERN.fullmatch(text)
    if tail and connection.vendor != "sqlite":
        # Every row has the beginning of a number: the index is asked for what sets it apart, the rest is
        # compared in what it finds.
        whole = Q(number__icontains=text) | Q(name__icontains=text) | Q(email__icontains=text)
        return orders.filter(whole, search_text_contains(tail[1]))
    return orders.filter(search_text_contains(text))


def list_orders(
    *, store: Store, text: str = "", status: str = "", page: int = 1, page_size: int = 10
) -> OrderPage:
    """Return one page of the store's orders with everything the list shows. `page` counts from 1."""
    orders = Order.objects.filter(store=store)
    if status:
        orders = orders.filter(status=status)
    text = text.strip()
    if text:
        orders = search_orders(orders=orders, text=text)
    start = (page - 1) * page_size
    total = _count_orders(orders, store=store, of=f"{status}:{text}")
    # Ids first: an index alone is walked however far the page is.
    ids = list(orders.values_list("pk", flat=True)[start : start + page_size]) if start < total else []
    if 0 < len(ids) < page_size:
        total = start + len(ids)  # the last page knows
    rows = Order.objects.defer(*DEFERRED_FIELDS).prefetch_related("items").in_bulk(ids)
    return OrderPage(orders=[rows[pk] for pk in ids], total=total)


def _count_orders(orders: QuerySet[Order], *, store: Store, of: str) -> int:
    key = f"orders-total:{store.pk}:{hashlib.sha256(of.encode()).hexdigest()}"
    kept: int | None = cache.get(key)
    if kept is not None:
        return kept
    total = orders.order_by().count()
    if total >= LARGE_TOTAL:
        cache.set(key, total, LARGE_TOTAL_SECONDS)
    return total


def find_order_by_number(*, store: Store, number: str) -> Order:
    """Return the store's order with exactly this number, its items loaded (R185).

    Errors: NotFound; Problem 403 where only another store has it and API_FOREIGN_ORDER_STATUS is 403 (X16).
    """
    # What cannot be a number is not asked for.
    candidates = (
        Order.objects.filter(number=number)
        if ORDER_NUMBER_PATTERN.fullmatch(number)
        else Order.objects.none()
    )
    order = candidates.filter(store=store).prefetch_related("items").first()
    if order is not None:
        return order
    if settings.API_FOREIGN_ORDER_STATUS == 403 and candidates.exists():
        raise Problem(_("This order belongs to another store."), code="forbidden", status=403)
    raise NotFound(_("Order not found"))
