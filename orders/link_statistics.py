"""Statistics of payment links: visits, checkouts started, and paid orders of the last 30 days.

A script on the page counts visits (`catalog.link_visits`). Bots and shoppers without JavaScript are missing,
so a link can have more checkouts than visits.
"""

import datetime
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
    name: str  # of its product
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


def get_link_statistics(link: PaymentLink) -> LinkStatistics:
    """Return one link's statistics, in two queries."""
    sales = _checkout_counts(link.store).filter(payment_link_id=link.pk).first()
    visits = _visit_counts(link.store).filter(link_id=link.pk).first()
    return LinkStatistics(
        link.pk,
        link.product.name,
        visits["sum"] if visits else 0,
        sales["checkouts"] if sales else 0,
        sales["paid"] if sales else 0,
    )


def _checkout_counts(store: Store) -> QuerySet[Any, Any]:
    return (
        Order.objects.filter(store=store, created_at__gte=period_start_time(store))
        .exclude(payment_link_id="")
        .exclude(checkout_key__startswith=RENEWAL_KEY_PREFIX)
        .values("payment_link_id")
        .annotate(checkouts=Count("pk"), paid=Count("pk", filter=Q(paid_at__isnull=False)))
        .order_by("payment_link_id")
    )


def _visit_counts(store: Store) -> QuerySet[Any, Any]:
    days = LinkVisitCount.objects.filter(store=store, date__gte=period_start_date(store))
    return days.values("link_id").annotate(sum=Sum("count")).order_by("link_id")
