"""When a verification amount is given back: right after the payment, but one-click upsells go first.

A store may take no further charge for an order whose only payment was given back.
"""

import datetime
import logging

from django.utils import timezone

from checkout.upsells.selection import has_upsell
from nextcommerce.errors import NextApiError
from orders.models import Order
from orders.verification_refund import (
    claim_verification_refund,
    postpone_verification_refund,
    refund_verification,
)

logger = logging.getLogger(__name__)

# So long an upsell may hold it up.
UPSELL_PRIORITY_PERIOD = datetime.timedelta(minutes=5)
POSTPONE_INTERVAL = datetime.timedelta(seconds=20)


def process_verification_refund(order: Order) -> str:
    """Give back what is due of an order that the caller has claimed; return how that went.

    Errors: AdminApiError.
    """
    if order.paid_at and timezone.now() < order.paid_at + UPSELL_PRIORITY_PERIOD and has_upsell(order=order):
        postpone_verification_refund(order, POSTPONE_INTERVAL)
        return "an upsell goes first"
    return refund_verification(order=order)


def refund_verification_now(order: Order) -> None:
    """Give back what is due now; whatever goes wrong is left to the reconciler."""
    if not claim_verification_refund(order):
        return
    try:
        process_verification_refund(order)
    except NextApiError as error:
        logger.warning(
            "order %s: the verification amount is given back later: %s", order.number, error.message
        )
    except Exception:
        logger.exception("order %s: the verification amount is given back later", order.number)
