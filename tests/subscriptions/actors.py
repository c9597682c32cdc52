"""Subscribers: they choose a plan, pay, and the store's clock is moved on."""

import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from catalog.models import SellingPlan, Variant
from checkout.payments.reconcile import reconcile
from checkout.payments.settle import look
from checkout.selection import Choice, ChosenLine
from stores.models import Store
from subscriptions.models import Subscription
from subscriptions.sync import bring_about
from tests.factories import make_plan, publish, variant_of
from tests.payment.actors import checkout, pay

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
    """A plan for the field notes, which cost 49.99 here and are not shipped."""
    notes = store.products.get(name="Field notes")
    notes.variants.update(price=Decimal("49.99"))
    publish(store)
    return make_plan(notes, pricing_policy=list(pricing_policy), **fields)


def make_lamp_plan(store: Store, **fields: Any) -> SellingPlan:
    """A plan for the desk lamp, of which the white one costs 59.00; both are shipped for 5.00."""
    lamp = store.products.get(name="Desk lamp")
    lamp.variants.filter(option_values={"Colour": "White"}).update(price=Decimal("59.00"))
    return make_plan(lamp, **fields)


def subscribe(
    store: Store,
    plan: SellingPlan,
    *,
    quantity: int = 1,
    key: str = "purchase-1",
    variant: Variant | None = None,
) -> Subscription:
    """Check out with a plan, pay, and let the reconciler look."""
    variant = variant or variant_of(store.products.get(name="Field notes"))
    line = ChosenLine(variant=variant, quantity=quantity, plan=plan)
    intent = checkout(store, Choice(source="bag", lines=(line,)), key=key)
    pay(intent)
    look(intent=intent, source="return")
    reconcile()
    return Subscription.objects.select_related("store", "order").get(order__checkout_key=key)


def pass_time(store: Store, **time: float) -> None:
    """Move the store's clock, in days or until a date."""
    store.sandbox.clock(**time)


def live_on(store: Store, **time: float | str) -> None:
    """Move the store's clock, and let the shop know of it, as the demo does."""
    now = datetime.datetime.fromisoformat(store.sandbox.clock(**time))
    store.clock_offset = now - timezone.now()
    store.save(update_fields=["clock_offset"])
    Subscription.objects.filter(store=store).update(refresh_at=timezone.now())


def upkeep(subscription: Subscription) -> Subscription:
    return bring_about(subscription=subscription)


def renew(store: Store, subscription: Subscription, times: int = 1) -> Subscription:
    """Move the store's clock past the next renewal, and look, so many times."""
    for _time in range(times):
        assert subscription.next_renewal_at is not None
        late = subscription.next_renewal_at + datetime.timedelta(minutes=1)
        pass_time(store, to=late.isoformat())
        subscription = upkeep(subscription)
    return subscription


def charges(store: Store) -> list[str]:
    return [row["amount"] for row in store.sandbox.charges()]
