"""Is a NEXT order the answer to our payment intent? Nothing is believed but what the store itself says."""

from collections import Counter
from decimal import Decimal

from checkout.models import PaymentIntent
from nextcommerce.order_schemas import NextOrder


def intent_ids_in(next_order: NextOrder) -> set[str]:
    """Return the ids of payment intents that the NEXT order carries, in its tags or its attribution."""
    if next_order.is_renewal:
        return set()  # it carries the mark of the order that its subscription came from
    metadata = next_order.attribution.get("metadata")
    attributed = metadata.get("payment_intent") if isinstance(metadata, dict) else None
    return {
        name for name in (*next_order.tags, attributed) if isinstance(name, str) and name.startswith("pi_")
    }


def is_order_of_intent(*, intent: PaymentIntent, next_order: NextOrder) -> bool:
    """True where the NEXT order names the intent (S8)."""
    return intent.pk in intent_ids_in(next_order)


def describe_mismatches(*, intent: PaymentIntent, next_order: NextOrder) -> list[str]:
    """Return, in sentences for staff, how the NEXT order differs from what was asked for; none is good.

    Needs `intent.store` loaded. What was added after the purchase (upsells) is no difference.
    """
    found = []
    if next_order.currency != intent.currency:
        found.append(f"Paid in {next_order.currency}, asked for in {intent.currency}.")
    if next_order.is_test and intent.store.is_live:
        found.append("A test order in a live store: no money was moved.")
    if next_order.payment_status == "partially_paid":
        found.append(f"Paid in part: {next_order.total_outstanding} is outstanding.")
    asked = Counter({item["next_variant_id"]: 0 for item in intent.snapshot["items"]})
    for item in intent.snapshot["items"]:
        asked[item["next_variant_id"]] += item["quantity"]
    bought: Counter[int | None] = Counter()
    upsold = Decimal(0)
    for line in next_order.lines:
        if line.is_upsell:
            upsold += next_order.line_total(line)
        else:
            bought[line.variant_id] += line.quantity
    if asked != bought:
        found.append(f"Lines differ: asked for {dict(asked)}, the store has {dict(bought)}.")
    if next_order.total_incl_tax is None:
        found.append("The store names no total.")
    elif next_order.total_incl_tax - upsold != intent.amount:
        found.append(f"The total is {next_order.total_incl_tax - upsold}, asked for was {intent.amount}.")
    return found
