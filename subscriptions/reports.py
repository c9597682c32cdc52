"""Subscriptions in a period: started, ended, running, what they bring in, and charges that failed."""

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from orders.reports.periods import Period
from orders.reports.tables import Bar, Column, Kind, ReportTable, format_bucket
from orders.reports.tasks import Task, count_rows
from stores.models import Store
from subscriptions.models import Invoice, Subscription, SubscriptionLine

Status = Subscription.Status
# How often a month an interval of each kind begins.
TIMES_A_MONTH = {
    "day": Decimal("30.4375"),
    "week": Decimal("4.3482"),
    "month": Decimal(1),
    "year": Decimal(1) / 12,
}
# They renew, though the last charge of some failed.
RUNNING = (Status.ACTIVE, Status.PAST_DUE)


@dataclass(frozen=True)
class SubscriptionFigures:
    """The subscriptions of a store today, and what changed in the period."""

    active: int
    paused: int
    past_due: int
    started: int
    ended: int
    failed_charges: int
    monthly_revenue: Decimal


def _list_subscriptions(period: Period) -> QuerySet[Subscription]:
    return Subscription.objects.filter(period.is_of_mode("order"), store=period.store)


def read_subscription_figures(period: Period) -> SubscriptionFigures:
    """Return the figures, in three queries."""
    counts = _list_subscriptions(period).aggregate(
        active=Count("pk", filter=Q(status=Status.ACTIVE)),
        paused=Count("pk", filter=Q(status=Status.PAUSED)),
        past_due=Count("pk", filter=Q(status=Status.PAST_DUE)),
        started=Count("pk", filter=period.covers("created_at")),
        ended=Count("pk", filter=period.covers("canceled_at")),
    )
    return SubscriptionFigures(
        **counts,
        failed_charges=_list_failed_charges(period).count(),
        monthly_revenue=read_monthly_revenue(period),
    )


def _list_failed_charges(period: Period) -> QuerySet[Invoice]:
    """Return the invoices of the period whose charge was declined and hasn't succeeded."""
    return Invoice.objects.filter(
        period.covers("created_at"),
        period.is_of_mode("subscription__order"),
        store=period.store,
        status__in=Invoice.FAILED,
    )


def read_monthly_revenue(period: Period) -> Decimal:
    """Return what the running subscriptions bring in each month, without shipping and tax."""
    rows = (
        SubscriptionLine.objects.filter(
            period.is_of_mode("subscription__order"),
            subscription__store=period.store,
            subscription__status__in=RUNNING,
            state=SubscriptionLine.State.ACTIVE,
        )
        .order_by()
        .values(unit=F("subscription__next_interval"), count=F("subscription__next_interval_count"))
        .annotate(sum=Sum(F("price") * F("quantity")))
    )
    total = sum(
        (row["sum"] * TIMES_A_MONTH[row["unit"]] / row["count"])
        for row in rows
        if row["unit"] in TIMES_A_MONTH and row["count"]
    )
    return Decimal(total).quantize(Decimal("0.01"))


def _count_by_day(rows: QuerySet[Any], field: str, period: Period) -> Counter[datetime.date]:
    days = (
        rows.filter(period.covers(field))
        .order_by()
        .values(date=TruncDate(field, tzinfo=period.zone))
        .annotate(count=Count("pk"))
    )
    counted: Counter[datetime.date] = Counter()
    for row in days:
        counted[period.find_bucket(row["date"])] += row["count"]
    return counted


def report_subscriptions(period: Period) -> ReportTable:
    """Subscriptions that started and ended, and charges that failed, by day, week, or month."""
    subscriptions = _list_subscriptions(period)
    started = _count_by_day(subscriptions, "created_at", period)
    before = _count_by_day(subscriptions, "created_at", period.before)
    ended = _count_by_day(subscriptions, "canceled_at", period)
    failed = _count_by_day(_list_failed_charges(period), "created_at", period)
    buckets, buckets_before = period.buckets, period.before.buckets
    bars = [
        Bar(
            format_bucket(date, period.unit),
            Decimal(started[date]),
            Decimal(before[buckets_before[number]] if number < len(buckets_before) else 0),
        )
        for number, date in enumerate(buckets)
    ]
    return ReportTable(
        period,
        (
            Column(gettext_lazy("From"), Kind.DATE),
            Column(gettext_lazy("New")),
            Column(gettext_lazy("Ended")),
            Column(gettext_lazy("Failed charges")),
        ),
        [(date, started[date], ended[date], failed[date]) for date in buckets],
        (_("Total"), started.total(), ended.total(), failed.total()),
        bars,
        gettext_lazy("Failed charges are those that haven't succeeded since."),
    )


def list_subscription_tasks(stores: Sequence[Store]) -> Iterator[Task]:
    """Yield what waits in the stores' subscriptions."""
    url = reverse("admin:subscriptions_subscription_changelist")
    past_due = count_rows(Subscription.objects.filter(store__in=stores, status=Status.PAST_DUE))
    if past_due:
        text = ngettext(
            "%(count)s subscription with a declined charge",
            "%(count)s subscriptions with a declined charge",
            past_due,
        )
        yield Task(text % {"count": past_due}, f"{url}?status__exact={Status.PAST_DUE}")
