"""Calls that give money back, from the record before the call to the check that ends the doubt.

`nextcommerce.money_calls` has the rule. A refund is done when NEXT's sum of refunds rose by its amount; more
than that is a review.
"""

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nextcommerce.errors import NextApiError
from nextcommerce.money_calls import SILENCE_AFTER_LOSS, delay_before_check, send_once, silence_after
from nextcommerce.schemas import NextOrder, NextRefund
from orders import sentences
from orders.models import Order, OrderEvent, OrderReview, RefundRequest
from orders.order_log import log_order_event
from orders.refund_records import total_refunded
from orders.refund_reports import describe_refund, open_refund_review, report_extra_refund
from orders.reviews import resolve_review
from orders.row_matching import drop_repeated_ids
from orders.sentences import SHOP_ACTOR, name_actor
from stores.columns import fit_to_columns
from stores.errors import Conflict, Problem
from wording.sentence import Money, Sentence

State = RefundRequest.State
Purpose = RefundRequest.Purpose
STAFF = OrderEvent.Source.STAFF
# The call is under way: nobody else needs to check yet.
FIRST_CHECK_DELAY = datetime.timedelta(minutes=1)
# A second delivery of one call arrives within moments, and is found by a check within a day.
TWIN_INTERVAL = datetime.timedelta(minutes=2)
WATCH_FOR_TWINS = datetime.timedelta(days=1)
# A refund that counted as not made shows up within this time, if ever.
WATCH_FOR_LATE = datetime.timedelta(days=30)


class RefundInDoubt(Conflict):
    """NEXT may have made the refund. Nothing more is refunded until that is known."""

    def __init__(self, request: RefundRequest) -> None:
        message = _("We're checking whether NEXT Commerce made this refund. Reload the order in a minute.")
        if request.answer:
            message += " " + _("Its answer was: %(why)s") % {"why": request.answer}
        super().__init__(message)
        self.request = request


def open_refund_request(
    *, order: Order, amount: Decimal, refunded_before: Decimal, **values: Any
) -> RefundRequest:
    """Save the call before it is made. Raises Conflict while another one of the same payment is in doubt."""
    now = timezone.now()
    fitted = fit_to_columns(RefundRequest, values)
    try:
        with transaction.atomic():
            return RefundRequest.objects.create(
                order=order,
                amount=amount,
                refunded_before=refunded_before,
                doubt_ends_at=now + SILENCE_AFTER_LOSS,
                next_check_at=now + FIRST_CHECK_DELAY,
                **fitted,
            )
    except IntegrityError as error:
        raise Conflict(_("Another refund of this order is in progress.")) from error


def send_refund_request(request: RefundRequest, call: Callable[[], object]) -> None:
    """Make the call, once, and record the answer, which ends nothing: check afterward.

    Raises NextApiError, with the request closed, if the call certainly never left.
    """
    error: NextApiError | None = None
    try:
        send_once(call)
    except NextApiError as failure:
        if failure.was_never_sent:
            close_refund_request(request, State.REFUSED, failure.message)
            raise
        error = failure
    now = timezone.now()
    answer = {
        "answer_status": 200 if error is None else error.status,
        "message": error.message if error is not None and error.is_refused else Sentence(),
        "doubt_ends_at": now + silence_after(error),
        "next_check_at": now + delay_before_check(0),
    }
    fitted = fit_to_columns(RefundRequest, answer)
    # Another check may have ended the doubt already.
    RefundRequest.objects.filter(pk=request.pk, state=State.PENDING).update(**fitted)
    request.refresh_from_db()


def close_refund_request(
    request: RefundRequest, state: RefundRequest.State, message: Sentence | None = None
) -> bool:
    """End the doubt. Return False if somebody else did so first."""
    ending: dict[str, Any] = {"state": state, "next_check_at": None}
    if message:
        ending["message"] = message
    is_closed = bool(RefundRequest.objects.filter(pk=request.pk, state=State.PENDING).update(**ending))
    request.refresh_from_db()
    return is_closed


def is_refund_made(*, request: RefundRequest, refunded: Decimal, is_canceled: bool) -> bool:
    """Return True if NEXT's record shows all that was requested."""
    has_risen = refunded >= request.refunded_before + request.amount
    return has_risen and (is_canceled or not request.cancels)


def settle_refund_requests(*, order: Order, next_order: NextOrder) -> None:
    """End the doubt about refunds that the mirrored order shows. Report those that nobody requested.

    The caller holds the order's row lock and has mirrored the answer.
    """
    if not order.refunded_amount and not next_order.is_canceled:
        return
    for request in order.refund_requests.filter(payment_intent_id=""):
        if request.is_in_doubt and is_refund_made(
            request=request, refunded=order.refunded_amount, is_canceled=next_order.is_canceled
        ):
            confirm_refund(request=request, refunded=order.refunded_amount)
        if request.state == State.DONE and request.created_at > timezone.now() - WATCH_FOR_TWINS:
            report_twin_refunds(request=request, next_order=next_order)
    # Last: of a refund requested again since, it is then known whether it was made.
    late = order.refund_requests.filter(
        state=State.REFUSED, payment_intent_id="", created_at__gt=timezone.now() - WATCH_FOR_LATE
    )
    for request in late.exclude(purpose=Purpose.VERIFICATION):
        if _was_made_late(request=request, order=order, next_order=next_order):
            _record_late_refund(request=request, order=order)


