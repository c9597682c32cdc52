from .customer import Customer
from .event import OrderEvent
from .order import Order, OrderItem, OrderNumber

__all__ = ["Customer", "Order", "OrderEvent", "OrderItem", "OrderNumber"]
