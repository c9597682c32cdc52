"""Reports: what they count, on which day, and what they leave out."""

import csv
import datetime
import io
from decimal import Decimal

import pytest
from django.utils import timezone

from catalog.models import LinkVisitCount
from orders.models import Order
from orders.reports.breakdowns import report_discounts, report_products, report_taxes
from orders.reports.charts import build_chart
from orders.reports.links import report_links
from orders.reports.periods import MAX_DAYS, Period, Unit, read_period
from orders.reports.sales import read_sales, report_refunds, report_sales
from orders.reports.tables import Bar, Column, Kind, ReportTable
from tests.factories import make_link, make_order, make_product, make_refund, make_store

pytestmark = pytest.mark.django_db
UTC = datetime.UTC
MARCH = {"first": datetime.date(2026, 3, 1), "last": datetime.date(2026, 3, 31)}


@pytest.fixture
def store(db):
    return make_store(currency="EUR", time_zone="Asia/Tokyo", is_live=True)


def at(*parts):
    """Return a moment in Tokyo."""
    return datetime.datetime(*parts, tzinfo=datetime.timezone(datetime.timedelta(hours=9)))


def sell(store, total="10.00", *, paid_at=None, **fields):
    """Make an order that was paid on March 10th."""
    paid_at = paid_at or at(2026, 3, 10, 12)
    order = make_order(store, total=total, shipping_total="0.00", paid_at=paid_at, **fields)
    Order.objects.filter(pk=order.pk).update(created_at=paid_at)
    return order


def march(store, **fields):
    return Period(**{"store": store, "unit": Unit.DAY} | MARCH | fields)


# --- Periods


@pytest.mark.parametrize(
    ("query", "first", "last", "unit"),
    [
        ({}, -29, 0, "day"),
        ({"days": "7"}, -6, 0, "day"),
        ({"days": "365"}, -364, 0, "month"),
        ({"days": "90", "unit": "day"}, -89, 0, "day"),
        ({"days": "31"}, -29, 0, "day"),
        ({"days": "٧"}, -29, 0, "day"),
        ({"days": "9" * 5000}, -29, 0, "day"),
        ({"unit": "year"}, -29, 0, "day"),
        ({"from": "nonsense", "to": "2026-02-30"}, -29, 0, "day"),
        ({"from": "9999-12-31", "to": "9999-12-31"}, 0, 0, "day"),
    ],
)
def test_period_is_read_from_the_address_or_the_last_30_days(store, query, first, last, unit):
    today = timezone.now().astimezone(datetime.timezone(datetime.timedelta(hours=9))).date()

    period = read_period(store, query)

    assert ((period.first - today).days, (period.last - today).days, period.unit) == (first, last, unit)


def test_days_in_the_wrong_order_are_turned_around(store):
    period = read_period(store, {"from": "2026-03-31", "to": "2026-03-01"})

    assert (period.first, period.last) == (MARCH["first"], MARCH["last"])


def test_period_is_cut_to_five_years(store):
    period = read_period(store, {"from": "0001-01-01", "to": "2026-03-31"})

    assert (period.days, period.last) == (MAX_DAYS, datetime.date(2026, 3, 31))


def test_period_before_has_the_same_number_of_days(store):
    before = march(store).before

    assert (before.first, before.last) == (datetime.date(2026, 1, 29), datetime.date(2026, 2, 28))


@pytest.mark.parametrize(
    ("unit", "buckets"),
    [
        (Unit.WEEK, ["2026-03-01", "2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23", "2026-03-30"]),
        (Unit.MONTH, ["2026-03-01"]),
    ],
)
def test_weeks_begin_on_monday_and_not_before_the_period(store, unit, buckets):
    assert list(map(str, march(store, unit=unit).buckets)) == buckets


def test_day_is_as_long_as_it_is_in_the_stores_time_zone():
    """Clocks go forward in Los Angeles on March 8, 2026."""
    period = Period(make_store(time_zone="America/Los_Angeles"), *[datetime.date(2026, 3, 8)] * 2)

    assert period.starts_at.astimezone(UTC) == datetime.datetime(2026, 3, 8, 8, tzinfo=UTC)
    assert period.ends_at.astimezone(UTC) == datetime.datetime(2026, 3, 9, 7, tzinfo=UTC)


