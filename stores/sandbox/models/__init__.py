from .log import ApiCall
from .order import Customer, Line, Order, Tag, Transaction
from .payment import Payment
from .store import Store

__all__ = ["ApiCall", "Customer", "Line", "Order", "Payment", "Store", "Tag", "Transaction"]
