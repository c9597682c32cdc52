"""Statistics on a payment link's page."""

import datetime
import re
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.utils import timezone

from catalog.models import LinkVisitCount
from orders.link_statistics import get_link_statistics
from orders.models import Order, OrderItem
from tests.factories import make_link, make_product, make_store


@pytest.fixture
def store(db):
    cache.clear()
    return make_store(currency="EUR", time_zone="Asia/Tokyo")


def sell(store, total, *, at=None, paid=True, **fields):
    number = Order.objects.count()
    order = Order.objects.create(
        store=store,
        number=f"ORD-2026-{number:05}",
        external_id=f"ext_{number}",
        checkout_key=f"key-{number}",
        email="ada@example.com",
        name="Ada",
        currency=store.currency,
        items_total=total,
        total=total,
        status="Paid" if paid else "Pending",
        paid_at=(at or timezone.now()) if paid else None,
        **fields,
    )
    OrderItem.objects.create(
        order=order,
        product_id="p",
        variant_id="v",
        name="Desk lamp",
        quantity=2,
        unit_price=Decimal(total) / 2,
    )
    if at:
        Order.objects.filter(pk=order.pk).update(created_at=at)
    return order


def record_visits(store, link_id, count, *, days_ago=0):
    today = timezone.now().astimezone(ZoneInfo(store.time_zone)).date()
    date = today - datetime.timedelta(days=days_ago)
    LinkVisitCount.objects.create(store=store, link_id=link_id, date=date, count=count)


def test_link_statistics_count_visits_checkouts_and_paid_orders(store):
    link = make_link(make_product(store, name="Desk lamp"))
    for paid in (True, False, False):
        sell(store, "10.00", payment_link_id=link.pk, paid=paid)
    sell(store, "10.00", payment_link_id=link.pk, at=timezone.now() - datetime.timedelta(days=40))
    record_visits(store, link.pk, 4)
    record_visits(store, link.pk, 8, days_ago=29)
    record_visits(store, link.pk, 100, days_ago=30)

    statistics = get_link_statistics(link)

    assert (statistics.link_id, statistics.name) == (link.pk, "Desk lamp")
    assert (statistics.visits, statistics.checkouts, statistics.paid) == (12, 3, 1)
    assert (statistics.checkout_percent, statistics.paid_percent, statistics.conversion_percent) == (
        25,
        33,
        8,
    )


def test_link_with_more_checkouts_than_visits_has_no_visit_rates(store):
    """JavaScript was off, or the checkout URL was shared."""
    link = make_link(make_product(store))
    for _ in range(2):
        sell(store, "10.00", payment_link_id=link.pk)
    record_visits(store, link.pk, 1)

    statistics = get_link_statistics(link)

    assert (statistics.checkout_percent, statistics.paid_percent) == (None, 100)
    assert statistics.conversion_percent is None


def test_renewals_do_not_count_as_checkouts(store):
    link = make_link(make_product(store))
    order = sell(store, "10.00", payment_link_id=link.pk)
    Order.objects.filter(pk=order.pk).update(checkout_key="renewal-sub_x-2")

    assert get_link_statistics(link).checkouts == 0


def test_payment_link_page_shows_its_statistics(store, admin_client, django_assert_num_queries):
    link = make_link(make_product(store))
    sell(store, "10.00", payment_link_id=link.pk)
    record_visits(store, link.pk, 3)

    # Two of them for the statistics: visits and checkouts.
    with django_assert_num_queries(10):
        page = admin_client.get(f"/admin/catalog/paymentlink/{link.pk}/change/").text

    assert re.search(r"<td>3</td>\s*<td>1</td>\s*<td>33%</td>", page)
    assert f"{link.url}#preview" in page
