from .api_call import ApiCall
from .order import Customer, Fulfillment, Order, OrderLine, OrderNote, OrderTag, Refund, Transaction
from .payment import HostedPayment
from .store import Store
from .subscription import BillingCycle, Subscription, SubscriptionLine
from .webhook import Webhook, WebhookDelivery

__all__ = [
    "ApiCall",
    "BillingCycle",
    "Customer",
    "Fulfillment",
    "HostedPayment",
    "Order",
    "OrderLine",
    "OrderNote",
    "OrderTag",
    "Refund",
    "Store",
    "Subscription",
    "SubscriptionLine",
    "Transaction",
    "Webhook",
    "WebhookDelivery",
]
