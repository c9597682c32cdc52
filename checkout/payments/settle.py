"""Settlement: how a payment intent gets its outcome from NEXT.

The return, webhooks, the reconciler and staff all end here. However often they call, even at the same time,
the work is done once; late callers get the settled intent as success.
"""

import logging
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from catalog import stock
from catalog.models import PaymentLink
from checkout import sentences
from checkout.models import PaymentIntent
from checkout.payments import next_order_lookup, transitions
from checkout.payments.article_matching import list_purchased_lines, match_items
from checkout.payments.difference_reports import report_differences
from checkout.payments.expiry import (
    lock_intent,
    postpone_intent_check,
    record_order_not_found,
    record_unpaid_order,
)
from checkout.payments.order_matching import (
    describe_mismatches,
    is_order_of_intent,
    next_order_fields,
    require_order_of_intent,
)
from checkout.payments.pending_payments import is_money_on_its_way, record_pending_payment
from checkout.payments.price_judgment import PriceJudgment, judge_prices
from checkout.payments.request_payments import review_request_payment
from checkout.payments.tracing import trace_payment
from nextcommerce.errors import NextApiError
from nextcommerce.order_prices import read_taxes
from nextcommerce.schemas import NextOrder
from orders.customers import resolve_order_customer
from orders.models import OrderEvent, OrderReview
from orders.next_order_identity import NextOrderMismatch
from orders.reviews import open_review
from orders.sentences import PAID_AFTER_SOLD_OUT
from orders.snapshot import apply_snapshot
from orders.sync import apply_next_order, mirror_transaction, report_foreign_order
from stores.models import Store
from wording.sentence import Money, Sentence, join_sentences

logger = logging.getLogger(__name__)
Status = PaymentIntent.Status


@trace_payment("payment.check")
def check_payment_intent(
    *,
    intent: PaymentIntent,
    source: OrderEvent.Source,
    hint: str = "",
    background: bool = False,
    returned_unpaid: bool = False,
) -> PaymentIntent:
    """Check an open payment with NEXT and settle it. Return the refreshed intent.

    `hint` is an order number to try first; it counts only once NEXT confirms it. `returned_unpaid` says that
    the shopper came back without paying: the intent is declined if NEXT has no order for it.
    Checks at most every two seconds. If NEXT doesn't respond or answers about another order, nothing changes.
    """
    if not intent.can_be_paid or not next_order_lookup.claim_intent_check(intent):
        intent.refresh_from_db()
        return intent
    try:
        next_order = next_order_lookup.find_next_order(intent=intent, hint=hint, background=background)
        if next_order is not None:
            return settle_payment_intent(intent=intent, next_order=next_order, source=source)
    except NextApiError as error:
        logger.warning("payment intent %s: NEXT couldn't be reached: %s", intent.pk, error)
        postpone_intent_check(intent)
        intent.waits_for_next = True
        return intent
    except NextOrderMismatch as mismatch:
        if mismatch.order is not None:
            report_foreign_order(order_id=mismatch.order.pk, reason=mismatch.reason, source=source)
        postpone_intent_check(intent)
        return intent
    return record_order_not_found(intent=intent, returned_unpaid=returned_unpaid)


@trace_payment("payment.settle")
def settle_payment_intent(
    *, intent: PaymentIntent, next_order: NextOrder, source: OrderEvent.Source
) -> PaymentIntent:
    """Bring the intent and its order in line with the NEXT order. Return the refreshed intent.

    `next_order` must come from NEXT itself: an Admin API response or a webhook with a valid signature.
    Raises NextOrderMismatch, with nothing changed.
    """
    with mirror_transaction(source=source):
        intent = lock_intent(intent)
        require_order_of_intent(intent=intent, next_order=next_order)
        if intent.next_order_number not in (None, next_order.number):
            _flag_second_payment(intent=intent, next_order=next_order, source=source)
        elif intent.status == Status.SUCCEEDED:
            apply_next_order(order=intent.order, next_order=next_order, source=source, mark=intent.pk)
        elif intent.can_be_paid and (next_order.is_settled or next_order.is_partially_paid):
            _settle_charged_intent(intent=intent, next_order=next_order, source=source)
        elif intent.can_be_paid and is_money_on_its_way(intent=intent, next_order=next_order):
            if source == OrderEvent.Source.WEBHOOK and intent.status == Status.DECLINED:
                # The event may be older than the refusal: ask NEXT.
                PaymentIntent.objects.filter(pk=intent.pk).update(next_check_at=timezone.now())
                return intent
            record_pending_payment(intent=intent, next_order=next_order, source=source)
        elif intent.can_be_paid:
            record_unpaid_order(intent=intent, next_order=next_order)
    return intent


