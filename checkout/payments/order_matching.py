"""Deciding whether a NEXT order belongs to a payment intent, and whether it is what the shopper bought."""

from collections import Counter
from decimal import Decimal

from checkout.models import PaymentIntent
from nextcommerce.schemas import NextOrder

# The key under which an order's attribution names the payment intent it was requested for.
INTENT_METADATA_KEY = "payment_intent"


def intent_ids_in(next_order: NextOrder) -> set[str]:
    """Return the payment intent ids that the NEXT order carries in its tags or attribution."""
    if next_order.is_renewal:
        return set()  # it inherits the mark of the order that started its subscription
    attributed = next_order.metadata.get(INTENT_METADATA_KEY)
    return {
        mark for mark in (*next_order.tags, attributed) if isinstance(mark, str) and mark.startswith("pi_")
    }


def is_order_of_intent(*, intent: PaymentIntent, next_order: NextOrder) -> bool:
    """Return True if the NEXT order carries the intent's id."""
    return intent.pk in intent_ids_in(next_order)


def describe_mismatches(*, intent: PaymentIntent, next_order: NextOrder) -> list[str]:
    """Return sentences for staff on how the NEXT order differs from the intent; empty if it matches.

    Needs `intent.store` loaded. Upsells added after the purchase don't count as a difference.
    """
    mismatches = []
    if next_order.currency != intent.currency:
        mismatches.append(f"Paid in {next_order.currency} instead of {intent.currency}.")
    if next_order.is_test and intent.store.is_live:
        mismatches.append("This is a test order in a live store. No money moved.")
    if next_order.is_partially_paid:
        mismatches.append(f"Partially paid: {next_order.total_outstanding} is outstanding.")
    ordered = Counter({item["next_variant_id"]: 0 for item in intent.snapshot["items"]})
    for item in intent.snapshot["items"]:
        ordered[item["next_variant_id"]] += item["quantity"]
    bought, upsell_total = _split_off_upsells(next_order)
    if ordered != bought:
        mismatches.append(f"Items differ: ordered {dict(ordered)}, NEXT Commerce has {dict(bought)}.")
    if next_order.total_incl_tax is None:
        mismatches.append("NEXT Commerce reports no total.")
    elif next_order.total_incl_tax - upsell_total != intent.amount:
        mismatches.append(
            f"The total is {next_order.total_incl_tax - upsell_total} instead of {intent.amount}."
        )
    return mismatches


def _split_off_upsells(next_order: NextOrder) -> tuple[Counter[int | None], Decimal]:
    """Return the quantities bought at checkout by variant, and the total of the upsells."""
    bought: Counter[int | None] = Counter()
    upsell_total = Decimal(0)
    for line in next_order.lines:
        if line.is_upsell:
            upsell_total += next_order.line_total(line)
        else:
            bought[line.variant_id] += line.quantity
    return bought, upsell_total
