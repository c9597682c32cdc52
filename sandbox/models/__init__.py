from .log import ApiCall
from .order import Customer, Fulfilment, Line, Note, Order, Refund, Tag, Transaction
from .payment import Payment
from .store import Store
from .subscription import Cycle, Subscription, SubscriptionLine
from .webhook import Delivery, Webhook

__all__ = [
    "ApiCall",
    "Customer",
    "Cycle",
    "Delivery",
    "Fulfilment",
    "Line",
    "Note",
    "Order",
    "Payment",
    "Refund",
    "Store",
    "Subscription",
    "SubscriptionLine",
    "Tag",
    "Transaction",
    "Webhook",
]
