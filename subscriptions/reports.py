"""Subscriptions in a period: started, ended, running, what they bring in, and charges that failed."""

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from orders.reports.periods import Period
from orders.reports.tables import Bar, Column, Kind, ReportTable, format_bucket
from orders.reports.tasks import Task, count_rows
from stores.models import Store
from subscriptions.models import Invoice, Subscription

Status = Subscription.Status
# They renew, though the last charge of some failed.
RUNNING = (Status.ACTIVE, Status.PAST_DUE)


@dataclass(frozen=True)
class SubscriptionFigures:
    """The subscriptions of a store today, and what changed in the period."""

    active: int
    started: int
    ended: int
    failed_charges: int
    monthly_revenue: Decimal


def _list_subscriptions(period: Period) -> QuerySet[Subscription]:
    return Subscription.objects.filter(period.is_of_mode("order"), store=period.store)


def read_subscription_figures(period: Period) -> SubscriptionFigures:
    """Return the figures, in three queries."""
    subscriptions = _list_subscriptions(period)
    # Columns of the index that has no others: counting primary keys would read every row.
    running = subscriptions.filter(status__in=RUNNING).aggregate(
        active=Count("status", filter=Q(status=Status.ACTIVE)), monthly_revenue=Sum("monthly_amount")
    )
    started, ended = period.covers("created_at"), period.covers("canceled_at")
    changed = subscriptions.filter(started | ended).aggregate(
        started=Count("pk", filter=started), ended=Count("pk", filter=ended)
    )
    return SubscriptionFigures(
        active=running["active"],
        monthly_revenue=Decimal(running["monthly_revenue"] or 0).quantize(Decimal("0.01")),
        failed_charges=_list_failed_charges(period).count(),
        **changed,
    )


def _list_failed_charges(period: Period) -> QuerySet[Invoice]:
    """Return the invoices of the period whose charge was declined and hasn't succeeded."""
    return Invoice.objects.filter(
        period.covers("created_at"),
        period.is_of_mode("subscription__order"),
        store=period.store,
        status__in=Invoice.FAILED,
    )


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
