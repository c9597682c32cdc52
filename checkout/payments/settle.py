"""Settlement: the one way in which a payment intent learns its outcome.

Called by the return, the webhook, the reconciler and staff alike. Called twice, or at once from all
of them, it does its work once: whoever comes late gets the settled intent as success.
"""

import logging
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from catalog import stock
from catalog.models import PaymentLink, Variant
from checkout.models import PaymentIntent
from checkout.payments import next_order_lookup
from checkout.payments.expiry import (
    lock_intent,
    lock_intents,
    postpone_intent_check,
    record_order_not_found,
    record_unpaid_order,
)
from checkout.payments.order_matching import describe_mismatches, is_order_of_intent
from nextcommerce.errors import NextApiError
from nextcommerce.order_schemas import NextOrder
from orders.customers import resolve_order_customer
from orders.mirror import mirror_order
from orders.order_log import log_order_event
from orders.snapshot import apply_snapshot
from stores.errors import Conflict
from stores.models import Store

logger = logging.getLogger(__name__)
Status = PaymentIntent.Status


class NextOrderMismatch(Exception):
    """The NEXT order belongs to another intent, another shop, or nobody (S8)."""


def check_payment_intent(
    *,
    intent: PaymentIntent,
    source: str,
    hint: str = "",
    background: bool = False,
    returned_unpaid: bool = False,
) -> PaymentIntent:
    """Ask the store about an open intent and settle it; return the intent as it then is.

    `hint` is an order number to try first, believed only once the store confirms it. `returned_unpaid` says that the
    shopper came back without having paid: the intent is declined if the store knows nothing of it (S16).
    At most one look every two seconds; a store that does not answer leaves everything as it is (S15).
    """
    if not intent.can_be_paid or not next_order_lookup.claim_intent_check(intent):
        intent.refresh_from_db()
        return intent
    try:
        next_order = next_order_lookup.find_next_order(intent=intent, hint=hint, background=background)
    except NextApiError as error:
        logger.warning("payment intent %s: the store could not be asked: %s", intent.pk, error.message)
        postpone_intent_check(intent)
        return intent
    if next_order is not None:
        return settle_payment_intent(intent=intent, next_order=next_order, source=source)
    return record_order_not_found(intent=intent, returned_unpaid=returned_unpaid)


def settle_payment_intent(*, intent: PaymentIntent, next_order: NextOrder, source: str) -> PaymentIntent:
    """Bring the intent and its order to what the NEXT order says; return the intent.

    `next_order` must come from the store itself: an answer of the admin API, or a webhook whose
    signature holds. Errors: NotOurs, with nothing changed.
    """
    if intent.next_order_number != next_order.number and not is_order_of_intent(
        intent=intent, next_order=next_order
    ):
        logger.warning(
            "payment intent %s: refused NEXT order %s, which does not name it (from %s)",
            intent.pk,
            next_order.number,
            source,
        )
        raise NextOrderMismatch(intent.pk)
    with transaction.atomic():
        intent = lock_intent(intent)
        _settle_locked_intent(intent=intent, next_order=next_order, source=source)
    return intent


@transaction.atomic
def settle_matching_intent(
    *, intents: QuerySet[PaymentIntent], store: Store, next_order: NextOrder, source: str
) -> PaymentIntent | None:
    """`settle` for whichever of the store's `intents` the NEXT order belongs to; None where there is none.

    That is the one it was settled with, else the newest it names: the caller's `intents` are no others.
    """
    rows = list(lock_intents(intents))
    settled = (intent for intent in rows if intent.next_order_number == next_order.number)
    intent = next(settled, rows[0] if rows else None)
    if intent is not None:
        intent.store = intent.order.store = store
        _settle_locked_intent(intent=intent, next_order=next_order, source=source)
    return intent


def _settle_locked_intent(*, intent: PaymentIntent, next_order: NextOrder, source: str) -> None:
    """Bring the intent and its order to what its NEXT order says. The caller holds the rows."""
    if intent.can_be_paid and (next_order.is_settled or next_order.payment_status == "partially_paid"):
        _record_first_payment(intent=intent, next_order=next_order, source=source)
    elif intent.can_be_paid:
        record_unpaid_order(intent=intent, next_order=next_order)
    elif intent.status == Status.SUCCEEDED and intent.next_order_number == next_order.number:
        mirror_order(order=intent.order, next_order=next_order, source=source)
    elif intent.next_order_number != next_order.number and next_order.is_settled:
        _flag_second_payment(intent=intent, next_order=next_order, source=source)


