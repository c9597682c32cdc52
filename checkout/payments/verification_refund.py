"""When a verification amount is given back: right after the payment, but one-click offers go first.

A store may take no further charge for an order whose only payment was given back.
"""

import datetime
import logging

from django.utils import timezone

from checkout.upsells.selection import has_offer
from nextcommerce.errors import AdminApiError
from orders.models import Order
from orders.verification_refund import claim, give_back, put_off

logger = logging.getLogger(__name__)

# So long an offer may hold it up.
OFFERS_GO_FIRST = datetime.timedelta(minutes=5)
MEANWHILE = datetime.timedelta(seconds=20)


def take_verification(order: Order) -> str:
    """Give back what is due of an order that the caller has claimed; return how that went.

    Errors: AdminApiError.
    """
    if order.paid_at and timezone.now() < order.paid_at + OFFERS_GO_FIRST and has_offer(order=order):
        put_off(order, MEANWHILE)
        return "an offer goes first"
    return give_back(order=order)


def give_back_at_once(order: Order) -> None:
    """Give back what is due now; whatever goes wrong is left to the reconciler."""
    if not claim(order):
        return
    try:
        take_verification(order)
    except AdminApiError as error:
        logger.warning(
            "order %s: the verification amount is given back later: %s", order.number, error.message
        )
    except Exception:
        logger.exception("order %s: the verification amount is given back later", order.number)
