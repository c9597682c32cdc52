"""A store and everything it holds: orders, payments, subscriptions, webhooks and the call log."""

from .base import exclusive_transaction
from .cart import Cart
from .order import (
    Customer,
    DiscountUse,
    Fulfillment,
    Order,
    OrderLine,
    OrderNote,
    OrderTag,
    Refund,
    Transaction,
)
from .payment import HostedPayment
from .store import ApiCall, Store
from .subscription import BillingCycle, Subscription, SubscriptionLine
from .webhook import Webhook, WebhookDelivery

__all__ = [
    "ApiCall",
    "BillingCycle",
    "Cart",
    "Customer",
    "DiscountUse",
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
    "exclusive_transaction",
]
