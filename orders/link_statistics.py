"""From a payment link's visit to money: visits, checkouts begun and paid, of the last thirty days.

Visits are told by the page's script (`catalog.link_visits`): machines and people without scripts are not among
them, so that a link can have more checkouts than visits.
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
    """What came of one link."""

    link_id: str
    name: str  # its product's; empty where the link was deleted
    visits: int
    checkouts: int
    paid: int

    @property
    def checkout_percent(self) -> int | None:
        """Of the visits; None where they were not all counted."""
        return percent_of(self.checkouts, self.visits)

    @property
    def paid_percent(self) -> int | None:
        """Of the checkouts begun."""
        return percent_of(self.paid, self.checkouts)

    @property
    def conversion_percent(self) -> int | None:
        """Of the visits."""
        return percent_of(self.paid, self.visits) if self.visits >= self.checkouts else None


def percent_of(part: int, whole: int) -> int | None:
    return round(100 * part / whole) if whole and part <= whole else None


def period_start_date(store: Store) -> datetime.date:
    """Return the first of the last thirty days, where the store is."""
    today = timezone.now().astimezone(ZoneInfo(store.time_zone)).date()
    return today - datetime.timedelta(days=PERIOD_DAYS - 1)


def period_start_time(store: Store) -> datetime.datetime:
    """Return the moment that day began."""
    return datetime.datetime.combine(
        period_start_date(store), datetime.time.min, tzinfo=ZoneInfo(store.time_zone)
    )


def best_links(store: Store, most: int) -> list[LinkStatistics]:
    """Return the links with most paid, checkouts or visits, at most twice `most`: five queries at any size."""
    sales = _counts_by_link(_checkout_counts(store).order_by("-paid", "-checkouts", "payment_link_id")[:most])
    visits = dict(_visit_counts(store).order_by("-sum", "link_id").values_list("link_id", "sum")[:most])
    links = [*sales, *(link_id for link_id in visits if link_id not in sales)]
    return _complete_statistics(store, links, sales, visits)


def get_link_statistics(link: PaymentLink) -> LinkStatistics:
    """Return what came of one link."""
    (found,) = _complete_statistics(link.store, [link.pk], {}, {})
    return found


def _complete_statistics(
    store: Store, links: list[str], sales: dict[str, tuple[int, int]], visits: dict[str, int]
) -> list[LinkStatistics]:
    """Count what is not counted yet of these links, and name them."""
    if unsold := [link_id for link_id in links if link_id not in sales]:
        sales = sales | _counts_by_link(_checkout_counts(store).filter(payment_link_id__in=unsold))
    if unseen := [link_id for link_id in links if link_id not in visits]:
        rows = _visit_counts(store).filter(link_id__in=unseen)
        visits = visits | dict(rows.values_list("link_id", "sum"))
    names = dict(
        PaymentLink.objects.filter(store=store, pk__in=links).values_list("pk", "product__name").order_by()
    )
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
