"""Deciding whether a NEXT order belongs to a payment intent, and whether it is what the shopper bought."""

from decimal import Decimal
from typing import Any

from checkout import sentences
from checkout.models import PaymentIntent
from checkout.payments.article_matching import describe_other_articles, list_purchased_lines
from nextcommerce.schemas import NextOrder
from orders.next_order_identity import NextOrderIdentity, NextOrderMismatch, marks_in
from stores.columns import fit_to_columns
from wording.sentence import Money, Sentence


def intent_ids_in(next_order: NextOrder) -> set[str]:
    """Return the ids of the payment intents that the NEXT order pays for."""
    if next_order.is_renewal:
        return set()  # it inherits the mark of the order that started its subscription
    return marks_in(next_order)


def next_order_fields(next_order: NextOrder) -> dict[str, Any]:
    """Return the intent's fields that say which NEXT order it made."""
    return fit_to_columns(
        PaymentIntent, {"next_order_number": next_order.number, "next_created_at": next_order.created_at}
    )


def is_order_of_intent(*, intent: PaymentIntent, next_order: NextOrder) -> bool:
    """Return True if the NEXT order carries the intent's id."""
    return intent.pk in intent_ids_in(next_order)


def require_order_of_intent(*, intent: PaymentIntent, next_order: NextOrder) -> None:
    """Raise NextOrderMismatch unless the NEXT order carries the intent's id or is the one it settled with."""
    if intent.next_order_number == next_order.number:
        identity = NextOrderIdentity(
            number=intent.next_order_number, mark=intent.pk, created_at=intent.next_created_at
        )
        difference = identity.describe_difference(next_order)
        if difference:
            raise NextOrderMismatch(difference, order=intent.order)
    elif not is_order_of_intent(intent=intent, next_order=next_order):
        # Not worth a report: anybody can post the number of another order.
        raise NextOrderMismatch(sentences.NO_PAYMENT_MARK.fill())


def describe_mismatches(*, intent: PaymentIntent, next_order: NextOrder) -> list[Sentence]:
    """Return sentences for staff on how the NEXT order differs from the intent; empty if it matches.

    Prices are judged apart, once the lines match (`price_judgment`). Needs `intent.store` loaded. Upsells
    added after the purchase don't count as a difference.
    """
    mismatches: list[Sentence] = []
    if next_order.currency != intent.currency:
        mismatches.append(
            sentences.OTHER_CURRENCY_PAID.fill(paid=next_order.currency, expected=intent.currency)
        )
    if next_order.is_test and intent.store.is_live:
        mismatches.append(sentences.TEST_ORDER_IN_LIVE_STORE.fill())
    if next_order.is_partially_paid:
        amount = Money(next_order.total_outstanding or Decimal(0), next_order.currency or intent.currency)
        mismatches.append(sentences.PARTLY_PAID.fill(amount=amount))
    lines = list_purchased_lines(next_order)
    return mismatches + describe_other_articles(items=intent.snapshot["items"], lines=lines)
