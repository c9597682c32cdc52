from .heartbeat import Heartbeat
from .payment_intent import PaymentIntent
from .shipping_method import ShippingMethod
from .webhook_event import WebhookEvent

__all__ = ["Heartbeat", "PaymentIntent", "ShippingMethod", "WebhookEvent"]
