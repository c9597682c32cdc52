"""The lines of a subscription: what a renewal charges, and what NEXT Commerce has yet to change."""

from decimal import Decimal

from django.db.models import Prefetch, prefetch_related_objects

from catalog.plan_snapshot import intervals_per_charge, price_of_renewal
from subscriptions.models import Subscription, SubscriptionLine, SubscriptionLineChange

Interval = tuple[str, int]
# One query for the lines and their requested changes.
LINES_PREFETCH = Prefetch("lines", SubscriptionLine.objects.select_related("change"))


def load_lines(subscription: Subscription) -> None:
    """Load the lines and their requested changes, again if they were loaded before."""
    getattr(subscription, "_prefetched_objects_cache", {}).pop("lines", None)
    prefetch_related_objects([subscription], LINES_PREFETCH)


def list_line_changes(subscription: Subscription) -> list[SubscriptionLineChange]:
    """Return the requested changes that NEXT Commerce hasn't confirmed yet."""
    return [change for line in subscription.lines.all() if (change := line.requested_change) is not None]


def renewal_unit_price(*, line: SubscriptionLine, renewal: int) -> Decimal:
    """Return the unit price at a renewal: by the line's terms, or NEXT Commerce's price if there are none."""
    return price_of_renewal(line.terms, renewal) if line.terms else line.price


def upcoming_charge(subscription: Subscription) -> Decimal:
    """Return what the next renewal costs: lines and shipping, before any added tax."""
    lines = [line.after_change for line in subscription.active_lines]
    return sum(
        (renewal_unit_price(line=line, renewal=subscription.cycle + 1) * line.quantity for line in lines),
        subscription.shipping_price,
    )


def sold_interval(subscription: Subscription) -> Interval | None:
    """Return the interval and count of the main line's terms; None if they are not known."""
    line = subscription.main_line
    terms = line.after_change.terms if line else None
    return (terms["interval"], intervals_per_charge(terms)) if terms else None


def renewal_interval(subscription: Subscription) -> Interval | None:
    """Return the interval and count that NEXT Commerce charges on, or the main line was sold on."""
    if subscription.next_interval:
        return subscription.next_interval, subscription.next_interval_count
    return sold_interval(subscription)


def find_line_to_add(subscription: Subscription) -> SubscriptionLineChange | None:
    """Return the first change to a variant that NEXT Commerce doesn't have yet."""
    changes = list_line_changes(subscription)
    return next((change for change in changes if change.line.is_active and change.is_other_variant), None)


def find_line_to_remove(subscription: Subscription) -> SubscriptionLine | None:
    """Return the first line that another line has replaced."""
    to_remove = SubscriptionLine.State.TO_REMOVE
    return next((line for line in subscription.lines.all() if line.state == to_remove), None)


def find_line_to_update(subscription: Subscription) -> SubscriptionLine | None:
    """Return, as it should be, the first line with another price or quantity at NEXT Commerce."""
    for line in subscription.active_lines:
        wanted = line.after_change
        price = renewal_unit_price(line=wanted, renewal=subscription.cycle + 1)
        if (price, wanted.quantity) != (line.price, line.quantity):
            return wanted
    return None


def needs_interval_update(subscription: Subscription) -> bool:
    """Return True if NEXT Commerce would renew at a different interval than the terms say."""
    sold = sold_interval(subscription)
    return sold is not None and sold != (subscription.next_interval, subscription.next_interval_count)


def drop_line_changes(subscription: Subscription) -> None:
    """Forget the requested changes, which NEXT Commerce refused."""
    SubscriptionLineChange.objects.filter(line__subscription=subscription).delete()
    load_lines(subscription)


def confirm_line_changes(subscription: Subscription) -> None:
    """Write the requested changes into their lines: NEXT Commerce has made them."""
    for change in list_line_changes(subscription):
        line = change.line
        if not line.is_active:
            continue  # its change waits until NEXT Commerce lists it again
        line.terms = change.terms
        line.save(update_fields=["terms"])
        change.delete()
    load_lines(subscription)
