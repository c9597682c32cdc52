"""Outcome of an accepted upsell: charged, refused, or in doubt. The NEXT order's lines decide."""

import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from catalog import stock
from checkout import sentences
from checkout.models import Upsell, UpsellAttempt
from checkout.upsells.charge_audit import audit_upsells, find_extra_charges
from checkout.upsells.charge_judgment import describe_price_problem, report_tax_difference
from checkout.upsells.order_lines import find_added_line, write_upsell_item
from checkout.upsells.selection import increment_usage, list_wanted_stock
from nextcommerce.schemas import NextLine, NextOrder
from orders.models import Order, OrderEvent, OrderReview
from orders.next_order_identity import NextOrderMismatch
from orders.notifications import queue_order_update
from orders.order_log import log_order_event
from orders.reviews import open_review
from orders.sync import apply_next_order, mirror_transaction, require_same_order
from wording.sentence import Money, Sentence, join_sentences

Status = UpsellAttempt.Status

CHECK_IN_DOUBT = datetime.timedelta(seconds=20)
# A charged upsell is checked once more: by then NEXT lists its charge, and anything it did twice.
CONFIRM_DELAY = datetime.timedelta(minutes=2)
# Check once more after giving up: NEXT Commerce has reported errors for lines that it did add.
CHECK_AFTER_MISMATCH = datetime.timedelta(minutes=10)
LAST_CHECK_DELAY = datetime.timedelta(hours=1)


def reload_attempt(attempt: UpsellAttempt) -> UpsellAttempt:
    """Return the attempt read from the database again, with the relations that its pages show."""
    return UpsellAttempt.objects.select_related("order__store", "upsell__variant__product").get(pk=attempt.pk)


def settle_upsell_attempt(*, attempt: UpsellAttempt, next_order: NextOrder, source: str) -> UpsellAttempt:
    """Update the attempt and its order from the NEXT order. Return the refreshed attempt.

    An answer about another order leaves the attempt in doubt.
    """
    try:
        with mirror_transaction(source=source):
            is_charged = _apply_upsell_answer(attempt=attempt, next_order=next_order, source=source)
    except NextOrderMismatch:
        return _keep_in_doubt(attempt)
    if not is_charged:
        return _handle_line_not_found(reload_attempt(attempt), next_order=next_order)
    return reload_attempt(attempt)


def _apply_upsell_answer(*, attempt: UpsellAttempt, next_order: NextOrder, source: str) -> bool:
    """Return whether the NEXT order has the attempt's line. Record the charge if it is new."""
    order = (
        Order.objects.select_for_update(of=("self",), no_key=True)
        .select_related("store")
        .get(pk=attempt.order_id)
    )
    require_same_order(order=order, next_order=next_order)
    # Locked, so that nobody refuses it, and releases its stock, between here and the record of the charge.
    attempts = UpsellAttempt.objects.select_for_update(of=("self",), no_key=True).select_related("upsell")
    attempt = attempts.get(pk=attempt.pk)
    attempt.order = order
    line = find_added_line(attempt=attempt, next_order=next_order)
    if line is not None and attempt.status != Status.CHARGED:
        problems = describe_charge_problems(attempt=attempt, next_order=next_order, line=line)
        _mark_attempt_charged(attempt=attempt, line_id=line.id, source=source)
        write_upsell_item(attempt=attempt, line=line)
        if problems:
            open_review(
                order=order,
                kind=OrderReview.Kind.UPSELL,
                text=join_sentences(problems),
                source=source,
                subject_id=attempt.pk,
            )
        report_tax_difference(attempt=attempt, line=line, next_order=next_order, source=source)
    elif line is not None:
        UpsellAttempt.objects.filter(pk=attempt.pk).update(next_check_at=None)
    apply_next_order(order=order, next_order=next_order, source=source)
    return line is not None


def _keep_in_doubt(attempt: UpsellAttempt) -> UpsellAttempt:
    """Leave the attempt as it is, and check it again later."""
    started = UpsellAttempt.objects.filter(pk=attempt.pk, status=Status.STARTED)
    started.update(status=Status.UNCLEAR)
    UpsellAttempt.objects.filter(pk=attempt.pk, status__in=(*UpsellAttempt.IN_DOUBT, Status.REFUSED)).update(
        next_check_at=timezone.now() + CHECK_AFTER_MISMATCH
    )
    return reload_attempt(attempt)


def _mark_attempt_charged(*, attempt: UpsellAttempt, line_id: int | None, source: str) -> None:
    """Record the charge. The caller holds the order's row lock."""
    was_refused = attempt.status == Status.REFUSED
    UpsellAttempt.objects.filter(pk=attempt.pk).update(
        status=Status.CHARGED,
        next_line_id=line_id,
        message=Sentence(),
        settled_at=timezone.now(),
        # Once more, for a second line or charge, and for a line without a charge.
        next_check_at=timezone.now() + CONFIRM_DELAY,
    )
    if was_refused:
        increment_usage(attempt.upsell)
        # The refusal released the stock.
        is_sold = stock.sell_stock(reference=attempt.pk, wanted=list_wanted_stock(attempt.upsell))
    else:
        is_sold = stock.mark_sold(reference=attempt.pk)
    if not is_sold and attempt.upsell.variant.inventory_quantity is not None:
        open_review(
            order=attempt.order,
            kind=OrderReview.Kind.SOLD_OUT,
            text=sentences.UPSELL_SOLD_OUT.fill(),
            source=source,
            subject_id=attempt.pk,
        )
    log_order_event(
        order=attempt.order,
        kind=OrderEvent.Kind.UPSELL,
        text=sentences.UPSELL_ACCEPTED.fill(
            quantity=attempt.item["quantity"],
            item=attempt.item["name"],
            amount=Money(attempt.amount, attempt.currency),
        ),
        source=source,
    )
    queue_order_update(order=attempt.order, key=attempt.pk)


