"""Statistics on the admin's start page."""

import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.utils import timezone

from catalog.models import LinkVisitCount
from orders.dashboard import get_store_statistics
from orders.models import Order, OrderItem
from tests.factories import make_link, make_product, make_review, make_store


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


def test_sales_count_on_the_day_in_the_stores_time_zone(store):
    # 23:30 yesterday and midnight in Tokyo are the same day in UTC.
    tokyo = timezone.now().astimezone(datetime.timezone(datetime.timedelta(hours=9)))
    midnight = tokyo.replace(hour=0, minute=0, second=0, microsecond=0)
    sell(store, "10.00", at=midnight - datetime.timedelta(minutes=30))
    sell(store, "20.00", at=midnight)

    days = get_store_statistics(store).days

    assert [(day.total, day.orders) for day in days[-2:]] == [(Decimal("10.00"), 1), (Decimal("20.00"), 1)]
    assert days[-1].date == tokyo.date()
    assert [day.height for day in days[-2:]] == [50, 100]


def test_unpaid_old_and_other_stores_orders_do_not_count(store):
    sell(store, "10.00", paid=False)
    sell(store, "10.00", at=timezone.now() - datetime.timedelta(days=40))
    sell(make_store(host="other.example"), "10.00")

    statistics = get_store_statistics(store)

    assert (statistics.total, statistics.orders) == (Decimal(0), 0)


def test_what_needs_attention_is_counted(store):
    order = sell(store, "10.00")
    make_review(order)
    make_review(order, kind="duplicate_payment")
    make_review(order, kind="upsell", resolved_at=timezone.now())
    sell(store, "10.00", paid=False, at=timezone.now() - datetime.timedelta(hours=3))
    store.last_response_at = timezone.now() - datetime.timedelta(days=3)

    statistics = get_store_statistics(store)

    assert (statistics.open_reviews, statistics.unpaid_orders, statistics.is_silent) == (2, 1, True)


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

    (statistics,) = get_store_statistics(store).links

    assert (statistics.link_id, statistics.name) == (link.pk, "Desk lamp")
    assert (statistics.visits, statistics.checkouts, statistics.paid) == (12, 3, 1)
    assert (statistics.checkout_percent, statistics.paid_percent, statistics.conversion_percent) == (
        25,
        33,
        8,
    )


def test_link_with_more_checkouts_than_visits_has_no_visit_rates(store):
    """JavaScript was off, or the checkout URL was shared."""
    for _ in range(2):
        sell(store, "10.00", payment_link_id="plink_a")
    record_visits(store, "plink_a", 1)

    (statistics,) = get_store_statistics(store).links

    assert (
        statistics.name,
        statistics.checkout_percent,
        statistics.paid_percent,
        statistics.conversion_percent,
    ) == (
        "",
        None,
        100,
        None,
    )


def test_renewals_do_not_count_as_checkouts(store):
    order = sell(store, "10.00", payment_link_id="plink_a")
    Order.objects.filter(pk=order.pk).update(checkout_key="renewal-sub_x-2")

    assert get_store_statistics(store).links == []


def test_best_links_have_the_most_sales_or_visits(store):
    """Each has all its statistics, whichever ranking selected it."""
    for number in range(8):
        record_visits(store, f"plink_seen{number}", 10 + number)
    sell(store, "10.00", payment_link_id="plink_seen0")
    sell(store, "10.00", payment_link_id="plink_sold")

    found = {link.link_id: (link.visits, link.checkouts) for link in get_store_statistics(store).links}

    assert found["plink_seen0"] == (10, 1)
    assert found["plink_sold"] == (0, 1)
    assert found["plink_seen7"] == (17, 0)
    assert len(found) == 7


def test_start_page_shows_sales_in_the_stores_currency(store, admin_client):
    sell(store, "10.00")

    page = admin_client.get("/admin/").text

    assert "€10.00" in page
    assert "Desk lamp" in page
    assert "<rect" in page
    assert "style=" not in page.partition('class="sales"')[2].partition("</section>")[0]


def test_staff_without_order_permission_see_no_sales(store, client, django_user_model):
    sell(store, "10.00")
    client.force_login(django_user_model.objects.create_user("cat", password="x", is_staff=True))

    assert "€10.00" not in client.get("/admin/").text


@pytest.mark.parametrize("sold", [0, 30])
def test_statistics_query_count_is_constant_and_cached(store, sold, django_assert_num_queries):
    """The second call is served from the cache."""
    for number in range(sold):
        sell(store, "10.00", payment_link_id=f"plink_{number}")
        record_visits(store, f"plink_other{number}", 1)

    with django_assert_num_queries(12 if sold else 9):
        get_store_statistics(store)

    with django_assert_num_queries(0):
        get_store_statistics(store)
