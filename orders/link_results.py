"""One payment link's visits, checkouts, paid orders, and revenue by day, in the store's time zone."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from catalog.models import LinkVisitCount, PaymentLink
from orders.models import Order
from orders.models.order import RENEWAL_KEY_PREFIX

PERIODS = (7, 30, 90)
DEFAULT_PERIOD = 30


@dataclass(frozen=True)
class LinkDay:
    """What happened on one day. `revenue` leaves out the test orders of a live store."""

    date: datetime.date
    visits: int = 0
    checkouts: int = 0
    paid: int = 0
    revenue: Decimal = Decimal(0)

    @property
    def is_empty(self) -> bool:
        return not (self.visits or self.checkouts or self.paid)


@dataclass(frozen=True)
class LinkResults:
    """A link's days, oldest first."""

    days: list[LinkDay]

    @property
    def visits(self) -> int:
        return sum(day.visits for day in self.days)

    @property
    def checkouts(self) -> int:
        return sum(day.checkouts for day in self.days)

    @property
    def paid(self) -> int:
        return sum(day.paid for day in self.days)

    @property
    def revenue(self) -> Decimal:
        return sum((day.revenue for day in self.days), Decimal(0))

    @property
    def highest_revenue(self) -> Decimal:
        return max((day.revenue for day in self.days), default=Decimal(0))


def get_link_results(link: PaymentLink, *, period: int = DEFAULT_PERIOD) -> LinkResults:
    """Return the results of the last `period` days, today included, in three queries."""
    zone = ZoneInfo(link.store.time_zone)
    today = timezone.now().astimezone(zone).date()
    dates = [today - datetime.timedelta(days=period - 1 - n) for n in range(period)]
    start = datetime.datetime.combine(dates[0], datetime.time.min, tzinfo=zone)
    visits = LinkVisitCount.objects.filter(store=link.store, link_id=link.pk, date__gte=dates[0])
    visits_by_date = dict(visits.values_list("date", "count"))
    orders = Order.objects.filter(store=link.store, payment_link_id=link.pk)
    orders = orders.exclude(checkout_key__startswith=RENEWAL_KEY_PREFIX)
    checkouts = _group_by_date(orders.filter(created_at__gte=start), "created_at", zone, count=Count("pk"))
    is_real = Q(currency=link.store.currency)
    if link.store.is_live:
        is_real &= Q(is_test=False)
    paid = _group_by_date(
        orders.filter(paid_at__gte=start),
        "paid_at",
        zone,
        count=Count("pk"),
        revenue=Sum("total", filter=is_real),
    )
    return LinkResults(
        [
            LinkDay(
                date=date,
                visits=visits_by_date.get(date, 0),
                checkouts=checkouts.get(date, {}).get("count", 0),
                paid=paid.get(date, {}).get("count", 0),
                revenue=paid.get(date, {}).get("revenue") or Decimal(0),
            )
            for date in dates
        ]
    )


def _group_by_date(
    orders: QuerySet[Order], field: str, zone: ZoneInfo, **sums: Any
) -> dict[datetime.date, dict[str, Any]]:
    rows = orders.annotate(date=TruncDate(field, tzinfo=zone)).values("date").annotate(**sums).order_by()
    return {row["date"]: dict(row) for row in rows}
