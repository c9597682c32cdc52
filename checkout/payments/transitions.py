"""The states of a payment intent. Nothing else writes `PaymentIntent.status`.

    created → redirected → succeeded, declined, expired or review
    any of these but succeeded and review → processing → succeeded, declined, expired or review
    declined, expired → succeeded or review: money may come late, and what NEXT says wins
    review → succeeded, refunded, discarded or settled elsewhere

Each function is one conditional update that returns whether it happened. If it did, the instance is updated
too; if not, nothing changed, because somebody else moved the intent first. `changes` are other fields to
write along with the state.
"""

import datetime
from typing import Any

from django.db import IntegrityError
from django.db.models import Q
from django.utils import timezone

from checkout import sentences
from checkout.models import PaymentIntent
from orders.next_order_identity import NextOrderMismatch
from wording.sentence import Sentence

Status = PaymentIntent.Status


def mark_sent(intent: PaymentIntent, *, sent_at: datetime.datetime, **changes: Any) -> bool:
    """A queued payment has its turn: it counts as sent from here on."""
    sent = changes | {"sent_at": sent_at}
    return _update_intent(intent, {"status": Status.CREATED, "sent_at": None}, sent)


def mark_redirected(intent: PaymentIntent, *, payment_complete_url: str, **changes: Any) -> bool:
    """NEXT told us where to send the shopper."""
    url = {"payment_complete_url": payment_complete_url}
    return _move_intent(intent, Status.REDIRECTED, (Status.CREATED,), changes | url)


def mark_processing(intent: PaymentIntent, **changes: Any) -> bool:
    """NEXT has the order, and the bank will take days to pay it."""
    unpaid = tuple(status for status in PaymentIntent.UNPAID if status != Status.PROCESSING)
    return _move_intent(
        intent, Status.PROCESSING, unpaid, changes | {"payment_complete_url": "", "message": Sentence()}
    )


def mark_succeeded(intent: PaymentIntent, **changes: Any) -> bool:
    """The payment made the order, at first or after a review."""
    return _move_intent(
        intent, Status.SUCCEEDED, (*PaymentIntent.UNPAID, Status.REVIEW), changes | {"message": Sentence()}
    )


def send_to_review(intent: PaymentIntent, **changes: Any) -> bool:
    """The payment doesn't match the order, so staff must decide. The caller opens the review."""
    return _move_intent(intent, Status.REVIEW, PaymentIntent.UNPAID, changes)


def decline_intent(intent: PaymentIntent, **changes: Any) -> bool:
    """NEXT refused the payment, or the shopper came back without paying."""
    return _move_intent(intent, Status.DECLINED, PaymentIntent.OPEN, changes)


def expire_intent(intent: PaymentIntent, **changes: Any) -> bool:
    """Nobody paid in time."""
    return _move_intent(intent, Status.EXPIRED, PaymentIntent.OPEN, changes)


def mark_refunded(intent: PaymentIntent) -> bool:
    """Staff refunded the payment in review."""
    return _move_intent(intent, Status.REFUNDED, (Status.REVIEW,), {})


def discard_intent(intent: PaymentIntent) -> bool:
    """Staff closed the review, and NEXT holds no money for the payment."""
    return _move_intent(intent, Status.DISCARDED, (Status.REVIEW,), {})


def settle_intent_elsewhere(intent: PaymentIntent) -> bool:
    """Staff took care of the payment outside the shop. NEXT may still hold its money."""
    return _move_intent(intent, Status.SETTLED_ELSEWHERE, (Status.REVIEW,), {})


def record_next_order(intent: PaymentIntent, *, next_order_number: str, **changes: Any) -> bool:
    """Write which NEXT order the intent made, while that isn't known. It is never rewritten."""
    return _update_intent(intent, {}, changes | {"next_order_number": next_order_number})


def _move_intent(
    intent: PaymentIntent, to: PaymentIntent.Status, from_statuses: tuple[str, ...], changes: dict[str, Any]
) -> bool:
    return _update_intent(intent, {"status__in": from_statuses}, changes | {"status": to})


def _update_intent(intent: PaymentIntent, only_if: dict[str, Any], changes: dict[str, Any]) -> bool:
    """Raises NextOrderMismatch if the NEXT order's number belongs to another intent."""
    rows = PaymentIntent.objects.filter(pk=intent.pk, **only_if)
    if "next_order_number" in changes:
        rows = rows.filter(Q(next_order_number=None) | Q(next_order_number=changes["next_order_number"]))
    values = changes | {"updated_at": timezone.now()}
    try:
        if not rows.update(**values):
            return False
    except IntegrityError as error:
        if "next_order" not in str(error):
            raise
        raise NextOrderMismatch(sentences.NUMBER_OF_OTHER_PAYMENT.fill(), order=intent.order) from error
    for name, value in values.items():
        setattr(intent, name, value)
    return True
