"""Sales and refunds of a period: orders on the day they were paid, refunds on the day they were made."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import DailySales, Order, OrderRefund
from orders.reports.figures import ZERO, Days, FigureKind, read_figures
from orders.reports.periods import Period
from orders.reports.tables import Bar, Column, Kind, ReportTable, format_bucket, percent_of


@dataclass(frozen=True)
class Sales:
    """What was sold, and what was refunded, whenever it was sold."""

    orders: int = 0
    items: Decimal = ZERO
    discounts: Decimal = ZERO
    shipping: Decimal = ZERO
    tax: Decimal = ZERO
    total: Decimal = ZERO
    refunds: int = 0
    refunded: Decimal = ZERO

    def __add__(self, other: "Sales") -> "Sales":
        return Sales(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))

    @property
    def net(self) -> Decimal:
        return self.total - self.refunded

    @property
    def average(self) -> Decimal:
        """The average of an order; 0 without any."""
        return (self.total / self.orders).quantize(Decimal("0.01")) if self.orders else ZERO


@dataclass(frozen=True)
class SalesSeries:
    """Sales by day, week, or month, with those of the period before beside them."""

    period: Period
    now: dict[datetime.date, Sales]
    before: dict[datetime.date, Sales]

    @property
    def total(self) -> Sales:
        return sum(self.now.values(), Sales())

    @property
    def total_before(self) -> Sales:
        return sum(self.before.values(), Sales())

    @property
    def bars(self) -> list[Bar]:
        """The chart. The n-th day, week, or month stands beside the n-th of the period before."""
        before = [sales.total for sales in self.before.values()]
        return [
            Bar(
                format_bucket(date, self.period.unit),
                sales.total,
                before[number] if number < len(before) else ZERO,
            )
            for number, (date, sales) in enumerate(self.now.items())
        ]


def count_sales(days: Days) -> list[QuerySet[Any, Any]]:
    """Return queries for sales and refunds. A refund of which NEXT told no time is of the day of payment."""
    orders = (
        Order.objects.filter(days.cover("paid_at"), store=days.store)
        .order_by()
        .values("is_test", date=days.find_date("paid_at"), country=F("tax_country"), state=F("tax_state"))
        .annotate(
            sum_orders=Count("pk"),
            sum_items=Sum("items_total"),
            sum_discounts=Sum("discount_total"),
            sum_shipping=Sum("shipping_total"),
            sum_tax=Sum("tax_total"),
            sum_included_tax=Sum("included_tax_total"),
            sum_total=Sum("total"),
            sum_refunded_since=Sum("refunded_amount"),
        )
    )
    ours = OrderRefund.objects.filter(order__store=days.store)
    dated = ours.filter(days.cover("refunded_at"))
    undated = ours.filter(days.cover("order__paid_at"), refunded_at=None)
    return [
        orders,
        *(
            refunds.order_by()
            .values(
                date=days.find_date(field),
                is_test=F("order__is_test"),
                country=F("order__tax_country"),
                state=F("order__tax_state"),
            )
            .annotate(sum_refunds=Count("pk"), sum_refunded=Sum("amount"))
            for refunds, field in ((dated, "refunded_at"), (undated, "order__paid_at"))
        ),
    ]


SALES = FigureKind(DailySales, ("country", "state"), count_sales)


def read_sales(period: Period) -> SalesSeries:
    """Return the sales of the period and of the one before."""
    names = [field.name for field in fields(Sales)]
    days = {
        date: Sales(**{name: figures[name] for name in names})
        for (date,), figures in read_figures(SALES, period, ("date",), with_before=True).items()
    }
    return SalesSeries(period, _group_days(period, days), _group_days(period.before, days))


def _group_days(period: Period, days: Mapping[datetime.date, Sales]) -> dict[datetime.date, Sales]:
    grouped = dict.fromkeys(period.buckets, Sales())
    for date, sales in days.items():
        if period.first <= date <= period.last:
            grouped[period.find_bucket(date)] += sales
    return grouped


# --- Tables


def report_sales(period: Period) -> ReportTable:
    """Sales by day, week, or month, taken apart."""
    series = read_sales(period)

    def row(first: Any, sales: Sales) -> tuple[Any, ...]:
        return (
            *(first, sales.orders, sales.items, sales.discounts, sales.shipping, sales.tax),
            *(sales.total, sales.refunded, sales.net),
        )

    return ReportTable(
        period,
        (
            Column(_unit_title(period), Kind.DATE),
            Column(gettext_lazy("Orders")),
            *(
                Column(title, Kind.MONEY)
                for title in (
                    gettext_lazy("Items"),
                    gettext_lazy("Discounts"),
                    gettext_lazy("Shipping"),
                    gettext_lazy("Tax added"),
                    gettext_lazy("Sales"),
                    gettext_lazy("Refunds"),
                    gettext_lazy("Net"),
                )
            ),
        ),
        [row(date, sales) for date, sales in series.now.items()],
        row(_("Total"), series.total),
        series.bars,
        gettext_lazy("Orders count on the day they were paid, refunds on the day they were made."),
    )


def report_refunds(period: Period) -> ReportTable:
    """Refunds by day, week, or month, and their share of the sales."""
    series = read_sales(period)

    def row(first: Any, sales: Sales) -> tuple[Any, ...]:
        share = percent_of(sales.refunded, sales.total)
        return first, sales.refunds, sales.refunded, sales.total, share

    before = list(series.before.values())
    bars = [
        Bar(
            format_bucket(date, period.unit),
            sales.refunded,
            before[number].refunded if number < len(before) else ZERO,
        )
        for number, (date, sales) in enumerate(series.now.items())
    ]
    return ReportTable(
        period,
        (
            Column(_unit_title(period), Kind.DATE),
            Column(gettext_lazy("Refunds")),
            Column(gettext_lazy("Refunded"), Kind.MONEY),
            Column(gettext_lazy("Sales"), Kind.MONEY),
            Column(gettext_lazy("Share of sales"), Kind.PERCENT),
        ),
        [row(date, sales) for date, sales in series.now.items()],
        row(_("Total"), series.total),
        bars,
    )


def _unit_title(period: Period) -> str:
    return {"day": _("Day"), "week": _("Week from"), "month": _("Month")}[period.unit]
