from .heartbeat import Heartbeat
from .payment_intent import PaymentIntent
from .shipping_method import ShippingMethod
from .upsell import Offer, OfferAttempt
from .webhook_event import WebhookEvent

__all__ = ["Heartbeat", "Offer", "OfferAttempt", "PaymentIntent", "ShippingMethod", "WebhookEvent"]
