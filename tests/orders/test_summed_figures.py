"""Reports read past days from sums, which are never anything but what the orders say."""

import datetime
import random
import threading
import zoneinfo
from decimal import Decimal
from io import StringIO
from unittest.mock import Mock

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from orders.models import (
    DailyLinks,
    DailySales,
    FigureChange,
    Order,
    OrderDiscount,
    OrderItem,
    OrderRefund,
    StoreFigures,
    SummedDay,
)
from orders.reports import summing
from orders.reports.breakdowns import report_discounts, report_products, report_taxes
from orders.reports.links import report_links
from orders.reports.periods import Period
from orders.reports.sales import report_refunds, report_sales
from orders.reports.summing import KINDS, list_days_to_sum, schedule_figures, sum_day, sum_due_days
from orders.reports.triggers import list_triggers
from tests.factories import make_order, make_order_item, make_refund, make_store

REPORTS = (report_sales, report_refunds, report_taxes, report_products, report_discounts, report_links)
TOKYO = "Asia/Tokyo"
UTC = datetime.UTC


@pytest.fixture
def store(db):
    return make_store(currency="EUR", time_zone=TOKYO, is_live=True)


def days_ago(days, **parts):
    """Return noon in Tokyo of a past day, or some hours before."""
    now = timezone.now().astimezone(zoneinfo.ZoneInfo(TOKYO))
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0)
    return noon - datetime.timedelta(days=days, **parts)


def sell(store, paid_at, **fields):
    order = make_order(store, paid_at=paid_at, payment_link_id="plink_1", **fields)
    Order.objects.filter(pk=order.pk).update(created_at=paid_at)
    order.created_at = paid_at
    return order


def last_days(store, days=10, **fields):
    today = Period(store, datetime.date.min, datetime.date.min).today
    return Period(store, today - datetime.timedelta(days=days - 1), today, **fields)


def add_up(store):
    """Let the background do its work until nothing is left."""
    schedule_figures()
    figures = StoreFigures.objects.select_related("store").get(store=store)
    while list_days_to_sum(figures):
        sum_due_days(figures)
        figures.refresh_from_db()
    return figures


def read_reports(store, **fields):
    return [report(last_days(store, **fields)).rows for report in REPORTS]


def count_reports(store, **fields):
    """Return the reports as they are without any sums."""
    with transaction.atomic():
        SummedDay.objects.all().delete()
        rows = read_reports(store, **fields)
        transaction.set_rollback(True)
    return rows


def test_past_days_are_added_up_and_then_read_from_their_sums(store):
    sell(store, days_ago(3), total="10.00", shipping_total="0.00")
    sell(store, timezone.now(), total="5.00", shipping_total="0.00")

    add_up(store)
    DailySales.objects.update(total="70.00")

    assert report_sales(last_days(store)).totals[6] == Decimal("75.00")
    assert SummedDay.objects.count() == 3


def test_change_of_a_past_day_shows_at_once_and_is_added_up_again(store):
    order = sell(store, days_ago(3), total="10.00", shipping_total="0.00")
    figures = add_up(store)

    Order.objects.filter(pk=order.pk).update(total="12.00", items_total="12.00")

    assert report_sales(last_days(store)).totals[6] == Decimal("12.00")
    assert list_days_to_sum(figures) == [order.paid_at.date()]
    add_up(store)
    assert not FigureChange.objects.filter(at__lt=days_ago(1)).exists()
    assert report_sales(last_days(store)).totals[6] == Decimal("12.00")
    assert DailySales.objects.get(date=order.paid_at.date()).total == Decimal("12.00")


def test_change_that_moves_no_figure_is_not_noted(store):
    order = sell(store, days_ago(3))
    refund = make_refund(order, amount="1.00", refunded_at=days_ago(2))
    figures = add_up(store)

    order.phone, order.next_status = "+12025550140", "complete"
    order.save()
    refund.note = "Gift"
    refund.save()
    OrderItem.objects.update(restocked_quantity=1)

    assert list_days_to_sum(figures) == []


def test_killed_reconciler_loses_no_change(store, monkeypatch):
    """The note of a change goes with the sum that has it."""
    order = sell(store, days_ago(3), total="10.00", shipping_total="0.00")
    figures = add_up(store)
    Order.objects.filter(pk=order.pk).update(total="12.00", items_total="12.00")
    monkeypatch.setattr(SummedDay.objects, "get_or_create", Mock(side_effect=KeyboardInterrupt))

    with pytest.raises(KeyboardInterrupt):
        sum_due_days(figures)

    assert list_days_to_sum(figures) == [order.paid_at.date()]
    assert report_sales(last_days(store)).totals[6] == Decimal("12.00")


