"""What staff read about refunds: the log line of one that was made, and reviews of those that went wrong."""

from decimal import Decimal

from orders import sentences
from orders.models import OrderEvent, OrderReview, RefundRequest
from orders.reviews import open_review
from orders.sentences import name_actor
from wording.sentence import Money, Sentence

Purpose = RefundRequest.Purpose


def describe_refund(request: RefundRequest, *, currency: str) -> Sentence:
    """Return the log line of a refund that was made."""
    actor, amount = name_actor(request.actor), Money(request.amount, currency)
    if not request.note:
        return sentences.REFUND_MADE.fill(actor=actor, amount=amount)
    return sentences.REFUND_MADE_WITH_NOTE.fill(actor=actor, amount=amount, note=request.note)


def report_extra_refund(*, request: RefundRequest, extra: Decimal) -> None:
    """Report what NEXT refunded beyond the request to staff, once per request."""
    currency = request.order.currency
    open_refund_review(
        request,
        OrderReview.Kind.EXTRA_REFUND,
        sentences.EXTRA_REFUND.fill(
            extra=Money(extra, currency),
            amount=Money(request.amount, currency),
            actor=name_actor(request.actor),
        ),
    )


def report_refund_not_made(request: RefundRequest) -> None:
    """Tell staff that a refund they are waiting for was not made. Verification amounts are tried again."""
    if request.purpose == Purpose.VERIFICATION:
        return
    open_refund_review(
        request,
        OrderReview.Kind.REFUND_NOT_MADE,
        sentences.REFUND_NOT_MADE.fill(
            amount=Money(request.amount, request.order.currency),
            actor=name_actor(request.actor),
            why=request.answer,
        ),
    )


def open_refund_review(request: RefundRequest, kind: OrderReview.Kind, text: Sentence) -> None:
    """Open a review about the refund, once for each kind."""
    open_review(
        order=request.order,
        kind=kind,
        text=text,
        source=OrderEvent.Source.RECONCILER,
        payment_intent_id=request.payment_intent_id,
        subject_id=str(request.pk),
    )
