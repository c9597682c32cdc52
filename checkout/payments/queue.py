"""Payments that take their turn: NEXT is slow, and as many threads wait for it as may.

The order is placed and its stock held, but nothing is sent (`sent_at` is null). The shopper's page asks again
and again; once a thread may wait, the payment is claimed by one conditional update, and then sent once
(`start.py`).
"""

from django.db import transaction
from django.utils import timezone

from checkout import sentences
from checkout.models import PaymentIntent
from checkout.payments import transitions
from checkout.payments.expiry import FIRST_CHECK_DELAY, end_unsent_intent, lock_intent


@transaction.atomic
def claim_queued_payment(intent: PaymentIntent) -> bool:
    """Mark a queued payment as sent. Return False if another request did, or it must not be sent anymore."""
    locked = lock_intent(intent)
    if not locked.is_queued:
        return False
    order = locked.order
    has_newer = order.payment_intents.filter(created_at__gt=locked.created_at).exists()
    if order.is_paid or order.is_in_review or has_newer:
        end_unsent_intent(locked, message=sentences.REPLACED.fill())
        return False
    now = timezone.now()
    return transitions.mark_sent(locked, sent_at=now, next_check_at=now + FIRST_CHECK_DELAY)


@transaction.atomic
def end_queued_payment(intent: PaymentIntent) -> PaymentIntent:
    """End a payment whose turn never came: its shopper left, or NEXT was silent for too long."""
    locked = lock_intent(intent)
    if locked.is_queued:
        end_unsent_intent(locked, message=sentences.SERVICE_SILENT.fill())
    return locked
