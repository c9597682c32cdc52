"""Somebody subscribes to what they already subscribe to, for example in two browsers.

The checkout doesn't ask: anyone who types an email there would learn what its owner subscribes to. So both
sides are told right after: the subscriber by email, and staff by a mark.
"""

from orders.customers import same_email
from orders.models import Order, OrderEvent
from orders.order_log import log_order_event
from subscriptions import sentences
from subscriptions.models import Subscription
from subscriptions.subscription_lines import LINES_PREFETCH

SoldPlan = tuple[str, str]


def mark_duplicate(subscription: Subscription) -> bool:
    """Note on a new subscription which running one of the same person has the same plan, if one does.

    Sets `duplicate_of`, unsaved, and logs it. The caller holds the row's lock. If two start at the same
    time, the one that is synced later finds the other.
    """
    original = find_duplicate(subscription)
    if original is None:
        return False
    subscription.duplicate_of = original
    log_order_event(
        order=subscription.order,
        kind=OrderEvent.Kind.NOTE,
        text=sentences.DUPLICATE.fill(number=original.order.number),
        source=OrderEvent.Source.RECONCILER,
    )
    return True


def find_duplicate(subscription: Subscription) -> Subscription | None:
    """Return a running subscription to the same variant and plan that another order of this email started."""
    plans = _list_plans(subscription)
    if not plans or not subscription.order.email:
        return None
    orders = Order.objects.filter(same_email(subscription.order.email), store=subscription.store_id)
    running = (
        Subscription.objects.filter(store=subscription.store_id, order__in=orders, cancel_at_period_end=False)
        .exclude(order=subscription.order_id)
        .exclude(status=Subscription.Status.CANCELED)
        .exclude(duplicate_of=subscription)
        .select_related("order")
        .prefetch_related(LINES_PREFETCH, "order__items")
        .order_by("created_at", "id")
    )
    return next((other for other in running if plans & _list_plans(other)), None)


def _list_plans(subscription: Subscription) -> set[SoldPlan]:
    """Return the variants and plans it renews; before the first sync, those of its order."""
    lines = [line.after_change for line in subscription.active_lines]
    sold = [(line.variant_id, line.terms) for line in lines] or [
        (item.variant_id, item.selling_plan) for item in subscription.order.items.all()
    ]
    return {(variant_id, terms["selling_plan_id"]) for variant_id, terms in sold if terms}