def _settle_charged_intent(
    *, intent: PaymentIntent, next_order: NextOrder, source: OrderEvent.Source
) -> None:
    """Mark the intent's order as paid, or send it to review. The caller holds the row locks."""
    problem, judgment = find_payment_problem(intent=intent, next_order=next_order), PriceJudgment()
    if problem is None:
        judgment = judge_prices(intent=intent, next_order=next_order)
    if judgment.problems:
        problem = PaymentProblem(OrderReview.Kind.PAYMENT_MISMATCH, join_sentences(judgment.problems))
    if problem is not None:
        _flag_payment_for_review(intent=intent, next_order=next_order, problem=problem, source=source)
        return
    settlement = build_settlement(intent=intent, next_order=next_order)
    mark_order_paid(intent=intent, next_order=next_order, source=source, settlement=settlement)
    sold = match_items(items=intent.snapshot["items"], lines=list_purchased_lines(next_order))
    taxes = read_taxes(next_order)
    report_differences(order=intent.order, judgment=judgment, taxes=taxes, sold=sold, source=source)


def settle_matching_intent(
    *, intents: QuerySet[PaymentIntent], store: Store, next_order: NextOrder, source: OrderEvent.Source
) -> PaymentIntent | None:
    """Settle whichever of `intents` the NEXT order belongs to. Return it, or None if `intents` is empty.

    That is the intent it was settled with, else the newest one that it names. `intents` must come from
    `find_intents_of_order`, newest first. Raises NextOrderMismatch, with nothing changed.
    """
    rows = list(intents)
    named = [intent for intent in rows if is_order_of_intent(intent=intent, next_order=next_order)]
    settled = [intent for intent in named or rows if intent.next_order_number == next_order.number]
    intent = next(iter([*settled, *named, *rows]), None)
    if intent is None:
        return None
    intent.store = store
    return settle_payment_intent(intent=intent, next_order=next_order, source=source)


@dataclass(frozen=True)
class PaymentProblem:
    """Why a payment can't be applied to its order."""

    kind: OrderReview.Kind
    text: Sentence


def find_payment_problem(*, intent: PaymentIntent, next_order: NextOrder) -> PaymentProblem | None:
    """Return why staff must decide about the payment, or None if it pays for its order, prices apart."""
    order = intent.order
    if order.is_paid:
        text = sentences.PAID_TWICE.fill(number=order.number)
        return PaymentProblem(OrderReview.Kind.DUPLICATE_PAYMENT, text)
    mismatches = describe_mismatches(intent=intent, next_order=next_order)
    if not mismatches:
        return None
    return PaymentProblem(OrderReview.Kind.PAYMENT_MISMATCH, join_sentences(mismatches))


def build_settlement(*, intent: PaymentIntent, next_order: NextOrder) -> dict[str, Any]:
    """Return the intent's fields to write once its NEXT order has a payment."""
    now = timezone.now()
    return {
        **next_order_fields(next_order),
        "answered_at": intent.answered_at or now,
        "settled_at": now,
        "next_check_at": None,
        "payment_complete_url": "",
    }


