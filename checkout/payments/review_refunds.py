"""Refunding a payment in review: all of it, or what was charged beyond the order.

One mechanism for all refunds (`orders.refund_requests`): saved, sent once, and checked until known.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from checkout.models import PaymentIntent
from checkout.payments.expiry import lock_intent
from checkout.payments.reviews import (
    accept_paid_order,
    close_refunded_payment,
    find_payment_review,
    find_refund_in_doubt,
    get_payment_review,
    lock_intent_in_review,
    paid_by_other_conflict,
    retrieve_reviewed_order,
)
from nextcommerce.errors import NextApiError
from nextcommerce.schemas import NextOrder
from orders.models import OrderReview, RefundRequest
from orders.refund_records import total_refunded
from orders.refund_reports import report_refund_not_made
from orders.refund_requests import (
    RefundInDoubt,
    confirm_refund,
    end_silent_refund,
    is_refund_made,
    open_refund_request,
    refund_not_made_problem,
    send_refund_request,
    sum_charges,
)
from orders.refunds import check_refund_request, split_refund_lines, unshipped_quantities
from orders.row_matching import drop_repeated_ids
from stores.errors import Conflict, Problem
from stores.next_client import open_next_client

Purpose = RefundRequest.Purpose


@dataclass(frozen=True)
class ReviewRefund:
    """One call that gives money of a payment in review back."""

    amount: Decimal
    call: Callable[[], object]
    cancels: bool = False


def refund_reviewed_payment(*, intent: PaymentIntent, actor: str) -> PaymentIntent:
    """Refund everything that NEXT still has of the payment, then close the review.

    Raises RefundInDoubt until NEXT's record shows the refund, Conflict if the review is closed, and Problem
    if it was never sent.
    """
    return _refund(intent=intent, actor=actor, purpose=Purpose.REVIEW)


def refund_review_difference(*, intent: PaymentIntent, actor: str) -> PaymentIntent:
    """Refund what was charged beyond the order, then accept the payment.

    Raises as `refund_reviewed_payment` does, and Conflict if another attempt has paid for the order by then.
    """
    review = find_payment_review(intent.pk)
    is_mismatch = review is not None and review.kind == OrderReview.Kind.PAYMENT_MISMATCH
    if not is_mismatch or intent.order.is_paid:
        raise Conflict(_("Only a payment of a wrong amount has a difference to refund."))
    return _refund(intent=intent, actor=actor, purpose=Purpose.REVIEW_DIFFERENCE)


def _refund(*, intent: PaymentIntent, actor: str, purpose: RefundRequest.Purpose) -> PaymentIntent:
    next_order = retrieve_reviewed_order(intent)
    earlier = find_refund_in_doubt(intent)
    if earlier is not None:
        if settle_review_refund(request=earlier, intent=intent, next_order=next_order):
            return _require_closed_review(intent)
        if not end_silent_refund(earlier):
            raise RefundInDoubt(earlier)
    plan = _plan_full_refund if purpose == Purpose.REVIEW else _plan_difference
    refund = plan(intent=intent, next_order=next_order)
    if refund is None:  # NEXT has given it back already
        return _close_review(intent=intent, next_order=next_order, purpose=purpose, actor=actor)
    request = _open_review_refund(
        intent=intent, next_order=next_order, refund=refund, actor=actor, purpose=purpose
    )
    try:
        send_refund_request(request, refund.call)
    except NextApiError as error:
        raise refund_not_made_problem(request) from error
    try:
        next_order = retrieve_reviewed_order(intent)
    except Problem as problem:
        raise RefundInDoubt(request) from problem
    if not settle_review_refund(request=request, intent=intent, next_order=next_order):
        raise RefundInDoubt(request)
    return _require_closed_review(intent)


def _require_closed_review(intent: PaymentIntent) -> PaymentIntent:
    """Reload the intent. Raises Conflict if the refund that was just made left its review open."""
    intent.refresh_from_db()
    if intent.status == PaymentIntent.Status.REVIEW:
        raise paid_by_other_conflict()
    return intent


@transaction.atomic
def _open_review_refund(
    *,
    intent: PaymentIntent,
    next_order: NextOrder,
    refund: ReviewRefund,
    actor: str,
    purpose: RefundRequest.Purpose,
) -> RefundRequest:
    """Save the refund before it is requested. Raises Conflict if the review is closed or being refunded."""
    locked = lock_intent_in_review(intent)
    return open_refund_request(
        order=locked.order,
        payment_intent_id=locked.pk,
        amount=refund.amount,
        refunded_before=total_refunded(next_order),
        cancels=refund.cancels,
        actor=actor,
        note=_refund_note(intent),
        purpose=purpose,
    )


def _refund_note(intent: PaymentIntent) -> str:
    return f"Review: {get_payment_review(intent).text.in_english()}"[:200]


def _plan_full_refund(*, intent: PaymentIntent, next_order: NextOrder) -> ReviewRefund | None:
    """Return the call that refunds what NEXT charged, or cancels what is authorized; None if nothing is left.

    Raises Problem if NEXT has money but lists no charge to refund.
    """
    api, note = open_next_client(intent.store), _refund_note(intent)
    if next_order.payment.is_authorized:
        # Nothing was charged yet, so there is nothing to refund; but it would be charged on shipping.
        body = {"cancel_reason": note, "full_refund": True, "send_cancel_notification": True}
        return ReviewRefund(
            amount=Decimal(0), cancels=True, call=lambda: api.cancel_order(next_order.number, body)
        )
    refund = build_full_refund_body(next_order, note=note)
    if refund is not None:
        # NEXT may hold more, in a charge without an id that can't be refunded.
        return ReviewRefund(
            amount=_sum_rows(refund["transactions"]),
            call=lambda: api.refund_order(next_order.number, refund),
        )
    if next_order.payment.is_charged and not next_order.is_test:
        raise Problem(
            _("NEXT Commerce lists no charge to refund. Refund it there, then close the review here.")
        )
    return None


def _plan_difference(*, intent: PaymentIntent, next_order: NextOrder) -> ReviewRefund | None:
    """Return the call that refunds what was charged beyond the order; None if that was refunded already.

    The charges decide, not NEXT's total, of which it may have charged a part only.
    Raises Problem if nothing was charged beyond it, or NEXT doesn't list all the charges to refund.
    """
    difference = (sum_charges(next_order) or next_order.total_incl_tax or Decimal(0)) - intent.amount
    if difference <= 0 or not next_order.payment.is_charged:
        raise Problem(_("NEXT Commerce charged nothing beyond the order."))
    amount = difference - total_refunded(next_order)
    if amount <= 0:
        return None
    rows = list_refundable_charges(next_order, at_most=amount)
    if _sum_rows(rows) < amount:
        raise Problem(
            _("NEXT Commerce lists no charge to refund. Refund it there, then close the review here.")
        )
    api = open_next_client(intent.store)
    body = {
        "transactions": rows,
        "refund_lines": [],
        "note": _refund_note(intent),
        "send_refund_notification": True,
    }
    return ReviewRefund(amount=amount, call=lambda: api.refund_order(next_order.number, body))


def list_refundable_charges(next_order: NextOrder, *, at_most: Decimal | None = None) -> list[dict[str, Any]]:
    """Return what is left of each charge, oldest first, together at most this amount."""
    refunded = total_refunded(next_order)
    rows = []
    for charge in drop_repeated_ids(next_order.transactions):
        if not charge.is_charge or charge.id is None:
            continue
        refunded_of_charge = min(refunded, charge.amount)
        refunded -= refunded_of_charge
        left = charge.amount - refunded_of_charge
        if at_most is not None:
            left = min(left, at_most)
            at_most -= left
        if left > 0:
            rows.append({"id": charge.id, "amount": str(left)})
    return rows


def _sum_rows(rows: Iterable[dict[str, Any]]) -> Decimal:
    return sum((Decimal(row["amount"]) for row in rows), Decimal(0))


def build_full_refund_body(next_order: NextOrder, *, note: str) -> dict[str, Any] | None:
    """Return the request body that refunds everything not refunded yet, or None if nothing is left."""
    rows = list_refundable_charges(next_order)
    if not rows:
        return None
    return {
        "transactions": rows,
        "refund_lines": split_refund_lines(
            quantities={line.id: line.current_quantity for line in next_order.lines if line.id is not None},
            unshipped=unshipped_quantities(next_order),
        ),
        "refund_shipping": {"full_refund": True},
        "note": note,
        "send_refund_notification": True,
    }


def settle_review_refund(*, request: RefundRequest, intent: PaymentIntent, next_order: NextOrder) -> bool:
    """Record the refund and close the review if NEXT's record shows it. Return False if it doesn't yet.

    The review stays open for a refund of the rest if another attempt has paid for the order in the meantime.
    """
    refunded = total_refunded(next_order)
    if not is_refund_made(request=request, refunded=refunded, is_canceled=next_order.is_canceled):
        return False
    with transaction.atomic():
        locked, purpose = lock_intent(intent), Purpose(request.purpose)
        confirm_refund(request=request, refunded=refunded)
        can_close = purpose != Purpose.REVIEW_DIFFERENCE or not locked.order.is_paid
        if locked.status == PaymentIntent.Status.REVIEW and can_close:
            _close_review(intent=intent, next_order=next_order, purpose=purpose, actor=request.actor)
    return True


def _close_review(
    *, intent: PaymentIntent, next_order: NextOrder, purpose: RefundRequest.Purpose, actor: str
) -> PaymentIntent:
    if purpose == Purpose.REVIEW_DIFFERENCE:
        return accept_paid_order(intent=intent, next_order=next_order, actor=actor)
    return close_refunded_payment(intent=intent, actor=actor)


def list_refunds_in_doubt() -> QuerySet[RefundRequest]:
    """Return the refunds to look for. Those of verification amounts have their own time."""
    requests = RefundRequest.objects.exclude(purpose=Purpose.VERIFICATION)
    return requests.select_related("order__store")


def check_refund_in_doubt(request: RefundRequest) -> str:
    """Check whether NEXT made a refund that is in doubt. Return its state. For the reconciler."""
    if not request.payment_intent_id or not request.is_in_doubt:
        return check_refund_request(request)
    intent = PaymentIntent.objects.select_related("store", "order").get(pk=request.payment_intent_id)
    next_order = retrieve_reviewed_order(intent)
    if settle_review_refund(request=request, intent=intent, next_order=next_order):
        request.refresh_from_db()
    elif end_silent_refund(request):
        report_refund_not_made(request)
    return request.state
