"""When to refund a verification amount: right after the payment, unless an upsell is still possible.

NEXT may accept no further charge for an order whose only payment was refunded.
"""

import datetime
import logging

from django.utils import timezone

from checkout.upsells.selection import has_upsell
from nextcommerce.errors import NextApiError
from orders.models import Order
from orders.verification_refund import (
    VerificationOutcome,
    claim_verification_refund,
    postpone_verification_refund,
    refund_verification_amount,
)

logger = logging.getLogger(__name__)

# How long an upsell may delay the refund.
UPSELL_PRIORITY_PERIOD = datetime.timedelta(minutes=5)
POSTPONE_INTERVAL = datetime.timedelta(seconds=20)


def process_verification_refund(order: Order) -> VerificationOutcome:
    """Refund the verification amount of an order that the caller has claimed, or postpone it for an upsell.

    Return the outcome. Raises NextApiError.
    """
    if order.paid_at and timezone.now() < order.paid_at + UPSELL_PRIORITY_PERIOD and has_upsell(order=order):
        postpone_verification_refund(order, POSTPONE_INTERVAL)
        return VerificationOutcome.WAITS_FOR_UPSELL
    return refund_verification_amount(order=order)


def refund_verification_now(order: Order) -> None:
    """Refund the amount now if it is due. If it fails, the reconciler tries again."""
    if not claim_verification_refund(order):
        return
    try:
        process_verification_refund(order)
    except NextApiError as error:
        logger.warning("order %s: verification refund failed, will retry: %s", order.number, error)
    except Exception:
        logger.exception("order %s: verification refund failed, will retry", order.number)
