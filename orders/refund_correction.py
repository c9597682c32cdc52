"""What NEXT's answers say was refunded in all.

The sum rises with any answer, but doesn't fall with one: a read may be older than the refund. It falls once
NEXT has shown less at every check for longer than a refund takes to show. Then the higher sum was wrong.
"""

from decimal import Decimal

from django.utils import timezone

from nextcommerce.money_calls import SILENCE_AFTER_SUCCESS
from nextcommerce.schemas import NextOrder
from orders import sentences
from orders.models import Order, OrderReview, OrderTransaction, RefundRequest
from orders.refund_records import drop_unlisted_refunds, total_refunded
from orders.refund_requests import sum_charges
from orders.reviews import open_review
from orders.transaction_records import drop_unlisted_transactions
from stores.money import round_money
from wording.sentence import Money

CONFIRMED_AFTER = SILENCE_AFTER_SUCCESS


def read_refunded_amount(*, order: Order, next_order: NextOrder, is_fetched: bool) -> Decimal:
    """Return what was refunded in all, and note on the order, unsaved, since when NEXT shows less.

    Only an answer to our own request (`is_fetched`) can show less: a webhook may be a late repetition.
    """
    listed = total_refunded(next_order)
    if listed >= order.refunded_amount:
        order.shows_less_refunded_since = None
        return listed
    if not is_fetched or _may_be_missing(order, next_order):
        return order.refunded_amount
    now = timezone.now()
    order.shows_less_refunded_since = order.shows_less_refunded_since or now
    if now - order.shows_less_refunded_since < CONFIRMED_AFTER:
        return order.refunded_amount
    return max(listed, Decimal(0))


def _may_be_missing(order: Order, next_order: NextOrder) -> bool:
    """Return True if there may be refunds that NEXT doesn't list: at most, all charges were refunded."""
    if next_order.payment.is_refunded and not 0 < sum_charges(next_order) <= total_refunded(next_order):
        return True
    pending = order.refund_requests.filter(state=RefundRequest.State.PENDING, payment_intent_id="")
    return pending.exists()


def correct_refunds(*, order: Order, next_order: NextOrder, refunded_before: Decimal, source: str) -> None:
    """Drop the refunds that NEXT no longer shows if the sum has fallen, and tell staff.

    The caller holds the order's row lock and has set the new sum.
    """
    if order.refunded_amount >= refunded_before:
        return
    order.shows_less_refunded_since = None
    drop_unlisted_refunds(order=order, next_order=next_order)
    drop_unlisted_transactions(order=order, next_order=next_order, kind=OrderTransaction.Kind.REFUND)
    withdrawn = round_money(refunded_before - order.refunded_amount)
    open_review(
        order=order,
        kind=OrderReview.Kind.REFUND_WITHDRAWN,
        text=sentences.REFUND_WITHDRAWN.fill(
            amount=Money(withdrawn, order.currency), total=Money(order.refunded_amount, order.currency)
        ),
        source=source,
    )