def test_day_that_cannot_be_added_up_stops_no_other(store, monkeypatch, caplog):
    """It is counted from its rows for as long as it takes."""
    sell(store, days_ago(3), total="10.00", shipping_total="0.00")
    sell(store, days_ago(2), total="5.00", shipping_total="0.00")

    def fail_on_one_day(figures, date):
        if date == days_ago(2).date():
            raise ValueError
        sum_day(figures, date)

    monkeypatch.setattr(summing, "sum_day", fail_on_one_day)
    schedule_figures()
    sum_due_days(StoreFigures.objects.select_related("store").get())

    assert set(SummedDay.objects.values_list("date", flat=True)) == {days_ago(3).date(), days_ago(1).date()}
    assert report_sales(last_days(store)).totals[6] == Decimal("15.00")
    assert "couldn't be added up" in caplog.text


@pytest.mark.concurrent
@pytest.mark.django_db(transaction=True)
def test_change_that_commits_while_its_day_is_added_up_is_noticed():
    """A sum that hasn't seen a change doesn't take the note of it away."""
    store = make_store(currency="EUR", time_zone=TOKYO, is_live=True)
    order = sell(store, days_ago(3), total="10.00", shipping_total="0.00")
    figures = add_up(store)
    is_changed, is_summed = threading.Event(), threading.Event()

    def change():
        with transaction.atomic():
            Order.objects.filter(pk=order.pk).update(total="12.00", items_total="12.00")
            is_changed.set()
            is_summed.wait(10)
        connection.close()

    thread = threading.Thread(target=change)
    thread.start()
    is_changed.wait(10)
    sum_day(figures, order.paid_at.date())
    assert report_sales(last_days(store)).totals[6] == Decimal("10.00")
    is_summed.set()
    thread.join()

    assert report_sales(last_days(store)).totals[6] == Decimal("12.00")
    add_up(store)
    assert DailySales.objects.get().total == Decimal("12.00")


def test_days_of_another_time_zone_are_added_up_anew(store):
    sell(store, days_ago(3, hours=11))  # 1:00 in Tokyo, the day before in Los Angeles
    figures = add_up(store)
    first = DailySales.objects.get().date

    store.time_zone = "America/Los_Angeles"
    store.save()
    counted = report_sales(last_days(store)).rows
    add_up(store)

    assert report_sales(last_days(store)).rows == counted
    assert DailySales.objects.get(orders=1).date == first - datetime.timedelta(days=1)
    # Back again, days that changed meanwhile are not taken from the first sums.
    Order.objects.update(total="99.00", items_total="94.00")
    add_up(store)
    store.time_zone = TOKYO
    store.save()
    assert report_sales(last_days(store)).totals[6] == Decimal("99.00")
    add_up(store)
    assert report_sales(last_days(store)).totals[6] == Decimal("99.00")
    assert figures.pk == StoreFigures.objects.get().pk


def test_refund_of_long_ago_or_of_tomorrow_stops_nothing(store):
    """NEXT may tell any time."""
    order = sell(store, days_ago(3))
    for number, year in enumerate((1, 1999, 2001, 2099, 9999)):
        at = datetime.datetime(year, 6, 1, tzinfo=UTC)
        make_refund(order, amount="1.00", next_refund_id=number + 1, refunded_at=at)

    add_up(store)

    old = Period(store, datetime.date(2001, 1, 1), datetime.date(2001, 12, 31))
    assert report_refunds(old).totals[1:3] == (1, Decimal("1.00"))