def _record_first_payment(*, intent: PaymentIntent, next_order: NextOrder, source: str) -> None:
    """The first news that this intent was paid. The caller holds the rows."""
    order = intent.order
    intent.next_order_number = next_order.number
    intent.answered_at = intent.answered_at or timezone.now()
    intent.settled_at = timezone.now()
    intent.next_check_at = None
    intent.payment_complete_url = ""
    if order.is_paid:
        reason = f"Paid a second time: order {order.number} was already paid by another attempt."
        _send_to_review(intent=intent, reason=reason, refund=next_order.total_incl_tax, source=source)
        return
    found = describe_mismatches(intent=intent, next_order=next_order)
    if found:
        _send_to_review(
            intent=intent, reason=" ".join(found), refund=next_order.total_incl_tax, source=source
        )
        return
    mark_order_paid(intent=intent, next_order=next_order, source=source)


def mark_order_paid(*, intent: PaymentIntent, next_order: NextOrder, source: str, actor: str = "") -> None:
    """Make the order this intent's, sold and paid. The caller holds the rows."""
    order = intent.order
    is_latest = (
        intent.pk == order.payment_intents.order_by("-created_at", "-id").values_list("pk", flat=True)[0]
    )
    if not is_latest:
        # The shopper went back and chose anew, then paid for this one after all (S6).
        apply_snapshot(order=order, snapshot=intent.snapshot)
    if order.customer_id is None:
        order.customer = resolve_order_customer(order=order)
    intent.status = Status.SUCCEEDED
    intent.message = ""
    intent.save()
    if not sell_held_stock(intent=intent, is_held=is_latest):
        order.review_reason = gettext_noop("Paid, but sold out meanwhile: deliver later, or refund.")
        log_order_event(order=order, kind="review", text=order.review_reason, source=source)
    if order.verification_amount:
        order.verification_refund_due_at = timezone.now()
    mirror_order(order=order, next_order=next_order, source=source, actor=actor)


def sell_held_stock(*, intent: PaymentIntent, is_held: bool) -> bool:
    """Make the order's hold a sale; take it anew where the hold has gone; False where it is short (S17)."""
    if is_held and stock.mark_sold(reference=intent.order_id):
        return True
    items = intent.snapshot["items"]
    variants = Variant.objects.select_related("product").in_bulk([item["variant_id"] for item in items])
    wanted = [
        stock.StockRequest(variants[item["variant_id"]], item["quantity"])
        for item in items
        if item["variant_id"] in variants
    ]
    # A link that was closed or used up meanwhile is honoured: the payment had begun (S24).
    link = PaymentLink.objects.filter(
        pk=intent.snapshot["order"]["payment_link_id"], uses_left__gte=1
    ).first()
    try:
        with transaction.atomic():
            stock.replace_hold(reference=intent.order_id, wanted=wanted, link=link, until=timezone.now())
            stock.mark_sold(reference=intent.order_id)
    except Conflict:
        return False
    return True


def _send_to_review(*, intent: PaymentIntent, reason: str, refund: Decimal | None, source: str) -> None:
    """Money came that does not fit: kept in sight of staff, never dropped. The caller holds the rows."""
    intent.status = Status.REVIEW
    intent.review_reason = reason[:300]
    intent.amount_to_refund = refund or Decimal(0)
    intent.save()
    _flag_order_for_review(intent=intent, number=intent.next_order_number, reason=reason, source=source)


@transaction.atomic
def review_untagged_order(*, intent: PaymentIntent, next_order: NextOrder, source: str) -> PaymentIntent:
    """Put a NEXT order that fits the intent, but does not name it, before staff (facts 8)."""
    intent = lock_intent(intent)
    taken = PaymentIntent.objects.filter(store=intent.store, next_order_number=next_order.number)
    if not intent.can_be_paid or taken.exclude(pk=intent.pk).exists():
        return intent
    intent.next_order_number = next_order.number
    intent.settled_at = timezone.now()
    intent.next_check_at = None
    reason = f"NEXT order {next_order.number} has the same person and lines, but does not name this payment."
    _send_to_review(intent=intent, reason=reason, refund=next_order.total_incl_tax, source=source)
    return intent


def _flag_second_payment(*, intent: PaymentIntent, next_order: NextOrder, source: str) -> None:
    """A second NEXT order names an intent that has one already: staff must refund one of them."""
    reason = (
        f"NEXT order {next_order.number} was made for the same payment as {intent.next_order_number}: "
        f"{next_order.total_incl_tax} {next_order.currency} to refund."
    )
    if intent.order.events.filter(kind="review", data__next_order=next_order.number).exists():
        return
    _flag_order_for_review(intent=intent, number=next_order.number, reason=reason, source=source)


def _flag_order_for_review(*, intent: PaymentIntent, number: str | None, reason: str, source: str) -> None:
    """Put the order before staff because of what came of the NEXT order with this number."""
    order = intent.order
    order.review_reason = reason[:300]
    order.save(update_fields=["review_reason", "updated_at"])
    told = {"payment_intent": intent.pk, "next_order": number}
    log_order_event(order=order, kind="review", text=reason, source=source, data=told)
    logger.error("payment intent %s: to review: %s", intent.pk, reason)
