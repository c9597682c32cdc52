"""Is a store order the answer to our payment intent? Nothing is believed but what the store itself says."""

from collections import Counter
from decimal import Decimal

from checkout.models import PaymentIntent
from nextcommerce.order_schemas import StoreOrder


def named_intents(store_order: StoreOrder) -> set[str]:
    """Return the ids of payment intents that the store order carries, in its tags or its attribution."""
    if store_order.is_renewal:
        return set()  # it carries the mark of the order that its subscription came from
    metadata = store_order.attribution.get("metadata")
    attributed = metadata.get("payment_intent") if isinstance(metadata, dict) else None
    return {
        name for name in (*store_order.tags, attributed) if isinstance(name, str) and name.startswith("pi_")
    }


def is_ours(*, intent: PaymentIntent, store_order: StoreOrder) -> bool:
    """True where the store order names the intent (S8)."""
    return intent.pk in named_intents(store_order)


def differences(*, intent: PaymentIntent, store_order: StoreOrder) -> list[str]:
    """Return, in sentences for staff, how the store order differs from what was asked for; none is good.

    Needs `intent.store` loaded. What was added after the purchase (upsells) is no difference.
    """
    found = []
    if store_order.currency != intent.currency:
        found.append(f"Paid in {store_order.currency}, asked for in {intent.currency}.")
    if store_order.is_test and intent.store.is_live:
        found.append("A test order in a live store: no money was moved.")
    if store_order.payment_status == "partially_paid":
        found.append(f"Paid in part: {store_order.total_outstanding} is outstanding.")
    asked = Counter({item["next_variant_id"]: 0 for item in intent.snapshot["items"]})
    for item in intent.snapshot["items"]:
        asked[item["next_variant_id"]] += item["quantity"]
    bought: Counter[int | None] = Counter()
    upsold = Decimal(0)
    for line in store_order.lines:
        if line.is_upsell:
            upsold += store_order.line_total(line)
        else:
            bought[line.variant_id] += line.quantity
    if asked != bought:
        found.append(f"Lines differ: asked for {dict(asked)}, the store has {dict(bought)}.")
    if store_order.total_incl_tax is None:
        found.append("The store names no total.")
    elif store_order.total_incl_tax - upsold != intent.amount:
        found.append(f"The total is {store_order.total_incl_tax - upsold}, asked for was {intent.amount}.")
    return found
