from .payment_intent import PaymentIntent
from .shipping_method import ShippingMethod

__all__ = ["PaymentIntent", "ShippingMethod"]