# --- Sales and refunds


def test_sales_count_on_the_day_they_were_paid_in_the_stores_time_zone(store):
    sell(store, "10.00", paid_at=at(2026, 3, 9, 23, 59))
    sell(store, "20.00", paid_at=at(2026, 3, 10, 0, 0))
    sell(store, "40.00", paid_at=at(2026, 4, 1, 0, 0))

    sales = read_sales(march(store)).now

    assert {date.day: day.total for date, day in sales.items() if day.orders} == {
        9: Decimal("10.00"),
        10: Decimal("20.00"),
    }
    assert len(sales) == 31


def test_figures_stand_beside_those_of_the_period_before(store):
    sell(store, "30.00")
    sell(store, "10.00")
    sell(store, "5.00", paid_at=at(2026, 2, 28, 12))
    sell(store, "99.00", paid_at=at(2026, 1, 28, 12))

    series = read_sales(march(store))

    assert (series.total.total, series.total.orders, series.total.average) == (40, 2, 20)
    assert (series.total_before.total, series.total_before.orders) == (5, 1)
    assert [bar.before for bar in series.bars if bar.before] == [Decimal("5.00")]


def test_unpaid_orders_test_orders_and_other_stores_do_not_count(store):
    """What nobody paid isn't sold."""
    make_order(store, paid_at=None)
    sell(store, is_test=True)
    sell(make_store(host="other.example", currency="EUR"))

    assert read_sales(march(store)).total.orders == 0
    assert read_sales(march(store, is_test=True)).total.orders == 1


def test_test_store_counts_its_test_orders():
    store = make_store(is_live=False)
    sell(store, is_test=True)

    assert read_sales(march(store)).total.orders == 1


def test_refund_counts_on_its_own_day_and_without_one_on_the_day_of_the_payment(store):
    order = sell(store, "50.00", paid_at=at(2026, 2, 20, 12))
    make_refund(order, amount="7.00", next_refund_id=1, refunded_at=at(2026, 3, 2, 12))
    make_refund(order, amount="5.00", next_refund_id=2)

    series = read_sales(march(store))

    assert {date.day: day.refunded for date, day in series.now.items() if day.refunds} == {2: Decimal("7.00")}
    assert series.total_before.refunded == Decimal("5.00")
    assert (series.total.net, report_refunds(march(store)).totals[4]) == (Decimal("-7.00"), None)


def test_report_of_sales_takes_them_apart_and_adds_up(store):
    make_order(
        store,
        paid_at=at(2026, 3, 10, 12),
        items_total="49.00",
        shipping_total="5.00",
        discounts=[{"name": "Spring", "amount": "4.00"}],
        tax_lines=[{"name": "VAT", "amount": "3.00"}],
    )

    table = report_sales(march(store, unit=Unit.MONTH))

    figures = [1, Decimal(49), Decimal(4), Decimal(5), Decimal(3), Decimal(53), Decimal(0), Decimal(53)]
    assert list(table.rows[0][1:]) == figures
    assert list(table.totals[1:]) == figures


def test_sales_take_four_queries_however_long_the_period(store, django_assert_num_queries):
    sell(store)

    # The days that are added up, sales, and refunds with and without a time.
    with django_assert_num_queries(4):
        read_sales(march(store))
    with django_assert_num_queries(4):
        read_sales(march(store, first=datetime.date(2023, 1, 1)))


# --- What was sold, taxed, and taken off


def test_products_are_listed_by_what_they_brought_in(store):
    sell(store, items=[{"name": "Lamp", "title": "Black", "quantity": 2, "unit_price": "49.00"}])
    sell(store, items=[{"name": "Bulb", "title": "", "quantity": 9, "unit_price": "5.00"}])

    assert [row[:3] for row in report_products(march(store)).rows] == [("Lamp", "Black", 2), ("Bulb", "", 9)]


