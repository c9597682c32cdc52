"""The first page of the admin: right for each store's currency and time zone, and as fast later as today."""

import datetime
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.utils import timezone

from orders.dashboard import figures_of
from orders.models import Order, OrderItem
from tests.factories import make_store


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


def test_a_sale_counts_for_the_day_it_is_where_the_store_is(store):
    # 23:30 in Tokyo yesterday and 00:30 today are an hour apart, and mostly the same day in UTC.
    tokyo = timezone.now().astimezone(datetime.timezone(datetime.timedelta(hours=9)))
    midnight = tokyo.replace(hour=0, minute=0, second=0, microsecond=0)
    sell(store, "10.00", at=midnight - datetime.timedelta(minutes=30))
    sell(store, "20.00", at=midnight)

    days = figures_of(store).days

    assert [(day.total, day.orders) for day in days[-2:]] == [(Decimal("10.00"), 1), (Decimal("20.00"), 1)]
    assert days[-1].date == tokyo.date()
    assert [day.height for day in days[-2:]] == [50, 100]


def test_unpaid_old_and_other_stores_sales_do_not_count(store):
    sell(store, "10.00", paid=False)
    sell(store, "10.00", at=timezone.now() - datetime.timedelta(days=40))
    sell(make_store(host="other.example"), "10.00")

    figures = figures_of(store)

    assert (figures.total, figures.orders) == (Decimal(0), 0)


def test_what_wants_attention_is_named(store):
    sell(store, "10.00", review_reason="Paid a second time.")
    sell(store, "10.00", paid=False, at=timezone.now() - datetime.timedelta(hours=3))
    store.last_heard_at = timezone.now() - datetime.timedelta(days=3)

    figures = figures_of(store)

    assert (figures.in_review, figures.unpaid, figures.silent) == (1, 1, True)


def test_links_are_shown_with_how_many_checkouts_were_paid(store):
    sell(store, "10.00", payment_link_id="plink_a")
    sell(store, "10.00", payment_link_id="plink_a", paid=False)

    (link,) = figures_of(store).links

    assert (link.link_id, link.begun, link.paid, link.percent) == ("plink_a", 2, 1, 50)


def test_the_page_shows_it_in_the_stores_currency(store, admin_client):
    sell(store, "10.00")

    page = admin_client.get("/admin/").text

    assert "€10.00" in page
    assert "Desk lamp" in page
    assert "<rect" in page
    assert "style=" not in page.partition('class="sales"')[2].partition("</section>")[0]


def test_who_may_not_see_orders_sees_no_sales(store, client, django_user_model):
    sell(store, "10.00")
    client.force_login(django_user_model.objects.create_user("cat", password="x", is_staff=True))

    assert "€10.00" not in client.get("/admin/").text


def test_a_minute_later_it_costs_nothing(store, django_assert_num_queries):
    figures_of(store)

    with django_assert_num_queries(0):
        figures_of(store)
