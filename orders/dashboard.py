"""The first page of the admin in numbers: sales by day, what wants attention, links and best sellers.

Each store by itself, in its own currency and time zone. Every figure looks at the last thirty days through
an index, so that the size of the past does not matter; each is kept for a minute.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from orders.link_statistics import DAYS, LinkSales, best_links, first_day, since
from orders.models import Mail, Order, OrderItem
from stores.models import Store

KEPT_SECONDS = 60
BEST = 5
# An order that is not paid after so long was forgotten, or is in trouble.
UNPAID_AFTER = datetime.timedelta(hours=2)
SILENT_AFTER = datetime.timedelta(days=2)
MOST_COUNTED = 1_000


@dataclass(frozen=True)
class Day:
    """One day's paid orders. `height` is out of 100, of the best day."""

    date: datetime.date
    orders: int
    total: Decimal
    height: int


@dataclass(frozen=True)
class BestSeller:
    name: str
    quantity: int
    total: Decimal


@dataclass(frozen=True)
class Figures:
    """One store's last thirty days."""

    store: Store
    days: list[Day]
    total: Decimal
    orders: int
    refunded: Decimal
    links: list[LinkSales]
    best: list[BestSeller]
    in_review: int
    unpaid: int
    mails_failed: int
    silent: bool

    @property
    def wants_attention(self) -> bool:
        return bool(self.in_review or self.mails_failed or self.silent)


def figures_of(store: Store) -> Figures:
    """Return the store's figures, at most a minute old."""
    key = f"figures-{store.pk}"
    kept: Figures | None = cache.get(key)
    if kept is None:
        kept = _count(store)
        cache.set(key, kept, KEPT_SECONDS)
    return kept


def _count(store: Store) -> Figures:
    zone = ZoneInfo(store.time_zone)
    recent = Order.objects.filter(store=store, created_at__gte=since(store))
    paid = recent.exclude(paid_at=None)
    days = _days(
        {
            row["date"]: row
            for row in paid.annotate(date=TruncDate("paid_at", tzinfo=zone))
            .values("date")
            .annotate(orders=Count("pk"), total=Sum("total"))
            .order_by()
        },
        first_day(store),
    )
    return Figures(
        store=store,
        days=days,
        total=sum((day.total for day in days), Decimal(0)),
        orders=sum(day.orders for day in days),
        refunded=paid.aggregate(sum=Sum("refunded_amount"))["sum"] or Decimal(0),
        links=best_links(store, BEST),
        best=_best(paid),
        in_review=Order.objects.filter(store=store).exclude(review_reason="")[:MOST_COUNTED].count(),
        unpaid=_unpaid(store),
        mails_failed=Mail.objects.filter(order__in=recent, sent_at=None, next_try_at=None)[
            :MOST_COUNTED
        ].count(),
        silent=store.last_heard_at is not None and store.last_heard_at < timezone.now() - SILENT_AFTER,
    )


def _days(rows: Mapping[datetime.date, Any], first: datetime.date) -> list[Day]:
    dates = [first + datetime.timedelta(days=n) for n in range(DAYS)]
    totals = {date: rows[date]["total"] if date in rows else Decimal(0) for date in dates}
    most = max(totals.values()) or Decimal(1)
    return [
        Day(
            date=date,
            orders=rows[date]["orders"] if date in rows else 0,
            total=totals[date],
            # A day with any sale can be seen.
            height=max(round(100 * totals[date] / most), 2) if totals[date] else 0,
        )
        for date in dates
    ]


def _best(paid: QuerySet[Order]) -> list[BestSeller]:
    rows = (
        OrderItem.objects.filter(order__in=paid)
        .values("name")
        .annotate(sold=Sum("quantity"), made=Sum(F("quantity") * F("unit_price")))
        .order_by("-made", "name")[:BEST]
    )
    return [BestSeller(row["name"], row["sold"], row["made"]) for row in rows]


def _unpaid(store: Store) -> int:
    now = timezone.now()
    return (
        Order.objects.filter(
            store=store,
            status=Order.Status.PENDING,
            created_at__lt=now - UNPAID_AFTER,
            created_at__gte=now - datetime.timedelta(days=DAYS),
        )[:MOST_COUNTED]
    ).count()
