"""Models of the checkout: payment intents, webhook events, shipping methods, carts and upsells."""

from .heartbeat import Heartbeat
from .open_cart import OpenCart
from .payment_intent import PaymentIntent
from .shipping_method import ShippingMethod, ShippingPrice
from .upsell import Upsell, UpsellAttempt
from .webhook_event import WebhookEvent

__all__ = [
    "Heartbeat",
    "OpenCart",
    "PaymentIntent",
    "ShippingMethod",
    "ShippingPrice",
    "Upsell",
    "UpsellAttempt",
    "WebhookEvent",
]
