"""Payment links in a period: from visit to paid order."""

from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import LinkVisitCount, PaymentLink
from orders.models import Order
from orders.models.order import RENEWAL_KEY_PREFIX
from orders.reports.periods import Period
from orders.reports.tables import Column, Kind, ReportTable, percent_of

MAX_ROWS = 1_000


def report_links(period: Period, limit: int = MAX_ROWS) -> ReportTable:
    """The links with the most sales first. Takes three queries.

    A script counts visits, so bots and shoppers without JavaScript are missing. Test orders of a live store
    are apart, but nothing tells their visits apart.
    """
    checkouts, visits = _count_checkouts(period), _count_visits(period)
    ids = sorted(
        {*checkouts, *visits},
        key=lambda pk: (-_sold(checkouts.get(pk)), -visits.get(pk, 0), pk),
    )[:limit]
    links = PaymentLink.objects.filter(pk__in=ids).order_by()
    names = {pk: name or product for pk, name, product in links.values_list("pk", "name", "product__name")}
    rows = [
        _build_row(pk, names.get(pk, _("Deleted link")), visits.get(pk, 0), checkouts.get(pk)) for pk in ids
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


def _count_checkouts(period: Period) -> dict[str, Any]:
    rows = (
        Order.objects.filter(period.covers("created_at"), period.is_of_mode(), store=period.store)
        .exclude(payment_link_id="")
        .exclude(checkout_key__startswith=RENEWAL_KEY_PREFIX)
        .order_by()
        .values("payment_link_id")
        .annotate(
            started=Count("pk"),
            paid=Count("pk", filter=Q(paid_at__isnull=False)),
            sum=Sum("total", filter=Q(paid_at__isnull=False)),
        )
    )
    return {row["payment_link_id"]: row for row in rows}


def _count_visits(period: Period) -> dict[str, int]:
    days = LinkVisitCount.objects.filter(period.covers_date("date"), store=period.store)
    rows = days.order_by().values("link_id").annotate(sum=Sum("count"))
    return dict(rows.values_list("link_id", "sum"))


def _sold(row: Any) -> Any:
    return (row and row["sum"]) or 0


def _build_row(pk: str, name: str, visits: int, row: Any) -> tuple[Any, ...]:
    started, paid = (row["started"], row["paid"]) if row else (0, 0)
    # More checkouts than visits: most visits weren't counted, so the share would be wrong.
    share = percent_of(paid, visits) if visits >= started else None
    return name, pk, visits, started, paid, share, _sold(row)
