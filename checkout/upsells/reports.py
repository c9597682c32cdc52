"""Upsells in a period: shown, accepted, and their sales."""

from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext_lazy

from checkout.models import UpsellAttempt
from orders.reports.periods import Period
from orders.reports.tables import Column, Kind, ReportTable, percent_of

Status = UpsellAttempt.Status


def report_upsells(period: Period) -> ReportTable:
    """Each upsell that was shown in the period, the one with the most sales first."""
    rows = (
        UpsellAttempt.objects.filter(
            period.covers("created_at"), period.is_of_mode("order"), upsell__store=period.store
        )
        .order_by()
        .values("upsell", "upsell__name")
        .annotate(
            shown=Count("pk"),
            charged=Count("pk", filter=Q(status=Status.CHARGED)),
            declined=Count("pk", filter=Q(status=Status.DECLINED)),
            refused=Count("pk", filter=Q(status=Status.REFUSED)),
            sum=Sum("amount", filter=Q(status=Status.CHARGED)),
        )
    )
    cells = [
        (
            *(row["upsell__name"], row["shown"], row["charged"], row["declined"], row["refused"]),
            *(percent_of(row["charged"], row["shown"]), row["sum"] or Decimal(0)),
        )
        for row in rows
    ]
    return ReportTable(
        period,
        (
            Column(gettext_lazy("Upsell"), Kind.TEXT),
            Column(gettext_lazy("Shown")),
            Column(gettext_lazy("Accepted")),
            Column(gettext_lazy("Declined")),
            Column(gettext_lazy("Payment failed")),
            Column(gettext_lazy("Accepted per view"), Kind.PERCENT),
            Column(gettext_lazy("Sales"), Kind.MONEY),
        ),
        sorted(cells, key=lambda row: (-row[6], row[0])),
    )
