from .customer import Customer
from .ephemeral_token import EphemeralToken
from .event import OrderEvent
from .order import Order, OrderItem, OrderNumber

__all__ = ["Customer", "EphemeralToken", "Order", "OrderEvent", "OrderItem", "OrderNumber"]
