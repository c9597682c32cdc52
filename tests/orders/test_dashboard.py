"""The first page of the admin: right for each store's currency and time zone, and as fast later as today."""

import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.utils import timezone

from catalog.models import LinkVisitCount
from orders.dashboard import get_store_statistics
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


def test_a_sale_counts_for_the_day_it_is_where_the_store_is(store):
    # 23:30 in Tokyo yesterday and 00:30 today are an hour apart, and mostly the same day in UTC.
    tokyo = timezone.now().astimezone(datetime.timezone(datetime.timedelta(hours=9)))
    midnight = tokyo.replace(hour=0, minute=0, second=0, microsecond=0)
    sell(store, "10.00", at=midnight - datetime.timedelta(minutes=30))
    sell(store, "20.00", at=midnight)

    days = get_store_statistics(store).days

    assert [(day.total, day.orders) for day in days[-2:]] == [(Decimal("10.00"), 1), (Decimal("20.00"), 1)]
    assert days[-1].date == tokyo.date()
    assert [day.height for day in days[-2:]] == [50, 100]


def test_unpaid_old_and_other_stores_sales_do_not_count(store):
    sell(store, "10.00", paid=False)
    sell(store, "10.00", at=timezone.now() - datetime.timedelta(days=40))
    sell(make_store(host="other.example"), "10.00")

    statistics = get_store_statistics(store)

    assert (statistics.total, statistics.orders) == (Decimal(0), 0)


def test_what_wants_attention_is_named(store):
    sell(store, "10.00", review_reason="Paid a second time.")
    sell(store, "10.00", paid=False, at=timezone.now() - datetime.timedelta(hours=3))
    store.last_response_at = timezone.now() - datetime.timedelta(days=3)

    statistics = get_store_statistics(store)

    assert (statistics.orders_in_review, statistics.unpaid_orders, statistics.is_silent) == (1, 1, True)


def seen(store, link_id, times, *, days_ago=0):
    today = timezone.now().astimezone(ZoneInfo(store.time_zone)).date()
    date = today - datetime.timedelta(days=days_ago)
    LinkVisitCount.objects.create(store=store, link_id=link_id, date=date, count=times)


def test_a_link_goes_from_visits_to_checkouts_to_money(store):
    link = make_link(make_product(store, name="Desk lamp"))
    for paid in (True, False, False):
        sell(store, "10.00", payment_link_id=link.pk, paid=paid)
    sell(store, "10.00", payment_link_id=link.pk, at=timezone.now() - datetime.timedelta(days=40))
    seen(store, link.pk, 4)
    seen(store, link.pk, 8, days_ago=29)
    seen(store, link.pk, 100, days_ago=30)

    (sales,) = get_store_statistics(store).links

    assert (sales.link_id, sales.name) == (link.pk, "Desk lamp")
    assert (sales.visits, sales.checkouts, sales.paid) == (12, 3, 1)
    assert (sales.checkout_percent, sales.paid_percent, sales.conversion_percent) == (25, 33, 8)
    assert get_link_statistics(link) == sales


def test_a_link_with_more_checkouts_than_visits_has_no_rate_of_visits(store):
    """Scripts were off, or the checkout's address was shared."""
    for _ in range(2):
        sell(store, "10.00", payment_link_id="plink_a")
    seen(store, "plink_a", 1)

    (sales,) = get_store_statistics(store).links

    assert (sales.name, sales.checkout_percent, sales.paid_percent, sales.conversion_percent) == (
        "",
        None,
        100,
        None,
    )


def test_a_renewal_is_no_checkout_of_its_link(store):
    order = sell(store, "10.00", payment_link_id="plink_a")
    Order.objects.filter(pk=order.pk).update(checkout_key="renewal-sub_x-2")

    assert get_store_statistics(store).links == []


def test_the_best_links_are_those_that_sell_and_those_that_are_seen(store):
    """Each with all its statistics, whichever of them brought it here."""
    for number in range(8):
        seen(store, f"plink_seen{number}", 10 + number)
    sell(store, "10.00", payment_link_id="plink_seen0")
    sell(store, "10.00", payment_link_id="plink_sold")

    found = {link.link_id: (link.visits, link.checkouts) for link in get_store_statistics(store).links}

    assert found["plink_seen0"] == (10, 1)
    assert found["plink_sold"] == (0, 1)
    assert found["plink_seen7"] == (17, 0)
    assert len(found) == 7


def test_the_links_own_page_shows_what_came_of_it(store, admin_client, django_assert_num_queries):
    link = make_link(make_product(store))
    sell(store, "10.00", payment_link_id=link.pk)
    seen(store, link.pk, 3)

    # Three of them for what came of it: visits, checkouts and the product's name.
    with django_assert_num_queries(9):
        page = admin_client.get(f"/admin/catalog/paymentlink/{link.pk}/change/").text

    assert "<td>3</td><td>1</td><td>33 %</td>" in page
    assert f"{link.url}#preview" in page


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


@pytest.mark.parametrize("sold", [0, 30])
def test_the_figures_cost_the_same_few_queries_however_much_is_sold(store, sold, django_assert_num_queries):
    """And a minute later none."""
    for number in range(sold):
        sell(store, "10.00", payment_link_id=f"plink_{number}")
        seen(store, f"plink_other{number}", 1)

    with django_assert_num_queries(11 if sold else 8):
        get_store_statistics(store)

    with django_assert_num_queries(0):
        get_store_statistics(store)