def mark_order_paid(
    *,
    intent: PaymentIntent,
    next_order: NextOrder,
    source: OrderEvent.Source,
    settlement: dict[str, Any],
    actor: str = "",
) -> None:
    """Mark the intent's order as paid and its stock as sold. The caller holds the row locks.

    `settlement` has the intent's fields to write with its new state.
    """
    if not transitions.mark_succeeded(intent, **settlement):
        return
    order = intent.order
    is_latest = (
        intent.pk == order.payment_intents.order_by("-created_at", "-id").values_list("pk", flat=True)[0]
    )
    if not is_latest or order.is_payment_pending:
        # The shopper went back, changed the selection, and then paid for this one after all. A payment that
        # is on its way had its own selection shown.
        apply_snapshot(order=order, snapshot=intent.snapshot)
    if order.customer_id is None:
        order.customer = resolve_order_customer(order=order)
    if order.payment_link_details.get("is_personal"):
        review_request_payment(intent=intent, next_order=next_order, source=source)
    if not sell_held_stock(intent=intent, is_held=is_latest):
        open_review(
            order=order,
            kind=OrderReview.Kind.SOLD_OUT,
            text=PAID_AFTER_SOLD_OUT.fill(),
            source=source,
            payment_intent_id=intent.pk,
            next_order_number=next_order.number,
        )
    if order.verification_amount:
        order.verification_refund_due_at = timezone.now()
    apply_next_order(order=order, next_order=next_order, source=source, actor=actor, mark=intent.pk)


def sell_held_stock(*, intent: PaymentIntent, is_held: bool) -> bool:
    """Turn the order's hold into a sale, holding stock again if the hold is gone.

    Return False if there isn't enough stock left; the order then holds nothing.
    """
    if is_held and stock.mark_sold(reference=intent.order_id):
        return True
    items = intent.snapshot["items"]
    wanted = stock.request_stock((item["variant_id"], item["quantity"]) for item in items)
    # A link that closed or ran out of uses in the meantime is honored: the payment had already started.
    link = PaymentLink.objects.filter(
        pk=intent.snapshot["order"]["payment_link_id"], uses_left__gte=1
    ).first()
    if stock.sell_stock(reference=intent.order_id, wanted=wanted, link=link):
        return True
    # What a later attempt holds for another selection isn't what was bought.
    stock.release_hold(reference=intent.order_id)
    return False


def _flag_payment_for_review(
    *, intent: PaymentIntent, next_order: NextOrder, problem: PaymentProblem, source: OrderEvent.Source
) -> None:
    """Put a payment that doesn't fit its order before staff. The caller holds the row locks."""
    if not transitions.send_to_review(intent, **build_settlement(intent=intent, next_order=next_order)):
        return
    open_review(
        order=intent.order,
        kind=problem.kind,
        text=problem.text,
        source=source,
        payment_intent_id=intent.pk,
        next_order_number=next_order.number,
        amount_to_refund=next_order.total_incl_tax,
    )


@transaction.atomic
def review_untagged_order(
    *, intent: PaymentIntent, next_order: NextOrder, source: OrderEvent.Source
) -> PaymentIntent:
    """Send a NEXT order to review that looks like the intent's but doesn't carry its id."""
    intent = lock_intent(intent)
    settled = PaymentIntent.objects.filter(store=intent.store, next_order_number=next_order.number)
    if not intent.can_be_paid or settled.exclude(pk=intent.pk).exists():
        return intent
    text = sentences.UNMARKED_ORDER.fill(number=next_order.number)
    problem = PaymentProblem(OrderReview.Kind.UNMARKED_ORDER, text)
    _flag_payment_for_review(intent=intent, next_order=next_order, problem=problem, source=source)
    return intent


def _flag_second_payment(*, intent: PaymentIntent, next_order: NextOrder, source: OrderEvent.Source) -> None:
    """Put a second NEXT order for a paid intent before staff, once: one of the two must be refunded."""
    if not next_order.is_settled:
        return
    open_review(
        order=intent.order,
        kind=OrderReview.Kind.SECOND_NEXT_ORDER,
        text=sentences.SECOND_ORDER.fill(
            number=next_order.number,
            first_number=intent.next_order_number or "",
            amount=Money(next_order.total_incl_tax or Decimal(0), next_order.currency or intent.currency),
        ),
        source=source,
        payment_intent_id=intent.pk,
        next_order_number=next_order.number,
        amount_to_refund=next_order.total_incl_tax,
    )
