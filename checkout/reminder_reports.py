"""Reminders of open carts in a period, and the orders that followed."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db.models.functions import TruncDate
from django.utils.translation import gettext_lazy

from checkout.models import CartReminder
from orders.reports.periods import Period
from orders.reports.tables import Column, Kind, ReportTable, percent_of


@dataclass(frozen=True)
class Reminders:
    """What became of reminders."""

    sent: int = 0
    orders: int = 0
    total: Decimal = Decimal(0)

    @property
    def cells(self) -> tuple[Any, ...]:
        return self.sent, self.orders, percent_of(self.orders, self.sent), self.total


def report_cart_reminders(period: Period) -> ReportTable:
    """The reminders of each day, week, or month with the orders that were paid because of them."""
    grouped = dict.fromkeys(period.buckets, Reminders())
    for date, is_test, total in _read_reminders(period):
        is_recovered = total is not None and is_test == period.is_test
        bucket = period.find_bucket(date)
        before = grouped[bucket]
        grouped[bucket] = replace(
            before,
            sent=before.sent + 1,
            orders=before.orders + is_recovered,
            total=before.total + (total or 0) * is_recovered,
        )
    shown = {date: reminders for date, reminders in grouped.items() if reminders.sent}
    return ReportTable(
        period,
        (
            Column(gettext_lazy("Date"), Kind.DATE),
            Column(gettext_lazy("Reminders")),
            Column(gettext_lazy("Recovered orders")),
            Column(gettext_lazy("Recovered"), Kind.PERCENT),
            Column(gettext_lazy("Recovered sales"), Kind.MONEY),
        ),
        [(date, *reminders.cells) for date, reminders in shown.items()],
        (gettext_lazy("Total"), *_add_up(shown.values()).cells),
        note=gettext_lazy(
            "An order is recovered if the reminded shopper pays within seven days. Both count on the day of "
            "the reminder."
        ),
    )


def _read_reminders(period: Period) -> Iterable[tuple[datetime.date, bool | None, Decimal | None]]:
    """Return for each reminder its day, and whether it led to a test order and what was paid."""
    reminders = CartReminder.objects.filter(
        store=period.store, reminded_at__gte=period.starts_at, reminded_at__lt=period.ends_at
    )
    days = reminders.annotate(day=TruncDate("reminded_at", tzinfo=period.zone)).order_by()
    return days.values_list("day", "recovered_order__is_test", "recovered_order__total").iterator()


def _add_up(groups: Iterable[Reminders]) -> Reminders:
    groups = list(groups)
    return Reminders(
        sum(row.sent for row in groups),
        sum(row.orders for row in groups),
        sum((row.total for row in groups), Decimal(0)),
    )
