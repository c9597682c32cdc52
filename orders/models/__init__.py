from .customer import Customer
from .ephemeral_token import EphemeralToken
from .event import OrderEvent
from .mail import Mail
from .order import Order, OrderItem, OrderNumber
from .refund import RefundRequest
from .subscription import Invoice, Subscription

__all__ = [
    "Customer",
    "EphemeralToken",
    "Invoice",
    "Mail",
    "Order",
    "OrderEvent",
    "OrderItem",
    "OrderNumber",
    "RefundRequest",
    "Subscription",
]
