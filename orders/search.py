"""Order search: by words in number, name or email, and by status, page by page.

A page takes at most five queries, however many orders there are. On PostgreSQL, a search for three or more
letters uses a trigram index. One or two letters are not in it, and letters that most orders have are found
faster without it: an index that includes the whole search text is scanned instead, newest first.
"""

import re
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from orders.models import Order
from orders.total_rows import prefetch_adjustments
from stores.errors import NotFound, Problem
from stores.models import Store
from stores.paging import count_total
from stores.search import search_text_contains

ORDER_NUMBER_PATTERN = re.compile(r"ORD-\d{4}-\d{5,12}", re.ASCII)
ORDER_NUMBER_TAIL_PATTERN = re.compile(r"(?:(?:ord|rd|d)?-)?\d{0,4}-(\d{3,})", re.ASCII | re.IGNORECASE)
# Columns the list does not show and that are slow to read.
DEFERRED_FIELDS = ("search_text", "origin")


@dataclass(frozen=True)
class OrderPage:
    """A page of orders, newest first, and the total over all pages."""

    orders: list[Order]
    total: int


def search_orders(*, orders: QuerySet[Order], text: str) -> QuerySet[Order]:
    """Return the orders that have each word of `text` anywhere in number, name or email (R167)."""
    tail = ORDER_NUMBER_TAIL_PATTERN.fullmatch(text)
    if tail and connection.vendor != "sqlite":
        # Every order number starts alike. Look up the distinctive tail in the index, and compare the whole
        # text only in the rows found.
        whole_text = Q(number__icontains=text) | Q(name__icontains=text) | Q(email__icontains=text)
        return orders.filter(whole_text, search_text_contains(tail[1]))
    return orders.filter(search_text_contains(text))


def list_orders(
    *, store: Store, text: str = "", status: str = "", page: int = 1, page_size: int = 10
) -> OrderPage:
    """Return one page of the store's orders, with items and addresses. `page` counts from 1."""
    orders = Order.objects.filter(store=store)
    if status == Order.Status.REFUNDED:  # in part, too (R169, X19)
        orders = orders.filter(status__in=[status, Order.Status.PARTIALLY_REFUNDED])
    elif status:
        orders = orders.filter(status=status)
    text = text.strip()
    if text:
        orders = search_orders(orders=orders, text=text)
    start = (page - 1) * page_size
    total = count_total(orders)
    # Fetch the ids first: an index alone answers that, even for a distant page.
    ids = list(orders.values_list("pk", flat=True)[start : start + page_size]) if start < total else []
    if 0 < len(ids) < page_size:
        total = start + len(ids)  # the last page shows the exact total
    rows = Order.objects.defer(*DEFERRED_FIELDS).prefetch_related("items", "addresses").in_bulk(ids)
    prefetch_adjustments(rows.values())
    return OrderPage(orders=[rows[pk] for pk in ids], total=total)


def find_order_by_number(*, store: Store, number: str) -> Order:
    """Return the store's order with exactly this number, with items and addresses (R185).

    Raises NotFound, or Problem (403) if only another store has it and API_FOREIGN_ORDER_STATUS is 403 (X16).
    """
    # Skip the query for text that cannot be an order number.
    candidates = (
        Order.objects.filter(number=number)
        if ORDER_NUMBER_PATTERN.fullmatch(number)
        else Order.objects.none()
    )
    order = candidates.filter(store=store).prefetch_related("items", "addresses").first()
    if order is not None:
        prefetch_adjustments([order])
        return order
    if settings.API_FOREIGN_ORDER_STATUS == 403 and candidates.exists():
        raise Problem(_("This order belongs to another store."), code="forbidden", status=403)
    raise NotFound(_("Order not found"))
