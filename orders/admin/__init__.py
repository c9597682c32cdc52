"""Orders in the admin."""

from orders.admin import link_statistics
from orders.admin.customers import CustomerAdmin
from orders.admin.notifications import NotificationAdmin
from orders.admin.orders import OrderAdmin

__all__ = ["CustomerAdmin", "NotificationAdmin", "OrderAdmin", "link_statistics"]
