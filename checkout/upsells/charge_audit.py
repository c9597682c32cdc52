"""Comparing what NEXT added and charged after the purchase with the upsells that shoppers accepted (S34).

A line or a charge that nobody accepted, and a line that NEXT asked no payment for, go to staff, once each.
"""

import datetime
from collections import Counter
from decimal import Decimal

from django.utils import timezone

from catalog import stock
from catalog.models import Variant
from checkout import sentences
from checkout.models import UpsellAttempt
from checkout.upsells.order_lines import follow_upsell_line, read_attempt_mark
from nextcommerce.schemas import NextLine, NextOrder, NextTransaction
from orders.models import Order, OrderEvent, OrderReview
from orders.refund_requests import sum_charges, sum_left
from orders.reviews import open_review
from orders.row_matching import drop_repeated_ids
from wording.sentence import Money, Sentence

Status = UpsellAttempt.Status
Kind = OrderReview.Kind
# NEXT may list a charge later than its line.
TIME_TO_CHARGE = datetime.timedelta(minutes=1)


def audit_upsells(*, order: Order, next_order: NextOrder) -> None:
    """Open a review for each difference. A mirror listener: the caller holds the order's row lock."""
    charges = list_charges(next_order)
    lines = [line for line in drop_repeated_ids(next_order.lines) if line.is_upsell]
    if not lines and len(charges) < 2:
        return
    attempts = list(order.upsell_attempts.select_related("upsell"))
    # After a change of ids, which lines are left over is known at the next check.
    if not _follow_line_ids(lines=lines, attempts=attempts):
        for line in lines:
            _audit_line(order=order, next_order=next_order, line=line, attempts=attempts)
    extra = find_extra_charges(next_order=next_order, attempts=attempts)
    for charge in extra:
        _report(
            order=order,
            subject_id=f"charge-{charge.id}",
            text=sentences.CHARGED_ONCE_MORE.fill(amount=Money(charge.amount, order.currency)),
            amount=charge.amount,
        )
    if not any(attempt.is_in_doubt for attempt in attempts):
        _audit_sum(order=order, next_order=next_order, extra=extra)
    _audit_unpaid_lines(order=order, next_order=next_order, attempts=attempts)


def _audit_sum(*, order: Order, next_order: NextOrder, extra: list[NextTransaction]) -> None:
    """Report what several charges took beyond the order's total, whatever they were for.

    `extra` are the charges that were reported by themselves.
    """
    charges = list_charges(next_order)
    if len(charges) < 2 or next_order.total_incl_tax is None or next_order.is_canceled:
        return
    left = sum_left(next_order)
    excess = left - next_order.total_incl_tax - sum((charge.amount for charge in extra), Decimal(0))
    if excess > 0:
        _report(
            order=order,
            subject_id=f"charge-{charges[-1].id}",
            text=sentences.CHARGED_TOO_MUCH.fill(
                held=Money(left, order.currency),
                total=Money(next_order.total_incl_tax, order.currency),
                excess=Money(excess, order.currency),
            ),
            amount=excess,
        )


def list_charges(next_order: NextOrder) -> list[NextTransaction]:
    """Return the charges, oldest first."""
    charges = [row for row in drop_repeated_ids(next_order.transactions) if row.is_charge and row.id]
    return sorted(charges, key=lambda charge: charge.id or 0)


def find_extra_charges(*, next_order: NextOrder, attempts: list[UpsellAttempt]) -> list[NextTransaction]:
    """Return the charges of an upsell's amount that no line accounts for, newest first.

    While an attempt of that amount is in doubt, its line may still show up.
    """
    in_doubt = {attempt.amount for attempt in attempts if attempt.is_in_doubt}
    sent = {attempt.amount for attempt in attempts if attempt.sent_at} - in_doubt
    expected = count_expected_charges(next_order=next_order, attempts=attempts)
    extra = []
    for charge in list_charges(next_order)[1:]:  # the first one paid for the purchase
        if expected[charge.amount] > 0:
            expected[charge.amount] -= 1
        elif charge.amount in sent:
            extra.append(charge)
    return extra[::-1]


def count_expected_charges(*, next_order: NextOrder, attempts: list[UpsellAttempt]) -> Counter[Decimal]:
    """Return how many charges of each amount the upsells account for, those removed since included."""
    listed = {line.id for line in next_order.lines}
    expected = Counter(next_order.line_total(line) for line in next_order.lines if line.is_upsell)
    removed = [
        attempt
        for attempt in attempts
        if attempt.status == Status.CHARGED and attempt.next_line_id not in listed
    ]
    expected.update(attempt.amount for attempt in removed)
    return expected