def test_taxes_are_listed_by_country_and_state(store):
    taxed = {"tax_country": "US", "tax_state": "NY"}
    make_order(store, paid_at=at(2026, 3, 9), tax_lines=[{"name": "Tax", "amount": "4.00"}], **taxed)
    make_order(store, paid_at=at(2026, 3, 9), tax_lines=[{"name": "Tax", "amount": "2.00"}], **taxed)
    vat = {"name": "VAT", "amount": "8.00", "is_included": True}
    make_order(store, paid_at=at(2026, 3, 9), tax_lines=[vat], tax_country="DE")

    table = report_taxes(march(store))

    assert [(row[0], row[1], row[2], row[6]) for row in table.rows] == [
        ("DE", "", 1, Decimal("8.00")),
        ("US", "NY", 2, Decimal("6.00")),
    ]
    assert table.totals[6] == Decimal("14.00")


def test_discounts_are_listed_by_code_or_offer(store):
    for amount in ("3.00", "4.00"):
        make_order(
            store,
            paid_at=at(2026, 3, 9),
            discounts=[
                {"name": "Welcome", "code": "HELLO", "amount": amount},
                {"name": "Spring", "amount": "1.00"},
            ],
        )

    assert report_discounts(march(store)).rows == [
        ("HELLO", "Code", 2, Decimal("7.00")),
        ("Spring", "Offer", 2, Decimal("2.00")),
    ]


# --- Payment links


def test_links_are_followed_from_visit_to_paid_order(store):
    link = make_link(make_product(store, name="Desk lamp"))
    for paid in (True, False, False):
        order = sell(store, payment_link_id=link.pk)
        if not paid:
            Order.objects.filter(pk=order.pk).update(paid_at=None)
    LinkVisitCount.objects.create(store=store, link_id=link.pk, date=MARCH["last"], count=10)
    LinkVisitCount.objects.create(store=store, link_id=link.pk, date=datetime.date(2026, 4, 1), count=90)

    assert report_links(march(store)).rows == [("Desk lamp", link.pk, 10, 3, 1, 10, Decimal("10.00"))]


def test_link_with_fewer_visits_than_checkouts_has_no_share(store):
    sell(store, payment_link_id="plink_gone")
    LinkVisitCount.objects.create(store=store, link_id="plink_seen", date=MARCH["first"], count=4)

    assert report_links(march(store)).rows == [
        ("Deleted link", "plink_gone", 0, 1, 1, None, Decimal("10.00")),
        ("Deleted link", "plink_seen", 4, 0, 0, 0, 0),
    ]


# --- Tables and charts


def test_csv_opens_in_a_spreadsheet_and_runs_no_formula(store):
    """A name that begins like a formula is quoted."""
    sell(store, items=[{"name": "=HYPERLINK(1)", "title": "Größe", "unit_price": "10.00"}])

    text = report_products(march(store)).to_csv()

    assert text.startswith("\ufeff")
    header, row = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    assert header == ["Product", "Variant", "Sold", "Refunded", "Sales", "Currency"]
    assert row == ["'=HYPERLINK(1)", "Größe", "1", "0", "10.00", "EUR"]


def test_empty_cells_are_shown_as_a_dash(store):
    table = ReportTable(march(store), (Column("Share", Kind.PERCENT),), [(None,), (7,)])

    assert [cell for ((cell, _is_figure),) in table.shown_rows] == ["–", "7%"]


def test_chart_scales_to_the_highest_bar_and_keeps_small_ones_visible():
    bars = [Bar("Mon", Decimal(1000), Decimal(500)), Bar("Tue", Decimal("0.01"), Decimal(0))]

    chart = build_chart(bars, str)

    assert [(rect.title, rect.height) for rect in chart.rects] == [
        ("Mon: 500", "90.00"),
        ("Mon: 1000", "180.00"),
        ("Tue: 0.01", "2.00"),
    ]


@pytest.mark.parametrize("bars", [[], [Bar("Mon", Decimal(0), Decimal(0))]])
def test_chart_of_nothing_has_no_bars(bars):
    chart = build_chart(bars, str)

    assert chart is None or chart.rects == []
