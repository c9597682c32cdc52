"""Sales, refunds, products, taxes, and discounts of a period. Orders count on the day they were paid."""

import datetime
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import Order, OrderDiscount, OrderItem, OrderRefund
from orders.reports.periods import Period
from orders.reports.tables import Bar, Column, Kind, ReportTable, format_bucket, percent_of

ZERO = Decimal("0.00")
MAX_ROWS = 1_000


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


def list_paid_orders(period: Period) -> QuerySet[Order]:
    """Return the orders that were paid in the period."""
    return Order.objects.filter(period.covers("paid_at"), period.is_of_mode(), store=period.store)


def read_sales(period: Period) -> SalesSeries:
    """Return the sales of the period and of the one before, in three queries."""
    days: dict[datetime.date, Sales] = defaultdict(Sales)
    for date, sales in (*_read_sales_by_day(period.with_before), *_read_refunds_by_day(period.with_before)):
        days[date] += sales
    return SalesSeries(period, _group_days(period, days), _group_days(period.before, days))


def _group_days(period: Period, days: Mapping[datetime.date, Sales]) -> dict[datetime.date, Sales]:
    grouped = dict.fromkeys(period.buckets, Sales())
    for date, sales in days.items():
        if period.first <= date <= period.last:
            grouped[period.find_bucket(date)] += sales
    return grouped


def _read_sales_by_day(period: Period) -> list[tuple[datetime.date, Sales]]:
    rows = (
        list_paid_orders(period)
        .order_by()
        .values(date=TruncDate("paid_at", tzinfo=period.zone))
        .annotate(
            count=Count("pk"),
            items_sum=Sum("items_total"),
            discount_sum=Sum("discount_total"),
            shipping_sum=Sum("shipping_total"),
            tax_sum=Sum("tax_total"),
            total_sum=Sum("total"),
        )
    )
    return [
        (
            row["date"],
            Sales(
                orders=row["count"],
                items=row["items_sum"],
                discounts=row["discount_sum"],
                shipping=row["shipping_sum"],
                tax=row["tax_sum"],
                total=row["total_sum"],
            ),
        )
        for row in rows
    ]


def _read_refunds_by_day(period: Period) -> list[tuple[datetime.date, Sales]]:
    """Return the refunds by their day; those of which NEXT told no time, by the day of the payment."""
    ours = Q(period.is_of_mode("order__"), order__store=period.store)
    dated = OrderRefund.objects.filter(ours, period.covers("refunded_at"))
    undated = OrderRefund.objects.filter(ours, period.covers("order__paid_at"), refunded_at=None)
    return [
        (row["date"], Sales(refunds=row["count"], refunded=row["sum"]))
        for rows, field in ((dated, "refunded_at"), (undated, "order__paid_at"))
        for row in rows.order_by()
        .values(date=TruncDate(field, tzinfo=period.zone))
        .annotate(count=Count("pk"), sum=Sum("amount"))
    ]


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


def report_products(period: Period, limit: int = MAX_ROWS) -> ReportTable:
    """What was sold, variant by variant, before discounts on whole orders."""
    rows = (
        OrderItem.objects.filter(order__in=list_paid_orders(period).order_by().values("pk"))
        .values("name", "title")
        .annotate(
            sold=Sum("quantity"), refunded=Sum("refunded_quantity"), sum=Sum(F("quantity") * F("unit_price"))
        )
        .order_by("-sum", "name", "title")[:limit]
    )
    return ReportTable(
        period,
        (
            Column(gettext_lazy("Product"), Kind.TEXT),
            Column(gettext_lazy("Variant"), Kind.TEXT),
            Column(gettext_lazy("Sold")),
            Column(gettext_lazy("Refunded")),
            Column(gettext_lazy("Sales"), Kind.MONEY),
        ),
        [(row["name"], row["title"], row["sold"], row["refunded"], row["sum"]) for row in rows],
    )


def report_taxes(period: Period) -> ReportTable:
    """Tax by country and state."""
    rows = (
        list_paid_orders(period)
        .order_by()
        .values("tax_country", "tax_state")
        .annotate(
            count=Count("pk"),
            total_sum=Sum("total"),
            added=Sum("tax_total"),
            included=Sum("included_tax_total"),
            refunded=Sum("refunded_amount"),
        )
        .order_by("tax_country", "tax_state")[:MAX_ROWS]
    )
    cells = [
        (
            row["tax_country"] or _("Unknown"),
            row["tax_state"],
            row["count"],
            *(row["total_sum"], row["added"], row["included"], row["added"] + row["included"]),
            row["refunded"],
        )
        for row in rows
    ]
    sums = tuple(sum((row[number] for row in cells), ZERO) for number in range(3, 8))
    return ReportTable(
        period,
        (
            Column(gettext_lazy("Country"), Kind.TEXT),
            Column(gettext_lazy("State"), Kind.TEXT),
            Column(gettext_lazy("Orders")),
            *(
                Column(title, Kind.MONEY)
                for title in (
                    gettext_lazy("Sales"),
                    gettext_lazy("Tax added"),
                    gettext_lazy("Tax included"),
                    gettext_lazy("Tax in total"),
                    gettext_lazy("Refunded since"),
                )
            ),
        ),
        cells,
        (_("Total"), "", sum(row[2] for row in cells), *sums) if cells else None,
        note=gettext_lazy(
            "Tax as charged when the orders were paid. Refunds made since aren't taken off: they are in the "
            "last column, with their tax."
        ),
    )


def report_discounts(period: Period) -> ReportTable:
    """Discounts by offer or code."""
    label = Case(
        When(~Q(code=""), then=F("code")),
        When(~Q(name=""), then=F("name")),
        default=Value(""),
        output_field=CharField(),
    )
    rows = (
        OrderDiscount.objects.filter(order__in=list_paid_orders(period).order_by().values("pk"))
        .order_by()
        .values(label=label, is_code=Case(When(~Q(code=""), then=Value(1)), default=Value(0)))
        .annotate(orders=Count("order", distinct=True), sum=Sum("amount"), sales=Sum("order__total"))
        .order_by("-sum", "label")[:MAX_ROWS]
    )
    return ReportTable(
        period,
        (
            Column(gettext_lazy("Discount"), Kind.TEXT),
            Column(gettext_lazy("Kind"), Kind.TEXT),
            Column(gettext_lazy("Orders")),
            Column(gettext_lazy("Taken off"), Kind.MONEY),
        ),
        [
            (
                row["label"] or _("Without a name"),
                _("Code") if row["is_code"] else _("Offer"),
                row["orders"],
                row["sum"],
            )
            for row in rows
        ],
    )
