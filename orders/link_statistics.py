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

from catalog.models import LinkVisits, PaymentLink
from orders.models import Order
from stores.models import Store
from subscriptions.renewals import RENEWAL_KEY

DAYS = 30


@dataclass(frozen=True)
class LinkSales:
    """What came of one link."""

    link_id: str
    name: str  # its product's; empty where the link was deleted
    visits: int
    begun: int
    paid: int

    @property
    def begun_percent(self) -> int | None:
        """Of the visits; None where they were not all counted."""
        return percent(self.begun, self.visits)

    @property
    def paid_percent(self) -> int | None:
        """Of the checkouts begun."""
        return percent(self.paid, self.begun)

    @property
    def sold_percent(self) -> int | None:
        """Of the visits."""
        return percent(self.paid, self.visits) if self.visits >= self.begun else None


def percent(part: int, whole: int) -> int | None:
    return round(100 * part / whole) if whole and part <= whole else None


def first_day(store: Store) -> datetime.date:
    """Return the first of the last thirty days, where the store is."""
    today = timezone.now().astimezone(ZoneInfo(store.time_zone)).date()
    return today - datetime.timedelta(days=DAYS - 1)


def since(store: Store) -> datetime.datetime:
    """Return the moment that day began."""
    return datetime.datetime.combine(first_day(store), datetime.time.min, tzinfo=ZoneInfo(store.time_zone))


def best_links(store: Store, most: int) -> list[LinkSales]:
    """Return the links with most paid, begun or visits, at most twice `most`: five queries at any size."""
    sales = _counted(_checkouts(store).order_by("-paid", "-begun", "payment_link_id")[:most])
    visits = dict(_visits(store).order_by("-sum", "link_id").values_list("link_id", "sum")[:most])
    links = [*sales, *(link_id for link_id in visits if link_id not in sales)]
    return _complete(store, links, sales, visits)


def sales_of(link: PaymentLink) -> LinkSales:
    """Return what came of one link."""
    (found,) = _complete(link.store, [link.pk], {}, {})
    return found


def _complete(
    store: Store, links: list[str], sales: dict[str, tuple[int, int]], visits: dict[str, int]
) -> list[LinkSales]:
    """Count what is not counted yet of these links, and name them."""
    if unsold := [link_id for link_id in links if link_id not in sales]:
        sales = sales | _counted(_checkouts(store).filter(payment_link_id__in=unsold))
    if unseen := [link_id for link_id in links if link_id not in visits]:
        rows = _visits(store).filter(link_id__in=unseen)
        visits = visits | dict(rows.values_list("link_id", "sum"))
    names = dict(
        PaymentLink.objects.filter(store=store, pk__in=links).values_list("pk", "product__name").order_by()
    )
    return [
        LinkSales(link_id, names.get(link_id, ""), visits.get(link_id, 0), *sales.get(link_id, (0, 0)))
        for link_id in links
    ]


def _checkouts(store: Store) -> QuerySet[Any, Any]:
    return (
        Order.objects.filter(store=store, created_at__gte=since(store))
        .exclude(payment_link_id="")
        .exclude(checkout_key__startswith=RENEWAL_KEY)
        .values("payment_link_id")
        .annotate(begun=Count("pk"), paid=Count("pk", filter=Q(paid_at__isnull=False)))
        .order_by()
    )


def _counted(rows: Iterable[Any]) -> dict[str, tuple[int, int]]:
    return {row["payment_link_id"]: (row["begun"], row["paid"]) for row in rows}


def _visits(store: Store) -> QuerySet[Any, Any]:
    days = LinkVisits.objects.filter(store=store, date__gte=first_day(store))
    return days.values("link_id").annotate(sum=Sum("count")).order_by()
