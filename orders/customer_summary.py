"""What staff see of a customer: orders, what they spent, and their consent."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, QuerySet, Sum

from orders.models import Customer, Order
from orders.privacy import list_customer_orders

NEWEST = 10


@dataclass(frozen=True)
class Spending:
    """What a customer paid in one currency."""

    currency: str
    order_count: int
    paid: Decimal
    refunded: Decimal
    last_paid_at: datetime.datetime

    @property
    def net(self) -> Decimal:
        return self.paid - self.refunded


def sum_spending(customer: Customer) -> list[Spending]:
    """Return what the customer paid, by currency.."""
    return [_read_spending(row) for row in _group(list_customer_orders(customer), "currency")]


def sum_spending_of(customer_ids: Sequence[str]) -> dict[str, list[Spending]]:
    """Return what each of the customers paid, by currency, in one query."""
    spending: dict[str, list[Spending]] = defaultdict(list)
    for row in _group(Order.objects.filter(customer__in=customer_ids), "customer_id", "currency"):
        spending[row["customer_id"]].append(_read_spending(row))
    return spending


def _group(orders: QuerySet[Order], *names: str) -> Iterable[dict[str, Any]]:
    return (
        orders.filter(paid_at__isnull=False)
        .order_by()
        .values(*names)
        .annotate(count=Count("pk"), paid=Sum("total"), refunded=Sum("refunded_amount"), last=Max("paid_at"))
        .order_by("currency")
    )


def _read_spending(row: dict[str, Any]) -> Spending:
    return Spending(
        currency=row["currency"],
        order_count=row["count"],
        paid=row["paid"],
        refunded=row["refunded"],
        last_paid_at=row["last"],
    )


def list_newest_orders(customer: Customer) -> list[Order]:
    """Return the customer's newest orders, with their items."""
    return list(
        list_customer_orders(customer).order_by("-created_at", "-pk").prefetch_related("items")[:NEWEST]
    )


def find_consent(customer: Customer) -> Order | None:
    """Return the newest order at whose checkout the customer agreed to marketing emails."""
    agreed = list_customer_orders(customer).filter(accepts_marketing=True)
    return agreed.order_by("-created_at", "-pk").first()
