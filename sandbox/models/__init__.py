from .api_call import ApiCall
from .order import (Customer, Fulfillment, OrderLine, OrderNote, Order, Refund, OrderTag, Transaction)
from .payment import HostedPayment
from .store import Store
from .subscription import BillingCycle, Subscription, SubscriptionLine
from .webhook import WebhookDelivery, Webhook

__all__ = [
    "ApiCall",
    "Customer",
    "BillingCycle",
    "WebhookDelivery",
    "Fulfillment",
    "OrderLine",
    "OrderNote",
    "Order",
    "HostedPayment",
    "Refund",
    "Store",
    "Subscription",
    "SubscriptionLine",
    "OrderTag",
    "Transaction",
    "Webhook",
]
