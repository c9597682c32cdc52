"""The filters of the order list. `filter_form` shows them, and saved views keep them."""

import datetime
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date

from catalog.admin.payment_link_filters import read_pasted_address
from catalog.models import PaymentLink, Product
from catalog.search import search_payment_links, search_products
from orders.models import Customer, Order, OrderItem
from orders.privacy import list_customer_orders
from orders.reviews import list_orders_in_review
from orders.unshipped_items import filter_orders_to_ship

Orders = QuerySet[Order]
Status = Order.Status
MAX_MATCHES = 200  # products or links that one text stands for


class OrderFilter(admin.SimpleListFilter):
    """A filter by one parameter of the address. `find` returns the orders that a value stands for."""

    title = ""
    parameter_name = ""
    find: Callable[[Orders, str], Orders]

    def has_output(self) -> bool:
        return True  # Django skips a filter without choices; the form has these

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return []

    def queryset(self, request: HttpRequest, queryset: Orders) -> Orders:
        value = (self.value() or "").replace("\0", "").strip()
        return type(self).find(queryset, value) if value else queryset


def make_filter(name: str, find: Callable[[Orders, str], Orders]) -> type[OrderFilter]:
    """Return a filter class for the parameter."""
    return type(
        f"{name.title().replace('_', '')}Filter",
        (OrderFilter,),
        {"title": name, "parameter_name": name, "find": staticmethod(find)},
    )


def find_by_status(orders: Orders, value: str) -> Orders:
    return orders.filter(status=value)


def find_by_payment(orders: Orders, value: str) -> Orders:
    conditions = {
        "unpaid": Q(status=Status.PENDING),
        "paid": Q(paid_at__isnull=False),
        "refunded": Q(status__in=[Status.REFUNDED, Status.PARTIALLY_REFUNDED]),
    }
    return orders.filter(conditions.get(value, Q()))


def find_to_ship(orders: Orders, value: str) -> Orders:
    return filter_orders_to_ship(orders) if value == "yes" else orders


def find_in_review(orders: Orders, value: str) -> Orders:
    in_review = Q(pk__in=list_orders_in_review())
    return {"yes": orders.filter(in_review), "no": orders.exclude(in_review)}.get(value, orders)


def find_by_mode(orders: Orders, value: str) -> Orders:
    return orders.filter(is_test=value == "1") if value in {"0", "1"} else orders


def find_by_store(orders: Orders, value: str) -> Orders:
    return orders.filter(store=int(value)) if value.isascii() and value.isdecimal() else orders


def start_of_day(text: str, *, days_later: int = 0) -> datetime.datetime | None:
    """Return when a day begins in the time zone of the page; None if the text is not a date."""
    try:
        day = parse_date(text)
        if day is None:
            return None
        day += datetime.timedelta(days=days_later)
        return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))
    except (ValueError, OverflowError):
        return None


def find_placed_from(orders: Orders, value: str) -> Orders:
    start = start_of_day(value)
    return orders.filter(created_at__gte=start) if start else orders


def find_placed_to(orders: Orders, value: str) -> Orders:
    """Find orders placed on this day or before."""
    end = start_of_day(value, days_later=1)
    return orders.filter(created_at__lt=end) if end else orders


def find_by_product(orders: Orders, value: str) -> Orders:
    """Find orders of the products that the product list finds for this text."""
    found = search_products(Product.objects.order_by("pk"), value)
    # The ID itself is searched for as well: the product may have been deleted since.
    ids = [value, *found.values_list("pk", flat=True)[:MAX_MATCHES]]
    return orders.filter(pk__in=OrderItem.objects.filter(product_id__in=ids).values("order_id"))


def find_by_link(orders: Orders, value: str) -> Orders:
    """Find orders through the payment links that the list of links finds for this text."""
    found = search_payment_links(PaymentLink.objects.order_by("pk"), read_pasted_address(value).strip())
    ids = [value, *found.values_list("pk", flat=True)[:MAX_MATCHES]]
    return orders.filter(payment_link_id__in=ids)


def find_by_country(orders: Orders, value: str) -> Orders:
    """Find orders that ship to the country, or of shoppers there if nothing ships."""
    return orders.filter(tax_country=value)


def find_by_tag(orders: Orders, value: str) -> Orders:
    tagged = Order.tags.through.objects.filter(ordertag__name__iexact=value)
    return orders.filter(pk__in=tagged.values("order_id"))


def find_by_customer(orders: Orders, value: str) -> Orders:
    """Find the orders that the customer's page lists."""
    customer = Customer.objects.filter(pk=value).first()
    if customer is None:
        return orders.none()
    return orders.filter(pk__in=list_customer_orders(customer).order_by().values("pk"))


ORDER_FILTERS = tuple(
    make_filter(name, find)
    for name, find in (
        ("status__exact", find_by_status),
        ("payment", find_by_payment),
        ("to_ship", find_to_ship),
        ("in_review", find_in_review),
        ("is_test__exact", find_by_mode),
        ("store__id__exact", find_by_store),
        ("placed_from", find_placed_from),
        ("placed_to", find_placed_to),
        ("product", find_by_product),
        ("link", find_by_link),
        ("country", find_by_country),
        ("tag", find_by_tag),
        ("customer", find_by_customer),
    )
)
FILTER_NAMES = tuple(str(each.parameter_name) for each in ORDER_FILTERS)
