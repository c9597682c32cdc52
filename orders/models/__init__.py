"""Models of the orders app."""

from .customer import Customer
from .ephemeral_token import EphemeralToken
from .notification import Notification
from .order import Order, OrderItem, OrderNumber
from .order_event import OrderEvent
from .refund import RefundRequest
from .review import OrderReview

__all__ = [
    "Customer",
    "EphemeralToken",
    "Notification",
    "Order",
    "OrderEvent",
    "OrderItem",
    "OrderNumber",
    "OrderReview",
    "RefundRequest",
]
