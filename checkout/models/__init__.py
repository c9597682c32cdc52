"""Models of the checkout: payment intents, webhook events, shipping methods, carts, upsells, and more."""

from .cart_reminder import CartReminder
from .heartbeat import Heartbeat
from .open_cart import OpenCart
from .order_listing import OrderListing
from .payment_intent import PaymentIntent
from .shipping_method import ShippingMethod, ShippingPrice
from .upsell import Upsell, UpsellAttempt
from .webhook_event import WebhookEvent

__all__ = [
    "CartReminder",
    "Heartbeat",
    "OpenCart",
    "OrderListing",
    "PaymentIntent",
    "ShippingMethod",
    "ShippingPrice",
    "Upsell",
    "UpsellAttempt",
    "WebhookEvent",
]
