"""Payment links in a period: from visit to paid order."""

from heapq import nsmallest
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import LinkVisitCount, PaymentLink
from orders.models import DailyLinks, Order
from orders.models.order import RENEWAL_KEY_PREFIX
from orders.reports.figures import Days, FigureKind, read_figures
from orders.reports.periods import Period
from orders.reports.tables import Column, Kind, ReportTable, percent_of

MAX_ROWS = 1_000


def count_links(days: Days) -> list[QuerySet[Any, Any]]:
    """Return a query for the checkouts that began through each link."""
    return [
        Order.objects.filter(days.cover("created_at"), store=days.store)
        .exclude(payment_link_id="")
        .exclude(checkout_key__startswith=RENEWAL_KEY_PREFIX)
        .order_by()
        .values("is_test", date=days.find_date("created_at"), link=F("payment_link_id"))
        .annotate(
            sum_started=Count("pk"),
            sum_paid=Count("pk", filter=Q(paid_at__isnull=False)),
            sum_total=Sum("total", filter=Q(paid_at__isnull=False)),
        )
    ]


LINKS = FigureKind(DailyLinks, ("link",), count_links)
NONE = LINKS.zeros


def report_links(period: Period, limit: int = MAX_ROWS) -> ReportTable:
    """The links with the most sales first.

    A script counts visits, so bots and shoppers without JavaScript are missing. Test orders of a live store
    are apart, but nothing tells their visits apart.
    """
    checkouts = {pk: row for (pk,), row in read_figures(LINKS, period, LINKS.keys).items()}
    visits = _count_visits(period)
    ids = nsmallest(
        limit,
        {*checkouts, *visits},
        key=lambda pk: (-checkouts.get(pk, NONE)["total"], -visits.get(pk, 0), pk),
    )
    links = PaymentLink.objects.filter(pk__in=ids).order_by()
    names = {pk: name or product for pk, name, product in links.values_list("pk", "name", "product__name")}
    rows = [
        _build_row(pk, names.get(pk, _("Deleted link")), visits.get(pk, 0), checkouts.get(pk, NONE))
        for pk in ids
    ]
    return ReportTable(
        period,
        (
            Column(gettext_lazy("Name"), Kind.TEXT),
            Column(gettext_lazy("Payment link"), Kind.TEXT),
            Column(gettext_lazy("Visits")),
            Column(gettext_lazy("Checkouts")),
            Column(gettext_lazy("Paid orders")),
            Column(gettext_lazy("Paid per visit"), Kind.PERCENT),
            Column(gettext_lazy("Sales"), Kind.MONEY),
        ),
        rows,
        note=gettext_lazy(
            "Orders count on the day of their checkout. A script counts visits, so some are missing."
        ),
    )


def _count_visits(period: Period) -> dict[str, int]:
    days = LinkVisitCount.objects.filter(period.covers_date("date"), store=period.store)
    rows = days.order_by().values("link_id").annotate(sum=Sum("count"))
    return dict(rows.values_list("link_id", "sum"))


def _build_row(pk: str, name: str, visits: int, row: dict[str, Any]) -> tuple[Any, ...]:
    # More checkouts than visits: most visits weren't counted, so the share would be wrong.
    share = percent_of(row["paid"], visits) if visits >= row["started"] else None
    return name, pk, visits, row["started"], row["paid"], share, row["total"]
