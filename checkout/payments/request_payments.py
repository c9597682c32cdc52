"""The payment of a payment request."""

from checkout.models import PaymentIntent
from nextcommerce.schemas import NextOrder
from orders.models import OrderEvent, OrderReview
from orders.payment_requests import record_request_payment
from orders.reviews import open_review


def review_request_payment(
    *, intent: PaymentIntent, next_order: NextOrder, source: OrderEvent.Source
) -> None:
    """Record what the order paid for. If the request was already paid or canceled, staff decide."""
    problem = record_request_payment(intent.order)
    if problem:
        open_review(
            order=intent.order,
            kind=OrderReview.Kind.PAYMENT_REQUEST,
            text=problem,
            source=source,
            payment_intent_id=intent.pk,
            next_order_number=next_order.number,
        )