def test_every_change_of_a_past_day_shows(store):
    """Whatever an order's rows go through, in a summed day, and by whatever query."""
    other = sell(store, days_ago(12), items=[{"name": "Cord"}])  # in no report
    sell(store, days_ago(3), items=[{"name": "Lamp"}], discounts=[{"name": "Spring", "amount": "1.00"}])
    orders = Order.objects.exclude(pk=other.pk)
    items, discounts = OrderItem.objects.filter(order__in=orders), OrderDiscount.objects.all()
    refunds = OrderRefund.objects.all()
    changes = {
        "order placed": lambda: sell(store, days_ago(4)),
        "order deleted": lambda: Order.objects.filter(paid_at=days_ago(4)).delete(),
        "paid on another day": lambda: orders.update(paid_at=days_ago(2)),
        "placed long before": lambda: orders.update(created_at=days_ago(11)),
        "placed on its day again": lambda: orders.update(created_at=days_ago(3)),
        "not paid": lambda: orders.update(paid_at=None),
        "paid after all": lambda: orders.update(paid_at=days_ago(3)),
        "another link": lambda: orders.update(payment_link_id="plink_2"),
        "no link": lambda: orders.update(payment_link_id=""),
        "link again": lambda: orders.update(payment_link_id="plink_3"),
        "renewal": lambda: orders.update(checkout_key="renewal-1"),
        "parts": lambda: orders.update(
            items_total=40, shipping_total=2, tax_total=9, discount_total=1, total=50
        ),
        "included tax": lambda: orders.update(included_tax_total=3),
        "country": lambda: orders.update(tax_country="DE"),
        "state": lambda: orders.update(tax_state="BE"),
        "refunded since": lambda: orders.update(refunded_amount=7),
        "item added": lambda: make_order_item(orders.get(), name="Bulb"),
        "item renamed": lambda: items.filter(name="Bulb").update(name="Shade"),
        "variant renamed": lambda: items.filter(name="Shade").update(title="Red"),
        "quantity": lambda: items.filter(name="Shade").update(quantity=3),
        "price": lambda: items.filter(name="Shade").update(unit_price=4),
        "item refunded": lambda: items.filter(name="Shade").update(refunded_quantity=1),
        "item moved away": lambda: items.filter(name="Shade").update(order=other),
        "item moved back": lambda: OrderItem.objects.filter(name="Shade").update(order=orders.get()),
        "item removed": lambda: OrderItem.objects.filter(name="Shade").delete(),
        "discount added": lambda: orders.get().discounts.create(name="May", amount=2),
        "discount renamed": lambda: discounts.filter(name="May").update(name="June"),
        "discount with a code": lambda: discounts.filter(name="June").update(code="JUNE"),
        "discount lowered": lambda: discounts.filter(name="June").update(amount=1),
        "discount removed": lambda: discounts.filter(name="June").delete(),
        "refund without a time": lambda: orders.get().refunds.create(amount=5),
        "time of the refund": lambda: refunds.update(refunded_at=days_ago(1)),
        "amount of the refund": lambda: refunds.update(amount=6),
        "region of the refund": lambda: orders.update(tax_country="FR"),
        "mode of the refund": lambda: orders.update(is_test=True),
        "mode again": lambda: orders.update(is_test=False),
        "refund removed": lambda: refunds.all().delete(),
    }
    shown = None
    for name, change in changes.items():
        add_up(store)
        before, _done = shown or read_reports(store), change()
        shown = read_reports(store)
        assert shown != before, name
        assert shown == count_reports(store), name
    add_up(store)
    call_command("check_reports", stdout=StringIO())


def test_sums_agree_with_the_orders_after_any_changes(store):
    """Random orders, refunds, corrections, and deletions, with the sums made at random moments."""
    chance = random.Random(7)
    other = make_store(host="other.example", currency="EUR", time_zone="America/New_York")
    sell(other, days_ago(2))
    schedule_figures()
    for _step in range(60):
        chance.choice(CHANGES)(store, chance)
        schedule_figures()
        figures = StoreFigures.objects.filter(store=store).select_related("store").first()
        if figures is not None and chance.random() < 0.3:
            for date in list_days_to_sum(figures)[: chance.randrange(1, 9)]:
                sum_day(figures, date)
        if chance.random() < 0.1:
            assert read_reports(store) == count_reports(store)
    add_up(store)
    for is_test in (False, True):
        assert read_reports(store, is_test=is_test) == count_reports(store, is_test=is_test)
    call_command("check_reports", stdout=StringIO())


def place(store, chance):
    order = sell(
        store,
        days_ago(chance.randrange(9), hours=chance.randrange(24)),
        tax_country=chance.choice(("US", "DE")),
        is_test=chance.random() < 0.2,
        items=[{"name": chance.choice(("Lamp", "Bulb")), "quantity": 2, "unit_price": "12.00"}],
        discounts=[{"name": "Spring", "code": chance.choice(("", "HELLO")), "amount": "1.00"}],
    )
    if chance.random() < 0.3:
        Order.objects.filter(pk=order.pk).update(paid_at=None)


