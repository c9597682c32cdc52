"""Statistics of payment links: visits, checkouts started, and paid orders of the last 30 days.

A script on the page counts visits (`catalog.link_visits`). Bots and shoppers without JavaScript are missing,
so a link can have more checkouts than visits.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from catalog.models import LinkVisitCount, PaymentLink
from orders.models import Order
from orders.models.order import RENEWAL_KEY_PREFIX
from stores.models import Store

PERIOD_DAYS = 30


@dataclass(frozen=True)
class LinkStatistics:
    """One link's statistics."""

    link_id: str
    name: str  # its own or its product's; empty if the link was deleted
    visits: int
    checkouts: int
    paid: int

    @property
    def checkout_percent(self) -> int | None:
        """Checkouts started per visit, in percent; None if visits are missing."""
        return percent_of(self.checkouts, self.visits)

    @property
    def paid_percent(self) -> int | None:
        """Paid orders per checkout started, in percent."""
        return percent_of(self.paid, self.checkouts)

    @property
    def conversion_percent(self) -> int | None:
        """Paid orders per visit, in percent; None if visits are missing."""
        return percent_of(self.paid, self.visits) if self.visits >= self.checkouts else None


def percent_of(part: int, whole: int) -> int | None:
    """Return the rounded percentage, or None if the whole is 0 or smaller than the part."""
    return round(100 * part / whole) if whole and part <= whole else None


def period_start_date(store: Store) -> datetime.date:
    """Return the first of the last 30 days in the store's time zone."""
    today = timezone.now().astimezone(ZoneInfo(store.time_zone)).date()
    return today - datetime.timedelta(days=PERIOD_DAYS - 1)


def period_start_time(store: Store) -> datetime.datetime:
    """Return the start of that day in the store's time zone."""
    return datetime.datetime.combine(
        period_start_date(store), datetime.time.min, tzinfo=ZoneInfo(store.time_zone)
    )


def best_links(store: Store, limit: int) -> list[LinkStatistics]:
    """Return the links with the most sales or visits, at most twice `limit`. Takes up to five queries."""
    sales = _counts_by_link(
        _checkout_counts(store).order_by("-paid", "-checkouts", "payment_link_id")[:limit]
    )
    visits = dict(_visit_counts(store).order_by("-sum", "link_id").values_list("link_id", "sum")[:limit])
    links = [*sales, *(link_id for link_id in visits if link_id not in sales)]
    return _complete_statistics(store, links, sales, visits)


def _complete_statistics(
    store: Store, links: list[str], sales: dict[str, tuple[int, int]], visits: dict[str, int]
) -> list[LinkStatistics]:
    """Return the links' statistics: query the counts not given in `sales` and `visits`, and the names."""
    if without_sales := [link_id for link_id in links if link_id not in sales]:
        sales = sales | _counts_by_link(_checkout_counts(store).filter(payment_link_id__in=without_sales))
    if without_visits := [link_id for link_id in links if link_id not in visits]:
        rows = _visit_counts(store).filter(link_id__in=without_visits)
        visits = visits | dict(rows.values_list("link_id", "sum"))
    rows_of_links = PaymentLink.objects.filter(store=store, pk__in=links).order_by()
    names = {
        pk: name or product for pk, name, product in rows_of_links.values_list("pk", "name", "product__name")
    }
    return [
        LinkStatistics(link_id, names.get(link_id, ""), visits.get(link_id, 0), *sales.get(link_id, (0, 0)))
        for link_id in links
    ]


def _checkout_counts(store: Store) -> QuerySet[Any, Any]:
    return (
        Order.objects.filter(store=store, created_at__gte=period_start_time(store))
        .exclude(payment_link_id="")
        .exclude(checkout_key__startswith=RENEWAL_KEY_PREFIX)
        .values("payment_link_id")
        .annotate(checkouts=Count("pk"), paid=Count("pk", filter=Q(paid_at__isnull=False)))
        .order_by()
    )


def _counts_by_link(rows: Iterable[Any]) -> dict[str, tuple[int, int]]:
    return {row["payment_link_id"]: (row["checkouts"], row["paid"]) for row in rows}


def _visit_counts(store: Store) -> QuerySet[Any, Any]:
    days = LinkVisitCount.objects.filter(store=store, date__gte=period_start_date(store))
    return days.values("link_id").annotate(sum=Sum("count")).order_by()
