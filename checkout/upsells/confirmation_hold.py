"""The confirmation email waits while a one-click upsell may still add to the order."""

import datetime

from django.utils import timezone

from checkout.upsells.selection import has_upsell
from orders.models import Notification

# Most shoppers answer at once. An addition after this time is told in an email of its own.
MAX_WAIT = datetime.timedelta(minutes=10)


def is_confirmation_held(notification: Notification) -> bool:
    """Return True while the shopper may still accept an upsell. What staff resend doesn't wait."""
    order = notification.known_order
    if notification.key != Notification.Kind.CONFIRMATION or order.paid_at is None:
        return False
    return timezone.now() < order.paid_at + MAX_WAIT and has_upsell(order=order)