def pick(rows, chance):
    return rows.filter(pk__in=[chance.choice([*rows.values_list("pk", flat=True)] or [None])])


def pay(store, chance):
    order = pick(Order.objects.filter(store=store, paid_at=None), chance)
    order.update(paid_at=days_ago(chance.randrange(9)))


def change_total(store, chance):
    amount = chance.randrange(10, 99)
    order = pick(Order.objects.filter(store=store), chance)
    order.update(
        items_total=amount,
        discount_total=0,
        shipping_total=0,
        tax_total=0,
        total=amount,
        refunded_amount=chance.randrange(9),
    )


def change_place(store, chance):
    order = pick(Order.objects.filter(store=store), chance)
    order.update(tax_country=chance.choice(("US", "DE", "")), is_test=chance.random() < 0.5)


def refund(store, chance):
    for order in pick(Order.objects.filter(store=store), chance):
        at = chance.choice((None, days_ago(chance.randrange(9))))
        make_refund(order, amount="2.00", next_refund_id=chance.randrange(10**9), refunded_at=at)


def change_refund(store, chance):
    row = pick(OrderRefund.objects.filter(order__store=store), chance)
    chance.choice(
        (
            lambda: row.update(refunded_at=days_ago(chance.randrange(9)), amount=chance.randrange(5)),
            row.delete,
        )
    )()


def change_items(store, chance):
    row = pick(OrderItem.objects.filter(order__store=store), chance)
    row.update(
        name=chance.choice(("Lamp", "Bulb", "Cord")), quantity=3, refunded_quantity=chance.randrange(3)
    )


def change_discounts(store, chance):
    row = pick(OrderDiscount.objects.filter(order__store=store), chance)
    chance.choice((lambda: row.update(name="", code="", amount=chance.randrange(4)), row.delete))()


def delete_order(store, chance):
    pick(Order.objects.filter(store=store), chance).delete()


def change_zone(store, chance):
    if chance.random() < 0.3:
        store.time_zone = chance.choice((TOKYO, "America/Los_Angeles", "UTC"))
        store.save()


CHANGES = (
    *(place, place, place, pay, change_total, change_place, refund, refund, change_refund),
    *(change_items, change_discounts, delete_order, change_zone),
)


def test_check_finds_a_wrong_sum_and_lets_it_be_counted_anew(store):
    sell(store, days_ago(3), total="10.00", shipping_total="0.00")
    add_up(store)
    DailyLinks.objects.update(paid=7)
    errors = StringIO()

    with pytest.raises(CommandError, match=r"^1 days had wrong sums, and are counted anew"):
        call_command("check_reports", stderr=errors)

    assert errors.getvalue() == f"{store.slug}, {days_ago(3).date()}: the sums differ from the orders.\n"
    assert report_links(last_days(store)).rows[0][4] == 1
    add_up(store)
    call_command("check_reports", "--store", store.slug, stdout=StringIO())


@pytest.mark.django_db
def test_all_triggers_are_there():
    """A migration that makes a table anew on SQLite loses them."""
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        found = {name for (name,) in cursor.fetchall()}

    assert {f"{table}_{event.lower()}_figures" for table, event in list_triggers()} <= found


@pytest.mark.parametrize("is_summed", [False, True])
def test_reports_take_few_queries_however_long_the_period(store, django_assert_max_num_queries, is_summed):
    sell(store, days_ago(3))
    if is_summed:
        add_up(store)

    for days in (10, 1_000):
        for report in REPORTS:
            with django_assert_max_num_queries(6):
                report(last_days(store, days))


def test_many_days_between_summed_ones_are_read_as_one(store):
    """A condition for each would be too many."""
    for days in range(2, 46, 2):
        sell(store, days_ago(days), total="10.00", shipping_total="0.00")
    figures = add_up(store)
    FigureChange.objects.bulk_create(FigureChange(store=store, at=days_ago(days)) for days in range(1, 45, 2))

    assert report_sales(last_days(store, 46)).totals[1] == 22
    assert len(list_days_to_sum(figures)) == 22


def test_every_kind_of_figures_is_added_up():
    assert {kind.model.__name__ for kind in KINDS} == {
        "DailySales",
        "DailyProducts",
        "DailyDiscounts",
        "DailyLinks",
    }
