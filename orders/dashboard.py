"""Statistics on the admin's start page: sales by day, what needs attention, payment links, best sellers.

Each store has its own, in its currency and time zone. Every figure reads the last 30 days through an index,
so older orders do not slow it down. The result is cached for a minute.
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

from orders.link_statistics import (
    PERIOD_DAYS,
    LinkStatistics,
    best_links,
    period_start_date,
    period_start_time,
)
from orders.models import Notification, Order, OrderItem, OrderReview, PriceDifference
from orders.price_differences import list_open_differences
from stores.models import Store

CACHE_SECONDS = 60
TOP_ROWS = 5
# Past this age, an unpaid order was abandoned or has a problem.
UNPAID_AFTER = datetime.timedelta(hours=2)
SILENT_AFTER = datetime.timedelta(days=2)
MAX_COUNTED = 1_000


@dataclass(frozen=True)
class DailySales:
    """One day's paid orders. `height` is the percentage of the best day's total."""

    date: datetime.date
    orders: int
    total: Decimal
    height: int


@dataclass(frozen=True)
class BestSeller:
    """A product with the units sold and their total."""

    name: str
    quantity: int
    total: Decimal


@dataclass(frozen=True)
class StoreStatistics:
    """One store's statistics of the last 30 days."""

    store: Store
    days: list[DailySales]
    total: Decimal
    orders: int
    refunded: Decimal
    links: list[LinkStatistics]
    best_sellers: list[BestSeller]
    open_reviews: int
    unpaid_orders: int
    failed_notifications: int
    is_silent: bool
    price_differences: list[PriceDifference]

    @property
    def needs_attention(self) -> bool:
        return bool(
            self.open_reviews or self.failed_notifications or self.is_silent or self.price_differences
        )


def get_store_statistics(store: Store) -> StoreStatistics:
    """Return the store's statistics, at most a minute old."""
    key = f"store-statistics-{store.pk}"
    cached: StoreStatistics | None = cache.get(key)
    if cached is None:
        cached = _compute_store_statistics(store)
        cache.set(key, cached, CACHE_SECONDS)
    return cached


def _compute_store_statistics(store: Store) -> StoreStatistics:
    zone = ZoneInfo(store.time_zone)
    recent = Order.objects.filter(store=store, created_at__gte=period_start_time(store))
    paid = recent.exclude(paid_at=None)
    days = _daily_sales(
        {
            row["date"]: row
            for row in paid.annotate(date=TruncDate("paid_at", tzinfo=zone))
            .values("date")
            .annotate(orders=Count("pk"), total=Sum("total"))
            .order_by()
        },
        period_start_date(store),
    )
    return StoreStatistics(
        store=store,
        days=days,
        total=sum((day.total for day in days), Decimal(0)),
        orders=sum(day.orders for day in days),
        refunded=paid.aggregate(sum=Sum("refunded_amount"))["sum"] or Decimal(0),
        links=best_links(store, TOP_ROWS),
        best_sellers=_best_sellers(paid),
        open_reviews=OrderReview.objects.open().filter(order__store=store)[:MAX_COUNTED].count(),
        unpaid_orders=_count_unpaid_orders(store),
        failed_notifications=Notification.objects.filter(order__in=recent, sent_at=None, next_try_at=None)[
            :MAX_COUNTED
        ].count(),
        is_silent=store.last_response_at is not None
        and store.last_response_at < timezone.now() - SILENT_AFTER,
        price_differences=list(list_open_differences(store)[:TOP_ROWS]),
    )


def _daily_sales(rows: Mapping[datetime.date, Any], first: datetime.date) -> list[DailySales]:
    dates = [first + datetime.timedelta(days=n) for n in range(PERIOD_DAYS)]
    totals = {date: rows[date]["total"] if date in rows else Decimal(0) for date in dates}
    highest = max(totals.values()) or Decimal(1)
    return [
        DailySales(
            date=date,
            orders=rows[date]["orders"] if date in rows else 0,
            total=totals[date],
            # Keep a day with any sale visible.
            height=max(round(100 * totals[date] / highest), 2) if totals[date] else 0,
        )
        for date in dates
    ]


def _best_sellers(paid: QuerySet[Order]) -> list[BestSeller]:
    rows = (
        OrderItem.objects.filter(order__in=paid)
        .values("name")
        .annotate(sold=Sum("quantity"), revenue=Sum(F("quantity") * F("unit_price")))
        .order_by("-revenue", "name")[:TOP_ROWS]
    )
    return [BestSeller(row["name"], row["sold"], row["revenue"]) for row in rows]


def _count_unpaid_orders(store: Store) -> int:
    now = timezone.now()
    return (
        Order.objects.filter(
            store=store,
            status=Order.Status.PENDING,
            created_at__lt=now - UNPAID_AFTER,
            created_at__gte=now - datetime.timedelta(days=PERIOD_DAYS),
        )[:MAX_COUNTED]
    ).count()
