"""A payment link's results by day, on its page in the admin."""

import datetime
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from catalog.models import LinkVisitCount
from orders.link_results import get_link_results
from orders.models import Order
from tests.factories import make_link, make_product, make_store

NOON = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)


@pytest.fixture
def link(db, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    store = make_store(time_zone="Asia/Tokyo", is_live=True)
    return make_link(make_product(store, name="Kettle"))


def place_order(link, *, created_at, paid_at=None, **fields):
    number = Order.objects.count()
    names = {"number": f"N{number}", "external_id": f"x{number}", "checkout_key": f"key-{number}"}
    defaults = {"currency": "USD", "items_total": 10, "total": 10, "payment_link_id": link.pk}
    order = Order.objects.create(store=link.store, paid_at=paid_at, **names | defaults | fields)
    Order.objects.filter(pk=order.pk).update(created_at=created_at)


def test_results_are_counted_by_the_day_of_the_store(link):
    """14:59 UTC is still the 19th in Tokyo, 15:00 is the 20th."""
    evening = NOON.replace(day=19, hour=14, minute=59)
    place_order(link, created_at=evening, paid_at=evening + datetime.timedelta(minutes=1))
    place_order(link, created_at=NOON)
    LinkVisitCount.objects.create(
        store=link.store, link_id=link.pk, date=datetime.date(2026, 11, 20), count=4
    )

    results = get_link_results(link, period=7)

    assert [day.date.day for day in results.days] == [14, 15, 16, 17, 18, 19, 20]
    days = [(day.visits, day.checkouts, day.paid, day.revenue) for day in results.days[-2:]]
    assert days == [(0, 1, 0, Decimal(0)), (4, 1, 1, Decimal("10.00"))]
    assert (results.visits, results.checkouts, results.paid, results.revenue) == (4, 2, 1, Decimal("10.00"))


def test_renewals_test_orders_and_other_currencies_are_no_revenue(link):
    place_order(link, created_at=NOON, paid_at=NOON, is_test=True)
    place_order(link, created_at=NOON, paid_at=NOON, currency="EUR")
    place_order(link, created_at=NOON, paid_at=NOON, checkout_key="renewal-1")
    place_order(link, created_at=NOON - datetime.timedelta(days=8), paid_at=NOON - datetime.timedelta(days=8))

    results = get_link_results(link, period=7)

    assert (results.checkouts, results.paid, results.revenue) == (2, 2, Decimal(0))


def test_page_of_a_link_shows_its_results_for_a_period(link, admin_client, django_assert_num_queries):
    monday = NOON - datetime.timedelta(days=20)
    place_order(link, created_at=monday, paid_at=monday)
    address = reverse("admin:catalog_paymentlink_change", args=[link.pk])

    # Three of them for the results, one each for its tags and questions.
    with django_assert_num_queries(11):
        month = admin_client.get(address).content.decode()
    week = admin_client.get(f"{address}?days=7").content.decode()

    assert "<dt>Revenue</dt><dd>$10.00</dd>" in month
    assert "<rect" in month
    assert "style=" not in month
    assert f"{link.url}#preview" in month
    assert "Nobody has opened this link in this period." in week
    assert admin_client.get(f"{address}?days=x").status_code == 200