def _follow_line_ids(*, lines: list[NextLine], attempts: list[UpsellAttempt]) -> bool:
    """Find charged upsells that NEXT lists under another id than before. Return whether there are any.

    NEXT has listed lines without ids, or with wrong ones.
    """
    listed = {line.id for line in lines}
    moved = [
        (attempt, line)
        for attempt in attempts
        if attempt.status == Status.CHARGED and attempt.next_line_id not in listed
        if (line := _find_marked_line(attempt=attempt, lines=lines, attempts=attempts))
    ]
    for attempt, line in moved:
        follow_upsell_line(attempt=attempt, line=line)
    return bool(moved)


def _find_marked_line(
    *, attempt: UpsellAttempt, lines: list[NextLine], attempts: list[UpsellAttempt]
) -> NextLine | None:
    """Return the first line with an id that names the attempt and is of no other, or None."""
    taken = {None, *(other.next_line_id for other in attempts)}
    return next(
        (line for line in lines if read_attempt_mark(line) == attempt.pk and line.id not in taken), None
    )


def _audit_line(
    *, order: Order, next_order: NextOrder, line: NextLine, attempts: list[UpsellAttempt]
) -> None:
    """Report a line that no accepted upsell accounts for. One that is in doubt is checked at once."""
    if line.id in {attempt.next_line_id for attempt in attempts}:
        return
    possible = _list_possible_attempts(line=line, attempts=attempts)
    if possible:
        UpsellAttempt.objects.filter(pk__in=possible).update(next_check_at=timezone.now())
        return
    if line.id is None:  # it may be any that is known
        return
    amount = next_order.line_total(line)
    is_new = _report(
        order=order,
        subject_id=f"line-{line.id}",
        text=sentences.UNKNOWN_LINE.fill(
            quantity=line.quantity, item=line.title, amount=Money(amount, order.currency)
        ),
        amount=amount,
    )
    if is_new:
        _take_stock(order=order, line=line)


def _list_possible_attempts(*, line: NextLine, attempts: list[UpsellAttempt]) -> list[str]:
    """Return the ids of undecided attempts that the line may belong to.

    The one that it is marked with may also have counted as refused. Without a mark, any in doubt may be it.
    """
    mark = read_attempt_mark(line)
    if not mark:
        return [attempt.pk for attempt in attempts if attempt.is_in_doubt]
    return [
        attempt.pk
        for attempt in attempts
        if attempt.pk == mark
        and (attempt.is_in_doubt or (attempt.status == Status.REFUSED and attempt.sent_at))
    ]


def _take_stock(*, order: Order, line: NextLine) -> None:
    """Take the line's units out of our stock, as NEXT has out of its own."""
    variants = Variant.objects.filter(product__store=order.store_id, next_variant_id=line.variant_id)
    variant = variants.select_related("product").first() if line.variant_id else None
    if variant is not None and line.quantity:
        request = stock.StockRequest(variant, line.quantity)
        stock.sell_stock(reference=f"line-{line.id}", wanted=[request])


def _audit_unpaid_lines(*, order: Order, next_order: NextOrder, attempts: list[UpsellAttempt]) -> None:
    """Report accepted upsells that NEXT asked no payment for."""
    charged = sum_charges(next_order)
    if not charged or not next_order.payment.is_charged or next_order.is_canceled:
        return
    missing = (next_order.total_incl_tax or Decimal(0)) - charged
    if any(attempt.amount <= missing for attempt in attempts if _is_charge_due(attempt)):
        _report(
            order=order,
            subject_id="unpaid",
            text=sentences.UPSELL_NOT_CHARGED.fill(amount=Money(missing, order.currency)),
            amount=Decimal(0),
        )


def _is_charge_due(attempt: UpsellAttempt) -> bool:
    """Return True if the upsell was charged long enough ago for NEXT to list its charge."""
    long_ago = timezone.now() - TIME_TO_CHARGE
    return attempt.status == Status.CHARGED and bool(attempt.settled_at and attempt.settled_at < long_ago)


def _report(*, order: Order, subject_id: str, text: Sentence, amount: Decimal) -> bool:
    """Open a review. Return False if there has been one."""
    if order.reviews.filter(kind=Kind.EXTRA_CHARGE, subject_id=subject_id).exists():
        return False
    open_review(
        order=order,
        kind=Kind.EXTRA_CHARGE,
        text=text,
        source=OrderEvent.Source.RECONCILER,
        subject_id=subject_id,
        amount_to_refund=amount,
    )
    return True
