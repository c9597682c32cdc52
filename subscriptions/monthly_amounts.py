"""What a subscription brings in each month: stored with it, so that a report adds up one column."""

from collections.abc import Iterator
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Q, Sum

from stores.columns import fit_to_columns
from stores.models import Store
from subscriptions.models import Subscription, SubscriptionLine

# How often a month an interval of each kind begins.
TIMES_A_MONTH = {
    "day": Decimal("30.4375"),
    "week": Decimal("4.3482"),
    "month": Decimal(1),
    "year": Decimal(1) / 12,
}
ZERO = Decimal(0)


def set_monthly_amount(subscription: Subscription) -> None:
    """Set what the active lines cost each month, unsaved; 0 if the interval isn't known."""
    charge = sum((line.price * line.quantity for line in subscription.active_lines), ZERO)
    subscription.monthly_amount = _to_monthly_amount(
        charge, subscription.next_interval, subscription.next_interval_count
    )


def find_wrong_amounts(store: Store) -> Iterator[str]:
    """Yield the IDs of the subscriptions whose stored amount isn't that of their lines. Should be none."""
    is_active = Q(lines__state=SubscriptionLine.State.ACTIVE)
    charge = Sum(F("lines__price") * F("lines__quantity"), filter=is_active)
    rows = (
        Subscription.objects.filter(store=store)
        .order_by("pk")
        .annotate(charge=charge)
        .values_list("pk", "charge", "next_interval", "next_interval_count", "monthly_amount")
    )
    for pk, found, unit, count, stored in rows.iterator():
        if _differ(stored, _to_monthly_amount(found or ZERO, unit, count)):
            yield pk


def correct_monthly_amount(pk: str) -> bool:
    """Store the amount of the lines. Return False if it was right: a sync may have been in between."""
    with transaction.atomic():
        subscription = Subscription.objects.select_for_update(no_key=True).get(pk=pk)
        stored = subscription.monthly_amount
        set_monthly_amount(subscription)
        if not _differ(stored, subscription.monthly_amount):
            return False
        subscription.save(update_fields=["monthly_amount"])
        return True


def _to_monthly_amount(charge: Decimal, unit: str, count: int) -> Decimal:
    """Return the monthly amount as its column holds it; 0 for what doesn't fit, and nobody is charged."""
    amount = charge * TIMES_A_MONTH[unit] / count if unit in TIMES_A_MONTH and count else ZERO
    fitted: Decimal = fit_to_columns(Subscription, {"monthly_amount": amount}).get("monthly_amount", ZERO)
    return fitted


def _differ(one: Decimal, other: Decimal) -> bool:
    """Return True unless both are the same to a cent: SQLite keeps fifteen digits of a number."""
    return round(one, 2) != round(other, 2)
