"""The admin's home page and its pages of reports: for whom, of which store, and in how many queries."""

import datetime
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from accounts.staff_log import describe_log_entry
from config.admin_reports import REPORTS
from orders.models import Notification, Order, PriceDifference
from stores.models import StoreChoice
from subscriptions.models import Subscription
from subscriptions.monthly_amounts import set_monthly_amount
from subscriptions.reports import read_subscription_figures
from tests.factories import make_invoice, make_order, make_refund, make_review, make_store
from tests.orders.test_reports import march

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
HOME = reverse("admin:index")


@pytest.fixture
def store():
    return make_store(name="Fern", currency="EUR", is_live=True)


def read_figures(page):
    return {figure.title: (figure.value, figure.shown_change) for figure in page.context["figures"]}


def sign_in_with(client, django_user_model, *codenames):
    user = django_user_model.objects.create_user("helper", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client.force_login(user)


def test_home_compares_the_last_30_days_with_those_before(admin_client, store):
    """By period, compared, without test orders."""
    now = timezone.now()
    make_order(store, total="30.00", paid_at=now)
    make_order(store, total="10.00", paid_at=now)
    make_order(store, total="20.00", paid_at=now - datetime.timedelta(days=40))
    make_order(store, total="999.00", paid_at=now, is_test=True)

    page = admin_client.get(HOME)

    assert read_figures(page) == {
        "Sales": ("€40.00", "+100%"),
        "Orders": ("2", "+100%"),
        "Average order": ("€20.00", "+0%"),
        "Refunds": ("€0.00", ""),
    }
    assert "style=" not in page.text
    assert "<rect" in page.text


def test_home_is_true_to_the_minute(admin_client, store):
    """Nothing is cached."""
    assert read_figures(admin_client.get(HOME))["Orders"][0] == "0"
    order = make_order(store, total="30.00")
    assert read_figures(admin_client.get(HOME))["Orders"][0] == "1"
    make_refund(order, amount="5.00", refunded_at=timezone.now(), next_refund_id=1)
    assert read_figures(admin_client.get(HOME))["Refunds"][0] == "€5.00"


def test_test_orders_of_a_live_store_are_shown_apart(admin_client, store):
    make_order(store, total="30.00", is_test=True)

    page = admin_client.get(HOME, {"mode": "test"})

    assert read_figures(page)["Sales"][0] == "€30.00"
    assert "These are test orders." in page.text


def test_what_waits_for_a_person_comes_first_and_leads_there(admin_client, store):
    order = make_order(store)
    make_review(order)
    make_review(order, kind="duplicate_payment")
    make_review(order, kind="upsell", resolved_at=timezone.now())
    Notification.objects.create(order=order, kind="confirmation", key="a")
    PriceDifference.objects.create(store=store, kind="tax", cause="US-NY", charged="4.00", order=order)
    store.last_response_at = timezone.now() - datetime.timedelta(days=3)
    store.save()
    subscription = make_invoice(make_order(store)).subscription
    Subscription.objects.filter(pk=subscription.pk).update(status="past_due")

    tasks = [task.text for task in admin_client.get(HOME).context["tasks"]]

    assert tasks[0] == "2 orders to review"
    assert tasks[1].startswith("Fern: NEXT Commerce last answered on ")
    assert tasks[2:] == [
        "NEXT Commerce charged a different tax in US-NY",
        "1 email wasn't sent",
        "2 orders to ship",
        "1 subscription with a declined charge",
    ]


def test_home_of_a_quiet_store_says_that_all_is_done(admin_client, store):
    assert "All done." in admin_client.get(HOME).text


def test_links_of_the_tasks_open(admin_client, store):
    make_review(make_order(store))
    subscription = make_invoice(make_order(store)).subscription
    Subscription.objects.filter(pk=subscription.pk).update(status="past_due")

    tasks = admin_client.get(HOME).context["tasks"]

    assert [admin_client.get(task.url).status_code for task in tasks] == [200, 200, 200]


def test_home_of_several_stores_shows_each_in_its_currency(admin_client, store):
    other = make_store(name="Birch", host="birch.example", currency="USD", is_live=True)
    make_order(store, total="30.00")
    make_order(other, total="20.00")
    make_review(make_order(other, total="5.00"))

    page = admin_client.get(HOME)

    figures = {one.name: figures[0].value for one, figures in page.context["overview"]}
    assert figures == {"Birch": "$25.00", "Fern": "€30.00"}
    assert page.context["tasks"][0].text == "1 order to review"

    admin_client.post(reverse("admin:choose_store"), {"store": store.pk})

    page = admin_client.get(HOME)
    assert read_figures(page)["Sales"][0] == "€30.00"
    assert [task.text for task in page.context["tasks"]] == ["1 order to ship"]


@pytest.mark.parametrize(
    ("codenames", "shown"),
    [
        ((), set()),
        (("view_order",), {"figures", "chart", "links"}),
        (("view_subscription",), {"tasks"}),
        (("view_order", "view_subscription"), {"figures", "chart", "links", "subscription_figures"}),
    ],
)
def test_home_shows_only_what_the_person_may_view(client, django_user_model, store, codenames, shown):
    make_order(store, total="30.00")
    sign_in_with(client, django_user_model, *codenames)

    page = client.get(HOME)

    found = {name for name in ("figures", "chart", "links", "subscription_figures") if name in page.context}
    assert found == shown - {"tasks"}
    assert ("€30.00" in page.text) == ("view_order" in codenames)


@pytest.mark.parametrize("count", [1, 30])
def test_home_takes_the_same_queries_however_much_was_sold(
    admin_client, store, count, django_assert_num_queries
):
    for number in range(count):
        make_order(store, payment_link_id=f"plink_{number}")

    # Session, user, stores; withdrawals, reviews, differences, orders to ship, emails, subscriptions past
    # due; the days that are added up; three of sales, one of products, three of links, three of
    # subscriptions.
    with django_assert_num_queries(20):
        admin_client.get(HOME)


# --- Reports


@pytest.mark.parametrize("report", REPORTS, ids=[report.name for report in REPORTS])
def test_report_opens_as_page_and_as_csv_and_is_logged(admin_client, store, report):
    make_order(store)
    url = reverse(f"admin:report_{report.name}")

    page, file = admin_client.get(url), admin_client.get(url, {"format": "csv", "days": "7"})

    assert page.status_code == 200
    assert file["Content-Type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(rf'attachment; filename="{report.name}-[\d-]+\.csv"', file["Content-Disposition"])
    assert file.text.startswith("\ufeff")
    assert describe_log_entry(LogEntry.objects.get()).startswith("Exported the report")


@pytest.mark.parametrize("report", REPORTS, ids=[report.name for report in REPORTS])
def test_report_is_closed_to_staff_who_lack_its_permission(client, django_user_model, store, report):
    codename = report.permission.split(".")[1]
    others = {"view_order", "view_upsell", "view_subscription"} - {codename}
    sign_in_with(client, django_user_model, *others)

    assert client.get(reverse(f"admin:report_{report.name}")).status_code == 403


def test_report_of_several_stores_asks_for_one(admin_client, store):
    make_store(host="birch.example")
    url = reverse("admin:report_sales")

    assert "A report is about one store." in admin_client.get(url).text

    admin_client.post(reverse("admin:choose_store"), {"store": store.pk, "next": url})

    assert StoreChoice.objects.get().store == store
    assert "<table" in admin_client.get(url).text


# --- Subscriptions


def test_monthly_revenue_adds_up_running_subscriptions_of_any_interval(store):
    for unit, count, price, status in (
        ("month", 1, "10.00", "active"),
        ("month", 3, "30.00", "past_due"),
        ("year", 1, "120.00", "active"),
        ("week", 0, "7.00", "active"),  # not known
        ("month", 1, "99.00", "paused"),
        ("month", 1, "99.00", "canceled"),
    ):
        subscription = make_invoice(make_order(store, paid_at=timezone.now())).subscription
        Subscription.objects.filter(pk=subscription.pk).update(
            next_interval=unit, next_interval_count=count, status=status
        )
        subscription.refresh_from_db()
        subscription.lines.create(next_line_id=1, price=price)
        subscription.lines.create(next_line_id=2, price="50.00", state="to_remove")
        set_monthly_amount(subscription)
        subscription.save()

    figures = read_subscription_figures(march(store))

    assert str(figures.monthly_revenue) == "30.00"
    assert figures.active == 3


def test_subscription_of_a_test_order_is_apart(store):
    invoice = make_invoice(make_order(store))
    Order.objects.filter(pk=invoice.order_id).update(is_test=True)

    assert read_subscription_figures(march(store)).active == 0
    assert read_subscription_figures(march(store, is_test=True)).active == 1
