"""Models of the subscriptions app."""

from .invoice import Invoice, InvoiceLine
from .pending_notification import PendingNotification
from .subscription import Subscription
from .subscription_line import SubscriptionLine, SubscriptionLineChange

__all__ = [
    "Invoice",
    "InvoiceLine",
    "PendingNotification",
    "Subscription",
    "SubscriptionLine",
    "SubscriptionLineChange",
]
