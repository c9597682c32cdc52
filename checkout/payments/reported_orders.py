"""NEXT orders that a webhook event or the order list reports, without a payment having asked for them."""

from django.utils import timezone

from checkout import sentences
from checkout.models import PaymentIntent
from checkout.payments.next_order_lookup import find_intents_of_order
from checkout.payments.settle import settle_matching_intent
from nextcommerce.schemas import NextOrder
from orders.models import OrderEvent
from orders.next_order_identity import NextOrderMismatch
from stores.models import Store
from wording.sentence import Label, Sentence


def settle_reported_order(
    *, store: Store, next_order: NextOrder, source: OrderEvent.Source
) -> tuple[PaymentIntent | None, Sentence]:
    """Settle the payment that the order belongs to. Return it, and what was done.

    An order that carries none of our ids was created elsewhere, or lost its tag on the way.
    """
    intents = find_intents_of_order(store=store, next_order=next_order)
    try:
        intent = settle_matching_intent(intents=intents, store=store, next_order=next_order, source=source)
    except NextOrderMismatch as mismatch:
        return None, sentences.ORDER_REFUSED.fill(reason=mismatch.reason)
    if intent is not None:
        status = Label.of(PaymentIntent.Status(intent.status).label)
        return intent, sentences.PAYMENT_OUTCOME.fill(payment=intent.pk, status=status)
    if schedule_payment_checks(store=store, email=next_order.email):
        return None, sentences.ORDER_NOT_MARKED.fill()
    return None, sentences.ORDER_OF_OTHER_STORE.fill()


def schedule_payment_checks(*, store: Store, email: str) -> bool:
    """Schedule a check of all unpaid attempts with this email. Return True if there are any."""
    if not email:
        return False  # erased customers have an empty email
    unpaid = PaymentIntent.objects.filter(
        store=store, order__email__iexact=email, next_check_at__isnull=False
    )
    return unpaid.update(next_check_at=timezone.now()) > 0