def describe_charge_problems(
    *, attempt: UpsellAttempt, next_order: NextOrder, line: NextLine
) -> list[Sentence]:
    """Return sentences for staff on what is wrong with a charge; empty if nothing is.

    Call it before the attempt is marked as charged.
    """
    problems: list[Sentence] = []
    if attempt.status == Status.REFUSED:
        problems.append(sentences.UPSELL_CHARGED_AFTER_REFUSAL.fill())
    if problem := describe_price_problem(attempt=attempt, line=line, next_order=next_order):
        problems.append(problem)
    if next_order.is_partially_paid:
        unpaid = Money(next_order.total_outstanding or Decimal(0), attempt.currency)
        problems.append(sentences.UPSELL_PARTLY_PAID.fill(amount=unpaid))
    return problems


def _handle_line_not_found(attempt: UpsellAttempt, *, next_order: NextOrder) -> UpsellAttempt:
    """Schedule another check for a missing line, or end the attempt once it can no longer appear."""
    now = timezone.now()
    if not attempt.is_in_doubt:
        checked = UpsellAttempt.objects.filter(pk=attempt.pk, status__in=(Status.REFUSED, Status.CHARGED))
        checked.update(next_check_at=None)
        return reload_attempt(attempt)
    if was_charge_declined(attempt=attempt, next_order=next_order):
        return refuse_attempt(attempt, sentences.OFFER_DECLINED.fill(), check_again=True)
    if attempt.doubt_ends_at is None or now >= attempt.doubt_ends_at:
        return _end_silent_attempt(attempt, next_order=next_order)
    UpsellAttempt.objects.filter(pk=attempt.pk, status__in=UpsellAttempt.IN_DOUBT).update(
        next_check_at=now + CHECK_IN_DOUBT
    )
    return reload_attempt(attempt)


def was_charge_declined(*, attempt: UpsellAttempt, next_order: NextOrder) -> bool:
    """Return True if NEXT refused the call and lists a failed charge that is newer than the call."""
    before = attempt.next_updated_before
    return attempt.answer_status is not None and any(
        row.has_failed and row.created_at and before and row.created_at > before
        for row in next_order.transactions
    )


def _end_silent_attempt(attempt: UpsellAttempt, *, next_order: NextOrder) -> UpsellAttempt:
    """End an attempt of which NEXT has shown no line for long enough."""
    if attempt.answer_status == 429:
        return restore_attempt(attempt)
    refused = refuse_attempt(attempt, sentences.OFFER_NOT_ADDED.fill(), check_again=True)
    with transaction.atomic():
        order = (
            Order.objects.select_for_update(of=("self",), no_key=True)
            .select_related("store")
            .get(pk=attempt.order_id)
        )
        audit_upsells(order=order, next_order=next_order)
        if find_extra_charges(next_order=next_order, attempts=[refused]):
            UpsellAttempt.objects.filter(pk=attempt.pk, status=Status.REFUSED).update(
                message=sentences.OFFER_MAYBE_CHARGED.fill()
            )
    return reload_attempt(attempt)


def refuse_attempt(attempt: UpsellAttempt, message: Sentence, *, check_again: bool = False) -> UpsellAttempt:
    """Refuse an attempt in doubt with a message for the shopper. Return the refreshed attempt."""
    end_attempt(
        attempt=attempt, from_statuses=UpsellAttempt.IN_DOUBT, message=message, check_again=check_again
    )
    return reload_attempt(attempt)


@transaction.atomic
def end_attempt(
    *, attempt: UpsellAttempt, from_statuses: tuple[str, ...], message: Sentence, check_again: bool = False
) -> None:
    """Mark an attempt as refused and release its stock and usage count."""
    now = timezone.now()
    moved = UpsellAttempt.objects.filter(pk=attempt.pk, status__in=from_statuses).update(
        status=Status.REFUSED,
        message=message,
        settled_at=now,
        next_check_at=now + LAST_CHECK_DELAY if check_again else None,
    )
    if moved and Status.SHOWN not in from_statuses:
        _release_attempt(attempt)


@transaction.atomic
def restore_attempt(attempt: UpsellAttempt) -> UpsellAttempt:
    """Reset an attempt that NEXT Commerce never took, so that the shopper can accept again."""
    moved = UpsellAttempt.objects.filter(pk=attempt.pk, status__in=UpsellAttempt.IN_DOUBT).update(
        status=Status.SHOWN,
        sent_at=None,
        doubt_ends_at=None,
        next_check_at=None,
        message=sentences.SERVICE_BUSY.fill(),
    )
    if moved:
        _release_attempt(attempt)
    return reload_attempt(attempt)


def _release_attempt(attempt: UpsellAttempt) -> None:
    # Same lock order as accepting (upsell, then stock), so that two shoppers cannot deadlock.
    Upsell.objects.filter(pk=attempt.upsell_id, usage_count__gte=1).update(usage_count=F("usage_count") - 1)
    stock.release_hold(reference=attempt.pk)
