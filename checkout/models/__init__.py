from .heartbeat import Heartbeat
from .offer import Offer, OfferAttempt
from .payment_intent import PaymentIntent
from .shipping_method import ShippingMethod
from .webhook_event import WebhookEvent

__all__ = ["Heartbeat", "Offer", "OfferAttempt", "PaymentIntent", "ShippingMethod", "WebhookEvent"]
