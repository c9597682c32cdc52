"""Start subscriptions, move the sandbox clock, and sync."""

import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from catalog.models import SellingPlan, Variant
from checkout.payments.reconcile import reconcile_due_rows
from checkout.payments.settle import check_payment_intent
from checkout.selection import Selection, SelectionLine
from stores.models import Store
from subscriptions.models import Subscription
from subscriptions.sync import sync_subscription
from tests.factories import make_plan, publish, variant_of
from tests.payments.helpers import pay_at_link, submit_checkout

# R158: base 49.99, the first month 39.99, from the second on 44.99.
TWO_TIERS = [
    {"policy_type": "FIXED", "adjustment_type": "FIXED_AMOUNT", "adjustment_value": "10.00"},
    {
        "policy_type": "RECURRING",
        "adjustment_type": "FIXED_AMOUNT",
        "adjustment_value": "5.00",
        "after_cycle": "1",
    },
]
THREE_TIERS = [
    TWO_TIERS[0],
    {
        "policy_type": "RECURRING",
        "adjustment_type": "FIXED_AMOUNT",
        "adjustment_value": "5.00",
        "after_cycle": "1",
    },
    {
        "policy_type": "RECURRING",
        "adjustment_type": "FIXED_AMOUNT",
        "adjustment_value": "0.00",
        "after_cycle": "3",
    },
]


def make_coffee_plan(store: Store, pricing_policy: Any = (), **fields: Any) -> SellingPlan:
    """Make a plan for the field notes, which cost 49.99 here and are not shipped."""
    notes = store.products.get(name="Field notes")
    notes.variants.update(price=Decimal("49.99"))
    publish(store)
    return make_plan(notes, pricing_policy=list(pricing_policy), **fields)


def make_lamp_plan(store: Store, **fields: Any) -> SellingPlan:
    """Make a plan for the desk lamp. The white one costs 59.00; shipping is 5.00."""
    lamp = store.products.get(name="Desk lamp")
    lamp.variants.filter(values__value="White").update(price=Decimal("59.00"))
    return make_plan(lamp, **fields)


def start_subscription(
    store: Store,
    plan: SellingPlan,
    *,
    quantity: int = 1,
    key: str = "purchase-1",
    variant: Variant | None = None,
) -> Subscription:
    """Check out with a plan, pay, and run the reconciler."""
    variant = variant or variant_of(store.products.get(name="Field notes"))
    line = SelectionLine(variant=variant, quantity=quantity, plan=plan)
    intent = submit_checkout(store, Selection(source="cart", lines=(line,)), key=key)
    pay_at_link(intent)
    check_payment_intent(intent=intent, source="return")
    reconcile_due_rows()
    return Subscription.objects.select_related("store", "order").get(order__checkout_key=key)


def advance_clock(store: Store, **time: float) -> None:
    """Move the sandbox clock, by days or to a date."""
    store.sandbox.advance_clock(**time)


def advance_clock_and_sync(store: Store, **time: float | str) -> None:
    """Move the sandbox clock and the store's own, as the demo does, and make all subscriptions due."""
    now = datetime.datetime.fromisoformat(store.sandbox.advance_clock(**time))
    store.clock_offset = now - timezone.now()
    store.save(update_fields=["clock_offset"])
    Subscription.objects.filter(store=store).update(refresh_at=timezone.now())


def sync_now(subscription: Subscription) -> Subscription:
    return sync_subscription(subscription=subscription)


def renew_subscription(store: Store, subscription: Subscription, times: int = 1) -> Subscription:
    """Move the sandbox clock past the next renewal and sync, `times` times."""
    for _time in range(times):
        assert subscription.next_renewal_at is not None
        late = subscription.next_renewal_at + datetime.timedelta(minutes=1)
        advance_clock(store, to=late.isoformat())
        subscription = sync_now(subscription)
    return subscription


def charged_amounts(store: Store) -> list[str]:
    return [row["amount"] for row in store.sandbox.charges()]