def confirm_refund(*, request: RefundRequest, refunded: Decimal) -> None:
    """Record that NEXT made the refund. More than was requested is a review."""
    if not close_refund_request(request, State.DONE):
        return
    order = request.order
    if request.purpose == Purpose.REFUND:
        log_order_event(
            order=order,
            kind=OrderEvent.Kind.REFUND_REQUESTED,
            text=describe_refund(request, currency=order.currency),
            source=STAFF,
            actor=request.actor,
        )
    extra = refunded - request.refunded_before - request.amount
    if extra > 0:
        report_extra_refund(request=request, extra=extra)


def _was_made_late(*, request: RefundRequest, order: Order, next_order: NextOrder) -> bool:
    """Return True if NEXT shows a refund that counted as not made, besides all that were requested since."""
    is_listed = any(_is_of_request(refund, request) for refund in next_order.refunds)
    if not (is_listed or request.cancels):
        return False
    if _is_listed_since(request=request, next_order=next_order):
        return True
    since = _list_requests_since(request)
    refunded = order.refunded_amount - sum((later.amount for later in since), Decimal(0))
    return is_refund_made(request=request, refunded=refunded, is_canceled=next_order.is_canceled)


def _is_listed_since(*, request: RefundRequest, next_order: NextOrder) -> bool:
    """Return True if NEXT lists a refund since the request that is of no other request.

    The sum alone doesn't tell if it was wrong before: then it doesn't rise.
    """
    if request.cancels:
        return False
    earliest = request.created_at - TWIN_INTERVAL
    listed = [
        refund
        for refund in drop_repeated_ids(next_order.refunds)
        if _is_of_request(refund, request) and refund.created_at and refund.created_at >= earliest
    ]
    alike = RefundRequest.objects.filter(
        order=request.order_id, payment_intent_id="", note=request.note, amount=request.amount
    )
    return len(listed) > alike.exclude(state=State.REFUSED).filter(created_at__gte=earliest).count()


def _list_requests_since(request: RefundRequest) -> list[RefundRequest]:
    """Return the refunds of the order that were, or may have been, made after this request."""
    requests = RefundRequest.objects.filter(order=request.order_id, payment_intent_id="", pk__gt=request.pk)
    return list(requests.exclude(state=State.REFUSED))


def _record_late_refund(*, request: RefundRequest, order: Order) -> None:
    """Record a refund that counted as not made. Staff are told if they may have made up for it since."""
    is_new = RefundRequest.objects.filter(pk=request.pk, state=State.REFUSED).update(state=State.DONE)
    if not is_new:
        return
    actor = name_actor(request.actor)
    text = sentences.CANCELED_LATE.fill(actor=actor)
    if request.amount:
        amount = Money(request.amount, order.currency)
        text = sentences.REFUND_MADE_LATE.fill(actor=actor, amount=amount)
    log_order_event(
        order=order, kind=OrderEvent.Kind.REFUND_REQUESTED, text=text, source=STAFF, actor=request.actor
    )
    reviews = order.reviews.filter(payment_intent_id="")
    review = reviews.filter(kind=OrderReview.Kind.REFUND_NOT_MADE, subject_id=str(request.pk)).first()
    if review is not None and review.is_open:
        resolve_review(review=review, resolution=OrderReview.Resolution.DISMISSED, actor=SHOP_ACTOR)
    since = [str(later.pk) for later in _list_requests_since(request)]
    is_reported = reviews.filter(kind=OrderReview.Kind.EXTRA_REFUND, subject_id__in=since).exists()
    if (since or (review is not None and review.resolved_by != SHOP_ACTOR)) and not is_reported:
        open_refund_review(
            request, OrderReview.Kind.EXTRA_REFUND, sentences.POSSIBLY_REPEATED_REFUND.fill(what=text)
        )


def report_twin_refunds(*, request: RefundRequest, next_order: NextOrder) -> None:
    """Report refunds that repeat a confirmed one, such as a call that the network delivered twice."""
    twins = [refund for refund in drop_repeated_ids(next_order.refunds) if _is_of_request(refund, request)]
    first = min((refund.created_at for refund in twins if refund.created_at), default=None)
    close = [
        refund
        for refund in twins
        if first and refund.created_at and refund.created_at - first <= TWIN_INTERVAL
    ]
    requested = (
        RefundRequest.objects.filter(
            order=request.order_id, payment_intent_id="", note=request.note, amount=request.amount
        )
        .exclude(state=State.REFUSED)
        .count()
    )
    if len(close) > requested:
        report_extra_refund(request=request, extra=request.amount * (len(close) - requested))


def _is_of_request(refund: NextRefund, request: RefundRequest) -> bool:
    return refund.amount == request.amount and refund.note == request.note


def end_silent_refund(request: RefundRequest) -> bool:
    """Close a refund as not made if NEXT has shown nothing of it for long enough. Return whether it ended.

    Call it after a check that didn't confirm the refund.
    """
    now = timezone.now()
    if now >= request.doubt_ends_at:
        return close_refund_request(request, State.REFUSED)
    later = now + delay_before_check(request.check_count + 1)
    RefundRequest.objects.filter(pk=request.pk, state=State.PENDING).update(
        check_count=min(request.check_count + 1, 1000), next_check_at=later
    )
    return False


def refund_not_made_problem(request: RefundRequest) -> Problem:
    """Return the error that tells staff that NEXT didn't make the refund."""
    return Problem(_("NEXT Commerce didn't refund the payment: %(why)s") % {"why": request.answer})


def sum_charges(next_order: NextOrder) -> Decimal:
    """Return what NEXT charged for the order."""
    transactions = drop_repeated_ids(next_order.transactions)
    return sum((row.amount for row in transactions if row.is_charge), Decimal(0))


def sum_left(next_order: NextOrder) -> Decimal:
    """Return what NEXT charged and hasn't refunded."""
    return max(sum_charges(next_order) - total_refunded(next_order), Decimal(0))
