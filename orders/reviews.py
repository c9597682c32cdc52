"""Opening and resolving the reviews of orders."""

import logging
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from orders import sentences
from orders.models import Order, OrderEvent, OrderReview
from orders.notifications import queue_withheld_notifications
from orders.order_log import log_order_event
from orders.sentences import name_actor
from stores.columns import fit_to_columns
from wording.sentence import Money, Sentence, Value, join_sentences

logger = logging.getLogger(__name__)

Resolution = OrderReview.Resolution


def open_review(
    *,
    order: Order,
    kind: OrderReview.Kind,
    text: Sentence,
    source: str,
    payment_intent_id: str = "",
    next_order_number: str = "",
    subject_id: str = "",
    amount_to_refund: Decimal | None = None,
) -> OrderReview:
    """Open a review for staff, and return it. Repeated and concurrent calls for the same reason open one.

    A review that staff resolved is opened again only if its kind is in `OrderReview.RECURRING_KINDS`.
    """
    identity = fit_to_columns(
        OrderReview,
        {
            "kind": kind,
            "payment_intent_id": payment_intent_id,
            "next_order_number": next_order_number,
            "subject_id": subject_id,
        },
    )
    reviews = OrderReview.objects.filter(order=order, **identity)
    known = reviews.open() if kind in OrderReview.RECURRING_KINDS else reviews
    review = known.first()
    if review is not None:
        return review
    details = fit_to_columns(OrderReview, {"text": text, "amount_to_refund": amount_to_refund or Decimal(0)})
    try:
        with transaction.atomic():
            review = OrderReview.objects.create(order=order, **identity, **details)
            log_order_event(order=order, kind=OrderEvent.Kind.REVIEW, text=text, source=source)
    except IntegrityError:
        return reviews[0]  # another process has just opened it
    logger.error("order %s: needs review (%s): %s", order.number, kind, text.in_english())
    return review


def resolve_review(
    *, review: OrderReview, resolution: OrderReview.Resolution, actor: str, note: str = ""
) -> bool:
    """End this review and no other. Return False if it had already ended.

    The emails withheld from the shopper are queued once the order's last review ends.
    """
    ending = fit_to_columns(
        OrderReview,
        {"resolved_at": timezone.now(), "resolved_by": actor, "resolution": resolution, "note": note},
    )
    with transaction.atomic():
        # If two reviews end at the same time, the lock lets the later one see that it is the last.
        order = (
            Order.objects.select_for_update(of=("self",), no_key=True)
            .select_related("store")
            .get(pk=review.order_id)
        )
        if not OrderReview.objects.open().filter(pk=review.pk).update(**ending):
            return False
        for name, value in ending.items():
            setattr(review, name, value)
        log_order_event(
            order=order,
            kind=OrderEvent.Kind.REVIEWED,
            text=describe_resolution(review, currency=order.currency),
            source=OrderEvent.Source.STAFF,
            actor=actor,
        )
        queue_withheld_notifications(order)
    return True


def list_orders_in_review() -> QuerySet[OrderReview, str]:
    """Return the ids of all orders with an open review, as a subquery for filters."""
    return OrderReview.objects.open().order_by().values_list("order_id", flat=True)


def describe_resolution(review: OrderReview, *, currency: str) -> Sentence:
    """Return the log's sentence on who ended the review, and how."""
    values: dict[str, Value] = {"actor": name_actor(review.resolved_by), "reason": review.text}
    if review.resolution == Resolution.REFUNDED:
        values["amount"] = Money(review.amount_to_refund, currency)
    template = {
        Resolution.ACCEPTED: sentences.REVIEW_ACCEPTED,
        Resolution.REFUNDED: sentences.REVIEW_REFUNDED,
        Resolution.DISMISSED: sentences.REVIEW_DISMISSED,
        Resolution.SETTLED_ELSEWHERE: sentences.REVIEW_SETTLED_ELSEWHERE,
    }[Resolution(review.resolution)]
    notes = [sentences.NOTE.fill(text=review.note)] if review.note else []
    return join_sentences([template.fill(**values), *notes])
