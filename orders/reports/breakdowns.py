"""What a period's sales were made of: products, taxes by region, and discounts."""

from decimal import Decimal

from django.db.models import Case, CharField, Count, F, Q, Sum, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import OrderDiscount, OrderItem
from orders.reports.periods import Period
from orders.reports.sales import list_paid_orders
from orders.reports.tables import Column, Kind, ReportTable

ZERO = Decimal("0.00")
MAX_ROWS = 1_000


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
