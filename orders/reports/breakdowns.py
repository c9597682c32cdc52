"""What a period's sales were made of: products, taxes by region, and discounts."""

from heapq import nsmallest
from typing import Any

from django.db.models import BooleanField, Case, CharField, Count, F, Q, QuerySet, Sum, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import DailyDiscounts, DailyProducts, OrderDiscount, OrderItem
from orders.reports.figures import ZERO, Days, FigureKind, read_figures
from orders.reports.periods import Period
from orders.reports.sales import SALES
from orders.reports.tables import Column, Kind, ReportTable

MAX_ROWS = 1_000


def count_products(days: Days) -> list[QuerySet[Any, Any]]:
    """Return a query for what was sold, by variant."""
    return [
        OrderItem.objects.filter(days.cover("order__paid_at"), order__store=days.store)
        .order_by()
        .values("name", "title", date=days.find_date("order__paid_at"), is_test=F("order__is_test"))
        .annotate(
            sum_sold=Sum("quantity"),
            sum_refunded=Sum("refunded_quantity"),
            sum_total=Sum(F("quantity") * F("unit_price")),
        )
    ]


def count_discounts(days: Days) -> list[QuerySet[Any, Any]]:
    """Return a query for what was taken off, by code, or by the name of the offer."""
    label = Case(When(~Q(code=""), then=F("code")), default=F("name"), output_field=CharField())
    is_code = Case(When(~Q(code=""), then=Value(True)), default=Value(False), output_field=BooleanField())
    return [
        OrderDiscount.objects.filter(days.cover("order__paid_at"), order__store=days.store)
        .order_by()
        .values(
            date=days.find_date("order__paid_at"),
            is_test=F("order__is_test"),
            label=label,
            is_code=is_code,
        )
        .annotate(sum_orders=Count("order", distinct=True), sum_total=Sum("amount"))
    ]


PRODUCTS = FigureKind(DailyProducts, ("name", "title"), count_products)
DISCOUNTS = FigureKind(DailyDiscounts, ("label", "is_code"), count_discounts)


def report_products(period: Period, limit: int = MAX_ROWS) -> ReportTable:
    """What was sold, variant by variant, before discounts on whole orders."""
    figures = read_figures(PRODUCTS, period, PRODUCTS.keys)
    rows = nsmallest(limit, figures.items(), key=lambda row: (-row[1]["total"], row[0]))
    return ReportTable(
        period,
        (
            Column(gettext_lazy("Product"), Kind.TEXT),
            Column(gettext_lazy("Variant"), Kind.TEXT),
            Column(gettext_lazy("Sold")),
            Column(gettext_lazy("Refunded")),
            Column(gettext_lazy("Sales"), Kind.MONEY),
        ),
        [(*key, row["sold"], row["refunded"], row["total"]) for key, row in rows],
    )


def report_taxes(period: Period) -> ReportTable:
    """Tax by country and state."""
    figures = read_figures(SALES, period, SALES.keys)
    cells = [
        (
            country or _("Unknown"),
            state,
            row["orders"],
            *(row["total"], row["tax"], row["included_tax"], row["tax"] + row["included_tax"]),
            row["refunded_since"],
        )
        for (country, state), row in sorted(figures.items())
        if row["orders"]  # else only refunds of earlier orders
    ][:MAX_ROWS]
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
    figures = read_figures(DISCOUNTS, period, DISCOUNTS.keys)
    rows = nsmallest(MAX_ROWS, figures.items(), key=lambda row: (-row[1]["total"], row[0]))
    return ReportTable(
        period,
        (
            Column(gettext_lazy("Discount"), Kind.TEXT),
            Column(gettext_lazy("Kind"), Kind.TEXT),
            Column(gettext_lazy("Orders")),
            Column(gettext_lazy("Taken off"), Kind.MONEY),
        ),
        [
            (label or _("Without a name"), _("Code") if is_code else _("Offer"), row["orders"], row["total"])
            for (label, is_code), row in rows
        ],
    )
